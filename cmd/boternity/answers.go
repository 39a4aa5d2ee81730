package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// maxAnswers is the largest answers file that is read, in bytes.
const maxAnswers = 1 << 20

// answers are the values of an answers file, by field.
type answers map[string]builder.Value

// readAnswers reads the file that --answers names.
func (b *build) readAnswers() error {
	if b.answers == "" {
		return nil
	}
	text, err := b.answersText()
	if errors.Is(err, errEnded) && isClosed(b.ended) {
		// A draft that was to be gone on with is still opened, to say where it
		// stands.
		if b.resuming() {
			b.given = answers{}
			return nil
		}
		return errNothingStarted
	}
	if err != nil {
		return err
	}
	b.given, err = parseAnswers(text)
	return b.ofAnswers(err)
}

// ofAnswers names the file that something is wrong with.
func (b *build) ofAnswers(err error) error {
	if err == nil || b.answers == "" || b.answers == "-" {
		return err
	}
	return fmt.Errorf("%s: %w", plain(b.answers), err)
}

func (b *build) answersText() ([]byte, error) {
	if b.answers == "-" {
		return b.input.all(maxAnswers)
	}
	file, err := os.Open(b.answers)
	if err != nil {
		return nil, &usageError{fmt.Errorf("read the answers: %w", err)}
	}
	defer file.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(file, maxAnswers+1))
	if err != nil {
		return nil, fmt.Errorf("read the answers: %w", err)
	}
	return text, nil
}

// parseAnswers reads one JSON object of answers. It refuses whatever might not
// be what its writer meant: names that are no field, also those that differ
// from one only in case, names given twice, null, and anything after the
// object. Whether a value fits its field is for check to say.
func parseAnswers(text []byte) (answers, error) {
	if len(text) > maxAnswers {
		return nil, &builder.InvalidError{Field: "answers", Problem: "are too long", Limit: maxAnswers, Got: int64(len(text))}
	}
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	if kind := dec.PeekKind(); kind != '{' && kind != 0 {
		return nil, &builder.InvalidError{Field: "answers", Problem: "are not a JSON object of fields and values"}
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, malformed(dec, "", err)
	}
	given := answers{}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, malformed(dec, "", err)
		}
		field := name.String()
		if err := checkField(field); err != nil {
			return nil, err
		}
		value, err := dec.ReadValue()
		if err != nil {
			return nil, malformed(dec, field, err)
		}
		if value.Kind() == 'n' {
			return nil, &builder.InvalidError{Field: field, Problem: "is null; leave a field out to leave it unanswered"}
		}
		if given[field], err = builder.ParseValue(field, value); err != nil {
			return nil, err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, malformed(dec, "", err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, &builder.InvalidError{Field: "answers", Problem: fmt.Sprintf("go on after the JSON object, at byte %d", dec.InputOffset())}
	}
	return given, nil
}

func checkField(field string) error {
	if builder.IsField(field) {
		return nil
	}
	if same := strings.ToLower(field); builder.IsField(same) {
		return &builder.InvalidError{Field: same, Problem: "is spelt in another case"}
	}
	return builder.CheckValue(field, builder.Value{}) // says that it is none, quoted safely
}

// malformed is what is wrong with the JSON, without its excerpt of the text.
func malformed(dec *jsontext.Decoder, field string, err error) error {
	problem, at := "are not well-formed JSON", dec.InputOffset()
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at = syntax.ByteOffset
		if errors.Is(err, jsontext.ErrDuplicateName) {
			problem = "hold a name twice"
			if name := syntax.JSONPointer.LastToken(); builder.IsField(name) {
				return &builder.InvalidError{Field: name, Problem: fmt.Sprintf("is answered twice, at byte %d", at)}
			}
		}
	}
	if field != "" {
		return &builder.InvalidError{Field: field, Problem: fmt.Sprintf("is not well-formed JSON, at byte %d", at)}
	}
	return &builder.InvalidError{Field: "answers", Problem: fmt.Sprintf("%s, at byte %d", problem, at)}
}

// check refuses answers that the guide would refuse, before any is saved.
func (given answers) check(g *forge.Guide) error {
	for _, field := range builder.Fields() {
		if value, ok := given[field]; ok {
			if err := g.CheckAnswer(forge.Answer{Field: field, Value: value}); err != nil {
				return err
			}
		}
	}
	return nil
}

// apply gives the answers one by one: as the guide asks for them, then those
// that it does not ask for. Each is saved before the next, and all are based on
// the session as it was opened: what another window decides meanwhile is never
// overruled by a file that could not know. What the session was told before is
// not told again.
func (b *build) apply(ctx context.Context, turn forge.Turn) (forge.Turn, error) {
	b.tellNotices(turn)
	opened, left := turn, builder.Fields()
	for {
		left = slices.DeleteFunc(left, func(field string) bool {
			value, given := b.given[field]
			return !given || chosenBefore(turn, field, value)
		})
		if len(left) == 0 {
			return turn, nil
		}
		if isClosed(b.ended) {
			return turn, errEnded
		}
		field := left[0]
		if turn.Kind == forge.Ask && slices.Contains(left, turn.Question.Field) {
			field = turn.Question.Field
		}
		next, err := b.patiently(func() (forge.Turn, error) {
			return b.guide.Answer(ctx, opened.SessionID, opened.Revision, forge.Answer{Field: field, Value: b.given[field]})
		})
		if err == nil && next.Unsaved {
			err = notApplied(opened, next, field)
		}
		if err != nil {
			return turn, err
		}
		turn = next
		left = slices.DeleteFunc(left, func(name string) bool { return name == field })
		b.tellSaved(field, turn)
	}
}

// chosenBefore reports whether an answer needs no saving. One that has become
// questionable since does: giving it again is standing by it.
func chosenBefore(turn forge.Turn, field string, value builder.Value) bool {
	if slices.ContainsFunc(turn.Notices, func(n forge.Notice) bool { return n.Field == field }) {
		return false
	}
	return slices.ContainsFunc(turn.Preview, func(l forge.Line) bool {
		return l.Field == field && l.Decided && l.Source == builder.Chosen && l.Value == value
	})
}
