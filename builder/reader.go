package builder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// reader walks JSON along a known shape. It is stricter than unmarshalling:
// null and the wrong type are errors, so is a member that is spelt like a known
// one but for case. Members it does not know it keeps.
//
// Its errors are *InvalidError, each level adding its own name in front of the
// place on the way out. They name the place by known names only, because
// unknown ones are users' words.
type reader struct {
	dec   *jsontext.Decoder
	whole string // all that is read; texts are parts of it
}

func newReader(b []byte) *reader {
	// By default duplicate names and invalid UTF-8 are errors. A bytes.Buffer is
	// read in place, without a copy.
	return &reader{jsontext.NewDecoder(bytes.NewBuffer(b)), string(b)}
}

// object reads an object. It calls member to read the value of each of the
// names, the first so many of which are required; members of other names are
// returned as an object of their own, nil where there are none.
func (r *reader) object(names []string, required int, member func(name string) error) (unknown jsontext.Value, err error) {
	var seen uint
	err = r.eachMember(func(name []byte) error {
		at, err := indexName(names, name)
		if err != nil {
			return err
		}
		if at >= 0 {
			seen |= 1 << at
			return within(names[at], member(names[at]))
		}
		// The name is copied before its bytes are read over.
		unknown = appendName(unknown, name)
		value, err := r.dec.ReadValue()
		if err != nil {
			return r.syntax(err)
		}
		unknown = append(unknown, value...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for at, name := range names[:required] {
		if seen&(1<<at) == 0 {
			return nil, within(name, unreadable("is missing"))
		}
	}
	if unknown != nil {
		unknown = append(unknown, '}')
	}
	return unknown, nil
}

// eachMember reads an object, calling member to read the value of each name.
// The name's bytes are good until that value is read.
func (r *reader) eachMember(member func(name []byte) error) error {
	if err := r.open('{', "an object"); err != nil {
		return err
	}
	for r.dec.PeekKind() == '"' {
		quoted, err := r.dec.ReadValue()
		if err != nil {
			return r.syntax(err)
		}
		name, err := unquote(quoted)
		if err != nil {
			return r.syntax(err)
		}
		if err := member(name); err != nil {
			return err
		}
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return r.syntax(err)
	}
	return nil
}

// array reads an array, calling item to read each element.
func (r *reader) array(item func() error) error {
	if err := r.open('[', "an array"); err != nil {
		return err
	}
	for i := 0; ; i++ {
		switch r.dec.PeekKind() {
		case ']', 0:
			if _, err := r.dec.ReadToken(); err != nil {
				return r.syntax(err)
			}
			return nil
		}
		if err := item(); err != nil {
			return within("["+strconv.Itoa(i)+"]", err)
		}
	}
}

const firstElements = 24

// list reads an array of one kind of element. It is never nil.
func list[T any](r *reader, element func() (T, error)) ([]T, error) {
	elements := []T{}
	err := r.array(func() error {
		e, err := element()
		if len(elements) == cap(elements) {
			elements = slices.Grow(elements, firstElements) // most lists fit at once
		}
		elements = append(elements, e)
		return err
	})
	return elements, err
}

func (r *reader) open(kind jsontext.Kind, want string) error {
	if err := r.expect(kind, want); err != nil {
		return err
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return r.syntax(err)
	}
	return nil
}

func (r *reader) expect(kind jsontext.Kind, want string) error {
	switch r.dec.PeekKind() {
	case kind:
		return nil
	case 0:
		_, err := r.dec.ReadToken()
		return r.syntax(err)
	case 'n':
		return unreadable("is null, not %s", want)
	}
	return unreadable("is not %s", want)
}

// end makes sure that nothing follows the value.
func (r *reader) end() error {
	if _, err := r.dec.ReadToken(); err == nil {
		return unreadable("is followed by something else, at byte %d", r.dec.InputOffset())
	} else if !errors.Is(err, io.EOF) {
		return r.syntax(err)
	}
	return nil
}

func unreadable(format string, args ...any) error {
	return &InvalidError{Problem: fmt.Sprintf(format, args...)}
}

// syntax turns an error of the decoder into one of ours, without its excerpt
// of the input.
func (r *reader) syntax(err error) error {
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
	return unreadable("%s at byte %d", problem, at)
}

// within puts a name in front of the place that an error names.
func within(name string, err error) error {
	if err == nil {
		return nil
	}
	var e *InvalidError
	if errors.As(err, &e) {
		switch {
		case e.Field == "":
			e.Field = name
		case e.Field[0] == '[':
			e.Field = name + e.Field
		default:
			e.Field = name + "." + e.Field
		}
	}
	return err
}

// ofWhole names what was read in an error that names no place in it.
func ofWhole(what string, err error) error {
	var e *InvalidError
	if errors.As(err, &e) && e.Field == "" {
		e.Field = what
	}
	return err
}

// indexName finds a name among the known ones; -1 is none of them. One that
// differs in case only is an error: other readers would take it for the known
// one.
func indexName(names []string, name []byte) (int, error) {
	for at, known := range names {
		if string(name) == known {
			return at, nil
		}
	}
	for _, known := range names {
		if strings.EqualFold(known, string(name)) {
			return -1, within(known, unreadable("is spelt in another case"))
		}
	}
	return -1, nil
}

func appendName(object jsontext.Value, name []byte) jsontext.Value {
	if object == nil {
		object = jsontext.Value{'{'}
	} else {
		object = append(object, ',')
	}
	return append(append(object, quoteJSON(string(name))...), ':')
}
