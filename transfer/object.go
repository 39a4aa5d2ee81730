package transfer

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// object is the JSON object of a line: its members as they are spelt, to the
// byte. Reading one asks for it by name and type.
type object map[string]jsontext.Value

func invalid(field, problem string) error {
	return &builder.InvalidError{Field: field, Problem: problem}
}

// parseObject reads a line that is one JSON object with members of the given
// names only.
func parseObject(text []byte, names ...string) (object, error) {
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	if dec.PeekKind() != '{' {
		return nil, invalid("the line", "is not a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, syntax(dec, err)
	}
	o := object{}
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return nil, syntax(dec, err)
		}
		name := token.String()
		if !known[name] {
			return nil, invalid("the line", "has a member that does not belong there, at byte "+strconv.FormatInt(dec.InputOffset(), 10))
		}
		raw, err := dec.ReadValue()
		if err != nil {
			return nil, syntax(dec, err)
		}
		o[name] = bytes.Clone(raw) // the decoder uses its buffer again
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, syntax(dec, err)
	}
	if len(bytes.TrimSpace(text[dec.InputOffset():])) > 0 {
		return nil, invalid("the line", "goes on after the JSON object")
	}
	return o, nil
}

// syntax names the place of a syntax error, without the excerpt of the input
// that the decoder's own text has.
func syntax(dec *jsontext.Decoder, err error) error {
	at := dec.InputOffset()
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		at = syntactic.ByteOffset
	}
	problem := "is not well-formed JSON"
	if errors.Is(err, jsontext.ErrDuplicateName) {
		problem = "has a duplicate name"
	}
	return invalid("the line", problem+", at byte "+strconv.FormatInt(at, 10))
}

// has reports whether there is such a member and it is not null.
func (o object) has(name string) bool { return o[name] != nil && o[name].Kind() != 'n' }

func (o object) text(name string) (string, error) {
	raw := o[name]
	if raw == nil {
		return "", invalid(name, "is missing")
	}
	if raw.Kind() != '"' {
		return "", invalid(name, "is not a text")
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return "", invalid(name, "is not a well-formed text")
	}
	return string(b), nil
}

func (o object) id(name string) (uuid.UUID, error) {
	text, err := o.text(name)
	if err != nil {
		return uuid.Nil, err
	}
	id, err := builder.ParseID(text)
	if err != nil {
		return uuid.Nil, invalid(name, "is not a UUID")
	}
	if builder.CheckID(id) != nil {
		return uuid.Nil, invalid(name, "is the nil UUID")
	}
	return id, nil
}

func (o object) time(name string) (time.Time, error) {
	text, err := o.text(name)
	if err != nil {
		return time.Time{}, err
	}
	t, ok := parseTime(text)
	if !ok {
		return time.Time{}, invalid(name, "is not an RFC 3339 time")
	}
	return t, nil
}

func (o object) number(name string) (uint32, error) {
	raw := o[name]
	if raw == nil {
		return 0, invalid(name, "is missing")
	}
	n, err := strconv.ParseUint(string(raw), 10, 32)
	if err != nil {
		return 0, invalid(name, "is not a whole number from 0 to "+strconv.Itoa(math.MaxUint32))
	}
	return uint32(n), nil
}

func (o object) base64(name string) ([]byte, error) {
	text, err := o.text(name)
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, invalid(name, "is not base64")
	}
	return b, nil
}
