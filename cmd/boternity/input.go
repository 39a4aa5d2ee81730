package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/boternity/boternity/builder"
)

// errEnded is the end of what a person has to say: the end of input, or a
// signal.
var errEnded = errors.New("the input has ended")

// input reads standard input line by line, and waits for a line no longer than
// until a signal comes.
type input struct {
	chunks <-chan chunk
	ended  <-chan struct{}
	typed  []byte // read, and not yet taken as a line
}

type chunk struct {
	bytes []byte
	err   error // why there are no more
}

// newInput begins to read. The reading goroutine lives as long as the program,
// because nothing can end a read of a terminal.
func newInput(r io.Reader, ended <-chan struct{}) *input {
	chunks := make(chan chunk)
	go func() {
		defer close(chunks)
		for {
			b := make([]byte, 4096)
			n, err := r.Read(b)
			chunks <- chunk{b[:n], err}
			if err != nil {
				return
			}
		}
	}()
	return &input{chunks: chunks, ended: ended}
}

// line returns the next line without its end. What stands after the last line
// end is no line, see halfTyped. Errors: errEnded; builder.ErrInvalid for a
// line that is longer than any answer may be, which is skipped.
func (in *input) line() (string, error) {
	dropped := 0  // bytes of a line that is too long
	searched := 0 // bytes that hold no line end
	for {
		if isClosed(in.ended) {
			return "", errEnded
		}
		if end := bytes.IndexByte(in.typed[searched:], '\n'); end >= 0 {
			end += searched
			line := string(in.typed[:end])
			in.typed = in.typed[end+1:]
			if length := dropped + len(line); length > builder.MaxAnswer {
				return "", &builder.InvalidError{Problem: "this line is too long", Limit: builder.MaxAnswer, Got: int64(length)}
			}
			return strings.TrimSuffix(line, "\r"), nil
		}
		if dropped > 0 || len(in.typed) > builder.MaxAnswer {
			dropped += len(in.typed)
			in.typed = nil
		}
		searched = len(in.typed)
		if err := in.more(); err != nil && bytes.IndexByte(in.typed[searched:], '\n') < 0 {
			return "", err
		}
	}
}

// more waits for more input. Errors: errEnded at its end and for a signal.
func (in *input) more() error {
	select {
	case <-in.ended:
		return errEnded
	case c, ok := <-in.chunks:
		in.typed = append(in.typed, c.bytes...)
		switch {
		case !ok || errors.Is(c.err, io.EOF):
			return errEnded
		case c.err != nil:
			return fmt.Errorf("%w: read standard input: %w", errEnded, c.err)
		}
	}
	return nil
}

// halfTyped is what was typed into a line and never ended, or not yet taken
// when a signal came. A character that was cut in two is left out.
func (in *input) halfTyped() string {
	select {
	case c := <-in.chunks:
		in.typed = append(in.typed, c.bytes...)
	default:
	}
	line, _, _ := strings.Cut(string(in.typed), "\n")
	return strings.ToValidUTF8(strings.TrimSuffix(line, "\r"), "")
}

// all reads to the end, as one text of at most limit bytes. Errors: errEnded
// when a signal came first, or reading failed; builder.ErrInvalid.
func (in *input) all(limit int) ([]byte, error) {
	for {
		err := in.more()
		switch {
		case len(in.typed) > limit:
			return nil, &builder.InvalidError{Field: "standard input", Problem: "is too long", Limit: int64(limit), Got: int64(len(in.typed))}
		case err == errEnded && !isClosed(in.ended): //nolint:errorlint // a failure to read is wrapped in it, and is not the end
			text := in.typed
			in.typed = nil
			return text, nil
		case err != nil:
			return nil, err
		}
	}
}
