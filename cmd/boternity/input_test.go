package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/boternity/boternity/builder"
)

func TestLines(t *testing.T) {
	long := strings.Repeat("x", builder.MaxAnswer)
	text := "one\n\r\n  two \r\n" + long + "\n" + long + "y\nafter\n" + long + long + "\nlast\nhalf\xe2\x82"
	readers := map[string]io.Reader{
		"at_once":      strings.NewReader(text),
		"byte_by_byte": iotest.OneByteReader(strings.NewReader(text)),
		"end_at_once":  iotest.DataErrReader(strings.NewReader(text)),
	}
	for name, r := range readers {
		t.Run(name, func(t *testing.T) {
			in := newInput(r, make(chan struct{}))
			for _, want := range []string{"one", "", "  two ", long, "(too long)", "after", "(too long)", "last"} {
				got, err := in.line()
				if want == "(too long)" {
					var invalid *builder.InvalidError
					if !errors.As(err, &invalid) || invalid.Limit != builder.MaxAnswer || invalid.Got <= invalid.Limit {
						t.Fatalf("got %.20q and %v, want it refused as too long", got, err)
					}
					continue
				}
				if err != nil || got != want {
					t.Fatalf("got %.20q and %v, want %.20q", got, err, want)
				}
			}
			if got, err := in.line(); !errors.Is(err, errEnded) {
				t.Errorf("half a line is read as %q, %v", got, err)
			}
			if got := in.halfTyped(); got != "half" {
				t.Errorf("the half-typed line is %q", got)
			}
		})
	}
}

func TestLineEndsWithASignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		ended := make(chan struct{})
		in := newInput(r, ended)
		go func() {
			io.WriteString(w, "first\nsecond ha") //nolint:errcheck // the test fails without it
			synctest.Wait()
			close(ended)
		}()
		if got, err := in.line(); got != "first" || err != nil {
			t.Fatalf("the first line is %q, %v", got, err)
		}
		if got, err := in.line(); !errors.Is(err, errEnded) {
			t.Errorf("the second line is %q, %v", got, err)
		}
		if got := in.halfTyped(); got != "second ha" {
			t.Errorf("the half-typed line is %q", got)
		}
		if _, err := in.all(10); !errors.Is(err, errEnded) {
			t.Errorf("after a signal everything is %v", err)
		}
		w.Close() // it lets the reading goroutine go
		for range in.chunks {
		}
	})
}

func TestLineReportsAFailedRead(t *testing.T) {
	failure := errors.New("the cable is out")
	in := newInput(iotest.ErrReader(failure), make(chan struct{}))
	if _, err := in.line(); !errors.Is(err, errEnded) || !errors.Is(err, failure) {
		t.Errorf("reading a line fails with %v", err)
	}
	in = newInput(iotest.ErrReader(failure), make(chan struct{}))
	if text, err := in.all(10); !errors.Is(err, failure) {
		t.Errorf("everything is %q, %v", text, err)
	}
}
