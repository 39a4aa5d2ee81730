package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/boternity/boternity/builder"
)

// MaxLine is the longest line of an export, in bytes. It leaves room for
// states that were adopted over the limit.
const MaxLine = 8 * builder.MaxState

// LineError is what is wrong with a line of an import, or with reading it.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *LineError) Unwrap() error { return e.Err }

// line is one line that is not blank, without its end. A line that is too long
// has no text but an error, and the next one can still be read.
type line struct {
	number int
	text   []byte
	err    error
}

// readLines yields the lines of a file. They may end in a carriage return, the
// last one need not end at all, and the file may begin with a byte order mark.
// An error of the reader ends them.
func readLines(r io.Reader, limit int) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		for number := 1; ; number++ {
			text, length, err := readLine(in, limit)
			if err != nil && !errors.Is(err, io.EOF) {
				yield(line{}, &LineError{number, err})
				return
			}
			l := line{number: number, text: text}
			if number == 1 {
				l.text = bytes.TrimPrefix(l.text, []byte("\uFEFF"))
			}
			l.text = bytes.TrimSpace(l.text)
			if length > limit {
				l.err = &builder.InvalidError{Field: "the line", Problem: "is too long", Limit: int64(limit), Got: int64(length)}
			}
			if (len(l.text) > 0 || l.err != nil) && !yield(l, nil) || err != nil {
				return
			}
		}
	}
}

// readLine reads to the end of a line. Of one that is longer than the limit it
// keeps nothing but the length.
func readLine(in *bufio.Reader, limit int) (text []byte, length int, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if length += len(part); length <= limit {
			text = append(text, part...)
		} else {
			text = nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, length, err
		}
	}
}
