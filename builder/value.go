package builder

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Value is one config value whatever its type: a text, a list of texts or a
// number. It holds canonical JSON text, so values compare with == and may key
// a map; the zero value is "no value".
type Value struct{ text string }

// Text is a text value.
func Text(s string) Value { return Value{quoteJSON(s)} }

// Number is a numeric value; minus zero is zero. NaN and infinities are "no
// value".
func Number(f float64) Value {
	if f == 0 {
		f = 0 // without its sign
	}
	b, err := json.Marshal(f)
	if err != nil {
		return Value{}
	}
	return Value{string(b)}
}

// List is a list of texts, its order kept.
func List(items ...string) Value {
	b := []byte{'['}
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, quoteJSON(item)...)
	}
	return Value{string(append(b, ']'))}
}

// ParseValue reads a JSON text, number or array of texts. Anything else is
// ErrInvalid, named after field.
func ParseValue(field string, jsonText []byte) (Value, error) {
	r := newReader(jsonText)
	v, err := r.value()
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return Value{}, within(field, err)
	}
	return v, nil
}

// IsZero reports whether there is no value.
func (v Value) IsZero() bool { return v.text == "" }

// AsText returns the value when it is a text.
func (v Value) AsText() (string, bool) {
	if v.kind() != '"' {
		return "", false
	}
	b, err := jsontext.AppendUnquote(nil, v.text)
	return string(b), err == nil
}

// AsNumber returns the value when it is a number.
func (v Value) AsNumber() (float64, bool) {
	if v.kind() != '0' {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.text, 64)
	return f, err == nil
}

// AsList returns the value when it is a list of texts.
func (v Value) AsList() ([]string, bool) {
	if v.kind() != '[' {
		return nil, false
	}
	items := []string{}
	err := json.Unmarshal([]byte(v.text), &items)
	return items, err == nil
}

// String is the value for a person: a text bare, a list joined by commas.
func (v Value) String() string {
	if s, ok := v.AsText(); ok {
		return s
	}
	if items, ok := v.AsList(); ok {
		return strings.Join(items, ", ")
	}
	return v.text
}

// MarshalJSON writes the value as it is in JSON; no value is null.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.IsZero() {
		return []byte("null"), nil
	}
	return []byte(v.text), nil
}

// UnmarshalJSON reads what ParseValue reads, and null as no value.
func (v *Value) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*v = Value{}
		return nil
	}
	parsed, err := ParseValue("value", text)
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}

// check refuses a value that is longer than an answer may be or holds what no
// text may hold. A list's length is that of its JSON.
func (v Value) check(field string) error {
	if s, ok := v.AsText(); ok {
		return checkText(field, s, MaxAnswer)
	}
	if len(v.text) > MaxAnswer {
		return &InvalidError{Field: field, Problem: "is too long", Limit: MaxAnswer, Got: int64(len(v.text))}
	}
	items, _ := v.AsList()
	for i, item := range items {
		if err := checkText("", item, MaxAnswer); err != nil {
			return within(indexed(field, i), err)
		}
	}
	return nil
}

func (v Value) kind() jsontext.Kind {
	if v.IsZero() {
		return 0
	}
	return jsontext.Value(v.text).Kind()
}
