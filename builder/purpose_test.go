package builder_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/boternity/boternity/builder"
)

func TestPurposeCategoryForms(t *testing.T) {
	for _, c := range []struct {
		category     builder.PurposeCategory
		json, person string
		name         string
	}{
		{builder.Unknown, `null`, "unknown", ""},
		{builder.SimpleUtility, `"simple_utility"`, "simple_utility", "simple_utility"},
		{builder.ComplexAnalyst, `"complex_analyst"`, "complex_analyst", "complex_analyst"},
		{builder.Creative, `"creative"`, "creative", "creative"},
		{builder.Coding, `"coding"`, "coding", "coding"},
		{builder.Research, `"research"`, "research", "research"},
		{builder.CustomerService, `"customer_service"`, "customer_service", "customer_service"},
		{builder.Custom("game-master"), `{"custom":"game-master"}`, "custom:game-master", "custom"},
		{builder.Custom(""), `{"custom":""}`, "custom:", "custom"},
		{builder.Custom("coding"), `{"custom":"coding"}`, "custom:coding", "custom"},
		{builder.Custom("<&> \u2028\u2029'\"\\/\n\x1f\x7fゲーム🎲"), `{"custom":"<&> ` + "\u2028\u2029" + `'\"\\/\n\u001f` + "\x7f" + `ゲーム🎲"}`,
			"custom:<&> \u2028\u2029'\"\\/\n\x1f\x7fゲーム🎲", "custom"},
	} {
		if got := c.category.JSONText(); got != c.json {
			t.Errorf("JSONText: %s, want %s", got, c.json)
		}
		if got := c.category.String(); got != c.person {
			t.Errorf("String: %q, want %q", got, c.person)
		}
		if got := c.category.Name(); got != c.name {
			t.Errorf("Name: %q, want %q", got, c.name)
		}
		if got, err := builder.ParsePurposeCategory(c.json); err != nil || got != c.category {
			t.Errorf("ParsePurposeCategory(%s): %v, %v", c.json, got, err)
		}
		if got, err := builder.CategoryFromString(c.person); err != nil || got != c.category {
			t.Errorf("CategoryFromString(%q): %v, %v", c.person, got, err)
		}
		if _, custom := c.category.CustomText(); custom != (c.name == "custom") || c.category.IsUnknown() != (c.name == "") {
			t.Errorf("%s: custom %v, unknown %v", c.json, custom, c.category.IsUnknown())
		}
	}
	if len(builder.FixedCategories()) != 6 {
		t.Error("there are not six fixed categories")
	}
}

func TestPurposeCategoryOtherSpellings(t *testing.T) {
	for spelt, want := range map[string]builder.PurposeCategory{
		` "coding" `: builder.Coding, `"\u0063oding"`: builder.Coding, "\n\tnull ": builder.Unknown,
		`{ "custom" : "a\/b" }`: builder.Custom("a/b"), `{"\u0063ustom":"\u003c\u2028\ud83c\udfb2"}`: builder.Custom("<\u2028🎲"),
		`{"other":[1,{"custom":2}],"custom":"x"}`: builder.Custom("x"),
	} {
		got, err := builder.ParsePurposeCategory(spelt)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", spelt, got, err, want)
		}
	}
}

func TestPurposeCategoryRefuses(t *testing.T) {
	for spelt, field := range map[string]string{
		``: "purpose_category", `"Coding"`: "purpose_category", `"Zanzibar"`: "purpose_category", `"custom"`: "purpose_category", `7`: "purpose_category",
		`[]`: "purpose_category", `{}`: "purpose_category.custom", `{"custom":null}`: "purpose_category.custom", `{"custom":["Zanzibar"]}`: "purpose_category.custom",
		`{"Custom":"Zanzibar"}`: "purpose_category.custom", `{"custom":"Zanzibar","custom":""}`: "purpose_category", `{"Zanzibar":1}`: "purpose_category.custom",
		`"coding" "Zanzibar"`: "purpose_category", `Zanzibar`: "purpose_category", `{"custom":"Zanzibar\u0000"}`: "purpose_category.custom",
		"{\"custom\":\"Zanzibar\xff\"}": "purpose_category.custom",
	} {
		got, err := builder.ParsePurposeCategory(spelt)
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != field || !got.IsUnknown() {
			t.Errorf("%s: %v, %v; want an InvalidError of %s", spelt, got, err, field)
		}
		wantNoSecret(t, err)
	}
	for _, typed := range []string{secret, "Coding", " coding", "custom:" + secret + "\x00", "custom:\xff", "custom:" + strings.Repeat("a", builder.MaxAnswer+1)} {
		_, err := builder.CategoryFromString(typed)
		if !errors.Is(err, builder.ErrInvalid) {
			t.Errorf("CategoryFromString(%.20q): %v", typed, err)
		}
		wantNoSecret(t, err)
	}
}

// Equal text must mean equal category and the other way round: stores look
// categories up by their text.
func TestPurposeCategoryTextIsItsIdentity(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "coding", "a", "A", `"`, `\`, "\u2028"}))
	rapid.Check(t, func(t *rapid.T) {
		a, b := builder.Custom(texts.Draw(t, "a")), builder.Custom(texts.Draw(t, "b"))
		if (a == b) != (a.JSONText() == b.JSONText()) {
			t.Fatalf("%v and %v: %s, %s", a, b, a.JSONText(), b.JSONText())
		}
		if got, err := builder.CategoryFromString(a.String()); err == nil && got != a {
			t.Fatalf("%v is read as %v", a, got)
		}
	})
}
