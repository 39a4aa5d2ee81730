package builder_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/boternity/boternity/builder"
)

func TestValueAnswersForItsOwnKind(t *testing.T) {
	for _, c := range []struct {
		value              builder.Value
		json, shown        string
		text, list, number bool
	}{
		{builder.Text(""), `""`, "", true, false, false},
		{builder.Text("a \"<&>\u2028\n\\愛"), `"a \"<&>` + "\u2028" + `\n\\愛"`, "a \"<&>\u2028\n\\愛", true, false, false},
		{builder.Text("7"), `"7"`, "7", true, false, false},
		{builder.List(), `[]`, "", false, true, false},
		{builder.List("a", "b, c"), `["a","b, c"]`, "a, b, c", false, true, false},
		{builder.Number(0.7), `0.7`, "0.7", false, false, true},
		{builder.Number(4096), `4096`, "4096", false, false, true},
		{builder.Number(math.Copysign(0, -1)), `0`, "0", false, false, true},
		{builder.Value{}, `null`, "", false, false, false},
		{builder.Number(math.NaN()), `null`, "", false, false, false},
		{builder.Number(math.Inf(1)), `null`, "", false, false, false},
	} {
		got, err := c.value.MarshalJSON()
		if err != nil || string(got) != c.json || c.value.String() != c.shown {
			t.Errorf("%s is shown as %q, err %v; want %s, %q", got, c.value, err, c.json, c.shown)
		}
		_, text := c.value.AsText()
		_, list := c.value.AsList()
		_, number := c.value.AsNumber()
		if text != c.text || list != c.list || number != c.number || c.value.IsZero() != (c.json == "null") {
			t.Errorf("%s: text %v, list %v, number %v, zero %v", c.json, text, list, number, c.value.IsZero())
		}
		var back builder.Value
		if err := back.UnmarshalJSON(got); err != nil || back != c.value {
			t.Errorf("%s came back as %v, %v", c.json, back, err)
		}
	}
}

func TestValuesHaveOneSpelling(t *testing.T) {
	for _, c := range []struct {
		spelt string
		want  builder.Value
	}{
		{` "\u0061\/" `, builder.Text("a/")}, {`[ "a" , "\ud83e\udd16" ]`, builder.List("a", "🤖")},
		{`1.0`, builder.Number(1)}, {`1e0`, builder.Number(1)}, {`-0.0`, builder.Number(0)}, {`0.70`, builder.Number(0.7)},
	} {
		got, err := builder.ParseValue("tone", []byte(c.spelt))
		if err != nil || got != c.want {
			t.Errorf("%s is %v, %v; want %v", c.spelt, got, err, c.want)
		}
	}
}

func TestParseValueRefuses(t *testing.T) {
	for spelt, field := range map[string]string{
		`null`: "tone", `true`: "tone", `{"Zanzibar":1}`: "tone", ``: "tone", `"Zanzibar`: "tone", `"Zanzibar" 1`: "tone", `["Zanzibar",1]`: "tone[1]",
		`["Zanzibar",null]`: "tone[1]", `1e999`: "tone", "\"Zanzibar\xff\"": "tone", `"Zanzibar\u0000"`: "tone", `"Zanzibar\ud800"`: "tone", `Zanzibar`: "tone",
	} {
		v, err := builder.ParseValue("tone", []byte(spelt))
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != field || !v.IsZero() {
			t.Errorf("%s: %v, %v; want an InvalidError of %s", spelt, v, err, field)
		}
		wantNoSecret(t, err)
	}
	var v builder.Value
	if err := v.UnmarshalJSON([]byte(`{}`)); err == nil {
		t.Error("an object became a value")
	}
}

func TestValuesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if got, ok := builder.Text(text).AsText(); !ok || got != text {
			t.Fatalf("text %q came back as %q", text, got)
		}
		items := rapid.SliceOf(rapid.String()).Draw(t, "items")
		if got, ok := builder.List(items...).AsList(); !ok || !slices.Equal(got, items) {
			t.Fatalf("list %q came back as %q", items, got)
		}
		f := rapid.Float64().Draw(t, "number")
		if got, ok := builder.Number(f).AsNumber(); !ok || got != f {
			t.Fatalf("number %v came back as %v", f, got)
		}
	})
}
