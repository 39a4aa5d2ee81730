package builder

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// null skips a null and reports whether there was one.
func (r *reader) null() bool {
	if r.dec.PeekKind() != 'n' {
		return false
	}
	_, err := r.dec.ReadToken()
	return err == nil
}

// text reads a text. One that has no escapes is a part of the whole, or each
// would take an allocation.
func (r *reader) text() (string, error) {
	if err := r.expect('"', "a text"); err != nil {
		return "", err
	}
	quoted, err := r.dec.ReadValue()
	if err != nil {
		return "", r.syntax(err)
	}
	text, err := unquote(quoted)
	if err != nil {
		return "", r.syntax(err)
	}
	if len(text) == len(quoted)-2 { // every escape is longer than what it stands for
		end := int(r.dec.InputOffset()) - 1
		return r.whole[end-len(text) : end], nil
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return "", unreadable("holds a NUL character")
	}
	return string(text), nil
}

func (r *reader) optionalText() (*string, error) {
	if r.null() {
		return nil, nil
	}
	s, err := r.text()
	if err != nil {
		return nil, err
	}
	return &s, nil
}

func (r *reader) optionalTexts() ([]string, error) {
	if r.null() {
		return nil, nil
	}
	return list(r, r.text)
}

// number reads a number; its bytes are good until the next read.
func (r *reader) number() ([]byte, error) {
	if err := r.expect('0', "a number"); err != nil {
		return nil, err
	}
	digits, err := r.dec.ReadValue()
	if err != nil {
		return nil, r.syntax(err)
	}
	return digits, nil
}

func (r *reader) float() (float64, error) {
	digits, err := r.number()
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(string(digits), 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, unreadable("is out of range")
	}
	return f, nil
}

func (r *reader) optionalFloat() (*float64, error) {
	if r.null() {
		return nil, nil
	}
	f, err := r.float()
	if err != nil {
		return nil, err
	}
	return &f, nil
}

func (r *reader) optionalUint32() (*uint32, error) {
	if r.null() {
		return nil, nil
	}
	digits, err := r.number()
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(string(digits), 10, 32)
	if err != nil {
		return nil, unreadable("is not a whole number from 0 to %d", uint32(math.MaxUint32))
	}
	u := uint32(n)
	return &u, nil
}

func (r *reader) bool() (bool, error) {
	token, err := r.dec.ReadToken()
	if err != nil {
		return false, r.syntax(err)
	}
	if token.Kind() != 't' && token.Kind() != 'f' {
		return false, unreadable("is not true or false")
	}
	return token.Bool(), nil
}

func (r *reader) time() (time.Time, error) {
	s, err := r.text()
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, unreadable("is not an RFC 3339 time")
	}
	t = StoredTime(t)
	if t.Year() < 0 || t.Year() > 9999 {
		// RFC 3339 has no spelling for it in UTC.
		return time.Time{}, unreadable("is out of range")
	}
	return t, nil
}

func (r *reader) id() (uuid.UUID, error) {
	s, err := r.text()
	if err != nil {
		return uuid.Nil, err
	}
	id, err := ParseID(s)
	if err != nil {
		return uuid.Nil, unreadable("is not a UUID")
	}
	return id, nil
}

func (r *reader) phase() (Phase, error) {
	text, err := r.text()
	if err != nil {
		return "", err
	}
	for _, p := range phases {
		if text == string(p) {
			return p, nil
		}
	}
	return "", unreadable("is not a phase")
}

// purpose reads a category and the unknown members beside a custom text.
func (r *reader) purpose() (PurposeCategory, jsontext.Value, error) {
	switch r.dec.PeekKind() {
	case 'n':
		r.null()
		return Unknown, nil, nil
	case '{':
		var c PurposeCategory
		unknown, err := r.object([]string{customName}, 1, func(string) error {
			text, err := r.text()
			c = Custom(text)
			return err
		})
		return c, unknown, err
	}
	name, err := r.text()
	if err != nil {
		return Unknown, nil, err
	}
	c, ok := fixedCategory(name)
	if !ok {
		return Unknown, nil, unreadable("is not a purpose category")
	}
	return c, nil, nil
}

// value reads a Value.
func (r *reader) value() (Value, error) {
	switch r.dec.PeekKind() {
	case '"':
		return r.textValue()
	case '0':
		f, err := r.float()
		return Number(f), err
	case '[':
		return r.listValue()
	case 0:
		_, err := r.dec.ReadToken()
		return Value{}, r.syntax(err)
	}
	return Value{}, unreadable("is not a text, a number or a list of texts")
}

func (r *reader) textValue() (Value, error) {
	s, err := r.text()
	return Text(s), err
}

func (r *reader) listValue() (Value, error) {
	items, err := list(r, r.text)
	return List(items...), err
}

// unquote returns the text of a well-formed JSON string, sharing its bytes
// where nothing in it is escaped.
func unquote(quoted jsontext.Value) ([]byte, error) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], nil
	}
	return jsontext.AppendUnquote(nil, quoted)
}
