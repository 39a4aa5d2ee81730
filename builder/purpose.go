package builder

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// PurposeCategory is what a bot is for: one of six fixed categories, a custom
// one with a text, or unknown (the zero value). Values compare with ==.
//
// Its stored form is its JSON text: "coding", {"custom":"game-master"}, null.
type PurposeCategory struct {
	name   string // one of the fixed names, or "custom"
	custom string
}

// The fixed categories, and the unknown one.
var (
	Unknown         = PurposeCategory{}
	SimpleUtility   = PurposeCategory{name: "simple_utility"}
	ComplexAnalyst  = PurposeCategory{name: "complex_analyst"}
	Creative        = PurposeCategory{name: "creative"}
	Coding          = PurposeCategory{name: "coding"}
	Research        = PurposeCategory{name: "research"}
	CustomerService = PurposeCategory{name: "customer_service"}
)

const customName = "custom"

// Custom is a category outside the fixed ones, told apart by its text. The
// text may be empty; it is still not the unknown category.
func Custom(text string) PurposeCategory { return PurposeCategory{name: customName, custom: text} }

// FixedCategories returns the six fixed categories.
func FixedCategories() []PurposeCategory {
	return []PurposeCategory{SimpleUtility, ComplexAnalyst, Creative, Coding, Research, CustomerService}
}

// IsUnknown reports whether no category has been settled.
func (c PurposeCategory) IsUnknown() bool { return c == Unknown }

// CustomText returns the text of a custom category.
func (c PurposeCategory) CustomText() (text string, ok bool) {
	return c.custom, c.name == customName
}

// Name is the category without its text: "coding", "custom", or "" when
// unknown. Everything that is set per category is keyed by it.
func (c PurposeCategory) Name() string { return c.name }

// String is the form a person types and reads: "coding", "custom:game-master",
// "unknown".
func (c PurposeCategory) String() string {
	switch c.name {
	case "":
		return "unknown"
	case customName:
		return customName + ":" + c.custom
	}
	return c.name
}

// JSONText is the stored form, in which equal text means equal category.
// Nothing is escaped that JSON does not require to be.
func (c PurposeCategory) JSONText() string {
	switch c.name {
	case "":
		return "null"
	case customName:
		return `{"custom":` + quoteJSON(c.custom) + `}`
	}
	return `"` + c.name + `"`
}

// ParsePurposeCategory reads any JSON spelling of a category: what JSONText
// writes, with other spacing or escapes too.
func ParsePurposeCategory(text string) (PurposeCategory, error) {
	r := newReader([]byte(text))
	c, _, err := r.purpose()
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return Unknown, within("purpose_category", err)
	}
	return c, nil
}

// CategoryFromString reads what String writes. A name that is not a category
// is an error that lists the ones there are.
func CategoryFromString(s string) (PurposeCategory, error) {
	if text, ok := strings.CutPrefix(s, customName+":"); ok {
		if err := checkText("category", text, MaxAnswer); err != nil {
			return Unknown, err
		}
		return Custom(text), nil
	}
	if s == "unknown" || s == "" {
		return Unknown, nil
	}
	if s == customName {
		return Custom(""), nil
	}
	if c, ok := fixedCategory(s); ok {
		return c, nil
	}
	return Unknown, &InvalidError{Field: "category",
		Problem: "is not a purpose category; use simple_utility, complex_analyst, creative, coding, research, customer_service, custom:TEXT or unknown"}
}

// MarshalJSON writes the stored form.
func (c PurposeCategory) MarshalJSON() ([]byte, error) { return []byte(c.JSONText()), nil }

// UnmarshalJSON reads what ParsePurposeCategory reads.
func (c *PurposeCategory) UnmarshalJSON(text []byte) error {
	parsed, err := ParsePurposeCategory(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

func fixedCategory(name string) (PurposeCategory, bool) {
	for _, c := range FixedCategories() {
		if c.name == name {
			return c, true
		}
	}
	return Unknown, false
}

// quoteJSON quotes s as JSON with the fewest escapes. Invalid UTF-8, which no
// door lets in, becomes the replacement character.
func quoteJSON(s string) string {
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		quoted, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\uFFFD"))
	}
	return string(quoted)
}
