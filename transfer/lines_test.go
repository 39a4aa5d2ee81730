package transfer

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/boternity/boternity/builder"
)

type numbered struct {
	Number int
	Text   string
}

func linesOf(t *testing.T, r io.Reader, limit int) (lines []numbered) {
	t.Helper()
	for l, err := range readLines(r, limit) {
		if err != nil {
			t.Fatal(err)
		}
		text := string(l.text)
		if l.err != nil {
			text = l.err.Error()
		}
		lines = append(lines, numbered{l.number, text})
	}
	return lines
}

func TestReadLines(t *testing.T) {
	long := strings.Repeat("x", 200<<10) // longer than any buffer between
	for in, want := range map[string][]numbered{
		"":                         nil,
		"a":                        {{1, "a"}},
		"a\n":                      {{1, "a"}},
		"a\r\n\r\n \t\nb\r\n":      {{1, "a"}, {4, "b"}},
		"\n\nlast":                 {{3, "last"}},
		"\uFEFFa\n\uFEFFb":         {{1, "a"}, {2, "\uFEFFb"}},
		"a\rb\u2028c":              {{1, "a\rb\u2028c"}},
		long + "\n" + long + "\nc": {{1, long}, {2, long}, {3, "c"}},
	} {
		for _, r := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in)), iotest.DataErrReader(strings.NewReader(in))} {
			if got := linesOf(t, r, 1<<20); !cmp.Equal(got, want) {
				t.Errorf("%.40q: %s", in, cmp.Diff(want, got))
			}
		}
	}
}

func TestReadLinesBoundsALine(t *testing.T) {
	const limit = 100 << 10
	in := strings.Repeat("x", limit-1) + "\n" + strings.Repeat("y", limit+1) + "\nz\n" + strings.Repeat(" ", limit+5)
	want := []numbered{
		{1, strings.Repeat("x", limit-1)},
		{2, "the line is too long: 102402, the limit is 102400"},
		{3, "z"},
		{4, "the line is too long: 102405, the limit is 102400"},
	}
	if got := linesOf(t, strings.NewReader(in), limit); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}

func TestReadLinesReportsItsReader(t *testing.T) {
	broken := errors.New("broken")
	var got []line
	var last error
	for l, err := range readLines(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), 100) {
		if last = err; err == nil {
			got = append(got, l)
		}
	}
	if !cmp.Equal(got, []line{{number: 1, text: []byte("a")}}, cmp.AllowUnexported(line{}), cmpopts.EquateEmpty()) {
		t.Errorf("got %v", got)
	}
	var at *LineError
	if !errors.As(last, &at) || at.Line != 2 || !errors.Is(last, broken) {
		t.Errorf("got %v", last)
	}
	if errors.Is(last, builder.ErrInvalid) {
		t.Error("a broken reader is not bad input")
	}
}
