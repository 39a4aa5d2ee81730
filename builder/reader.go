package builder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// reader walks JSON along a known shape. It is stricter than unmarshalling:
// null and the wrong type are errors, so is a member that is spelt like a known
// one but for case. Members it does not know it keeps. Its errors name the
// place by known names only, because unknown ones are users' words.
type reader struct{ dec *jsontext.Decoder }

func newReader(b []byte) *reader {
	// By default duplicate names and invalid UTF-8 are errors.
	return &reader{jsontext.NewDecoder(bytes.NewReader(b))}
}

func unreadable(path, format string, args ...any) error {
	if path == "" {
		path = "the JSON"
	}
	return &InvalidError{Field: path, Problem: fmt.Sprintf(format, args...)}
}

// syntax turns an error of the decoder into one of ours, without its excerpt
// of the input.
func (r *reader) syntax(path string, err error) error {
	at := r.dec.InputOffset()
	var se *jsontext.SyntacticError
	if errors.As(err, &se) {
		at = se.ByteOffset
	}
	problem := "is not well-formed JSON"
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		problem = "has a duplicate name"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		problem = "ends too early"
	case r.dec.PeekKind() == '"':
		problem = "is not a well-formed text (invalid UTF-8, half of a surrogate pair or a bare control character)"
	}
	return unreadable(path, "%s at byte %d", problem, at)
}

// end makes sure that nothing follows the value.
func (r *reader) end() error {
	if _, err := r.dec.ReadToken(); err == nil {
		return unreadable("", "something follows the JSON value, at byte %d", r.dec.InputOffset())
	} else if !errors.Is(err, io.EOF) {
		return r.syntax("", err)
	}
	return nil
}

// object reads an object. It calls member for the names it is given, the first
// so many of which are required; members of other names are returned as an
// object of their own.
func (r *reader) object(path string, names []string, required int, member func(name string) error) (unknown jsontext.Value, err error) {
	var seen uint
	err = r.eachMember(path, func(name string) error {
		if at := slices.Index(names, name); at >= 0 {
			seen |= 1 << at
			return member(name)
		}
		if at := slices.IndexFunc(names, func(known string) bool { return strings.EqualFold(known, name) }); at >= 0 {
			return unreadable(join(path, names[at]), "is spelt in another case")
		}
		raw, err := r.dec.ReadValue()
		if err != nil {
			return r.syntax(path, err)
		}
		unknown = appendMember(unknown, name, raw)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for at, name := range names[:required] {
		if seen&(1<<at) == 0 {
			return nil, unreadable(join(path, name), "is missing")
		}
	}
	if unknown != nil {
		unknown = append(unknown, '}')
	}
	return unknown, nil
}

// eachMember reads an object, calling member to read the value of each name.
func (r *reader) eachMember(path string, member func(name string) error) error {
	if err := r.open(path, '{', "an object"); err != nil {
		return err
	}
	for r.dec.PeekKind() == '"' {
		token, err := r.dec.ReadToken()
		if err != nil {
			return r.syntax(path, err)
		}
		if err := member(token.String()); err != nil {
			return err
		}
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return r.syntax(path, err)
	}
	return nil
}

// array reads an array, calling item for each element.
func (r *reader) array(path string, item func(path string) error) error {
	if err := r.open(path, '[', "an array"); err != nil {
		return err
	}
	for i := 0; ; i++ {
		switch r.dec.PeekKind() {
		case ']':
			_, err := r.dec.ReadToken()
			return err
		case 0:
			_, err := r.dec.ReadToken()
			return r.syntax(path, err)
		}
		if err := item(indexed(path, i)); err != nil {
			return err
		}
	}
}

func (r *reader) open(path string, kind jsontext.Kind, want string) error {
	if err := r.expect(path, kind, want); err != nil {
		return err
	}
	_, err := r.dec.ReadToken()
	return err
}

func (r *reader) expect(path string, kind jsontext.Kind, want string) error {
	got := r.dec.PeekKind()
	switch {
	case got == kind:
		return nil
	case got == 0:
		_, err := r.dec.ReadToken()
		return r.syntax(path, err)
	case got == 'n':
		return unreadable(path, "is null, not %s", want)
	}
	return unreadable(path, "is not %s", want)
}

// null skips a null and reports whether there was one.
func (r *reader) null() bool {
	if r.dec.PeekKind() != 'n' {
		return false
	}
	_, err := r.dec.ReadToken()
	return err == nil
}

func (r *reader) text(path string) (string, error) {
	if err := r.expect(path, '"', "a text"); err != nil {
		return "", err
	}
	token, err := r.dec.ReadToken()
	if err != nil {
		return "", r.syntax(path, err)
	}
	s := token.String()
	if strings.IndexByte(s, 0) >= 0 {
		return "", unreadable(path, "holds a NUL character")
	}
	return s, nil
}

func (r *reader) optionalText(path string) (*string, error) {
	if r.null() {
		return nil, nil
	}
	s, err := r.text(path)
	return &s, err
}

func (r *reader) optionalTexts(path string) ([]string, error) {
	if r.null() {
		return nil, nil
	}
	items := []string{}
	err := r.array(path, func(path string) error {
		s, err := r.text(path)
		items = append(items, s)
		return err
	})
	return items, err
}

func (r *reader) number(path string) (string, error) {
	if err := r.expect(path, '0', "a number"); err != nil {
		return "", err
	}
	raw, err := r.dec.ReadValue()
	if err != nil {
		return "", r.syntax(path, err)
	}
	return string(raw), nil
}

func (r *reader) optionalFloat(path string) (*float64, error) {
	if r.null() {
		return nil, nil
	}
	raw, err := r.number(path)
	if err != nil {
		return nil, err
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, unreadable(path, "is out of range")
	}
	return &f, nil
}

func (r *reader) optionalUint32(path string) (*uint32, error) {
	if r.null() {
		return nil, nil
	}
	raw, err := r.number(path)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(raw, 10, 32)
	if err != nil {
		return nil, unreadable(path, "is not a whole number from 0 to %d", uint32(math.MaxUint32))
	}
	u := uint32(n)
	return &u, nil
}

func (r *reader) bool(path string) (bool, error) {
	token, err := r.dec.ReadToken()
	if err != nil {
		return false, r.syntax(path, err)
	}
	if token.Kind() != 't' && token.Kind() != 'f' {
		return false, unreadable(path, "is not true or false")
	}
	return token.Bool(), nil
}

func (r *reader) id(path string) (uuid.UUID, error) {
	s, err := r.text(path)
	if err != nil {
		return uuid.Nil, err
	}
	id, err := ParseID(s)
	if err != nil {
		return uuid.Nil, unreadable(path, "is not a UUID")
	}
	return id, nil
}

func (r *reader) phase(path string) (Phase, error) {
	s, err := r.text(path)
	if err == nil && !Phase(s).Valid() {
		err = unreadable(path, "is not a phase")
	}
	return Phase(s), err
}

// purpose reads a category and the unknown members beside a custom text.
func (r *reader) purpose(path string) (PurposeCategory, jsontext.Value, error) {
	switch r.dec.PeekKind() {
	case 'n':
		r.null()
		return Unknown, nil, nil
	case '{':
		c := Unknown
		unknown, err := r.object(path, []string{customName}, 1, func(string) error {
			text, err := r.text(join(path, customName))
			c = Custom(text)
			return err
		})
		return c, unknown, err
	}
	name, err := r.text(path)
	if err != nil {
		return Unknown, nil, err
	}
	c, ok := fixedCategory(name)
	if !ok {
		return Unknown, nil, unreadable(path, "is not a purpose category")
	}
	return c, nil, nil
}

// value reads a Value.
func (r *reader) value(path string) (Value, error) {
	switch r.dec.PeekKind() {
	case '"':
		s, err := r.text(path)
		return Text(s), err
	case '0':
		f, err := r.optionalFloat(path)
		if err != nil {
			return Value{}, err
		}
		return Number(*f), nil
	case '[':
		items, err := r.optionalTexts(path)
		return List(items...), err
	case 0:
		_, err := r.dec.ReadToken()
		return Value{}, r.syntax(path, err)
	}
	return Value{}, unreadable(path, "is not a text, a number or a list of texts")
}

// ParseID reads a UUID in any of its four usual spellings, and nothing looser.
func ParseID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil {
		return uuid.Nil, err
	}
	// uuid.Parse lets any two characters stand for the braces.
	if len(s) == 38 && (s[0] != '{' || s[37] != '}') {
		return uuid.Nil, errors.New("not a UUID")
	}
	return id, nil
}

func appendMember(object jsontext.Value, name string, raw jsontext.Value) jsontext.Value {
	if object == nil {
		object = jsontext.Value{'{'}
	} else {
		object = append(object, ',')
	}
	object = append(append(object, quoteJSON(name)...), ':')
	return append(object, raw...)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func indexed(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// quoteField names a field that came from outside: its length is bounded and
// what could upset a terminal is escaped.
func quoteField(name string) string {
	if len(name) > MaxField {
		name = strings.ToValidUTF8(name[:MaxField], "") + "…"
	}
	return strconv.QuoteToGraphic(name)
}
