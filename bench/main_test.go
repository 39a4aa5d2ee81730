package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// The program measures everything, at the least sizes it takes, and reports all
// of it in every form.
func TestEverythingIsMeasured(t *testing.T) {
	dir := t.TempDir()
	page, raw := filepath.Join(dir, "page.md"), filepath.Join(dir, "raw.json")
	write(t, page, "before\n"+pageBegin+"old tables\n"+pageEnd+"after\n")
	var text strings.Builder
	args := []string{"-largest", "1000", "-rounds", "1", "-saves", "3", "-dir", filepath.Join(dir, "files"), "-json", raw, "-page", page}
	if err := run(t.Context(), args, &text, io.Discard); err != nil {
		t.Fatal(err)
	}

	found, err := readResults(raw)
	if err != nil {
		t.Fatal(err)
	}
	budgets := 12
	if _, counts, _ := written(); !counts {
		budgets-- // this system does not say what was written
	}
	if got := len(found.verdicts()); got != budgets {
		t.Errorf("%d budgets were measured, not %d:\n%s", got, budgets, &text)
	}
	for _, s := range found.Series {
		for _, figure := range s.Rounds {
			if figure <= 0 {
				t.Errorf("%s by %s at %d: a figure of %v", s.Work, s.Side, s.At, figure)
			}
		}
	}

	written := read(t, page)
	if !strings.HasPrefix(written, "before\n"+pageBegin) || !strings.HasSuffix(written, pageEnd+"after\n") || strings.Contains(written, "old tables") {
		t.Errorf("the page was not kept around its tables:\n%s", written)
	}
	wellFormed(t, read(t, filepath.Join(dir, "page.svg")))

	var again strings.Builder
	if err := run(t.Context(), []string{"-from", raw}, &again, io.Discard); err != nil {
		t.Fatal(err)
	}
	if again.String() != text.String() {
		t.Errorf("the raw results make another report:\n%s", &again)
	}
	fitsATerminal(t, found)
	left, err := os.ReadDir(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if f.IsDir() {
			t.Errorf("scratch files were left in %s", f.Name())
		}
	}
}

// fitsATerminal gives all series figures of usual width, and the sizes of a
// long run, since what is measured here is as wide as the machine is slow.
func fitsATerminal(t *testing.T, r results) {
	t.Helper()
	for i := range r.Series {
		s := &r.Series[i]
		s.Rounds = []float64{0.0123, 0.0246, 0.0123}
		if s.Latency != nil {
			s.Latency = &latency{0.0123, 0.0123, 0.0123, 0.0123}
		}
		if s.Work != workSave && s.At == 1000 {
			s.At = 1_000_000
		}
	}
	var text strings.Builder
	if err := writeText(&text, &r); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text.String()) {
		if width := utf8.RuneCountInString(line) - 1; width > 100 {
			t.Errorf("a line of %d columns: %s", width, line)
		}
	}
}

func TestVerdicts(t *testing.T) {
	at := func(work, side string, at int, figures ...float64) series {
		return series{Work: work, Side: side, At: at, Rounds: figures}
	}
	r := results{Series: []series{
		// Twice the floor's time is half its speed; of two floors the quicker counts.
		at(workSave, ours, 1, 2, 2, 2), at(workSave, floorOne, 1, 1, 1, 1), at(workSave, floorFour, 1, 9, 9, 9),
		at(workSave, ours, 16, 1, 1, 1), at(workSave, floorOne, 16, 9, 9, 9), at(workSave, floorFour, 16, 2, 2, 2),
		// Rounds are compared with each other: the disk was ten times slower in the first.
		at(workStart, ours, 1, 15, 1.5, 1), at(workStart, floorOne, 1, 10, 1, 10),
		at(workFirst, ours, 1_000, 1, 1), at(workFirst, ours, 10_000, 7, 7), at(workFirst, ours, 1_000_000, 1.4, 1.4),
		at(workFile, ours, growingAnswers, 299_000),
	}}
	want := []struct {
		measured float64
		met      bool
	}{{0.5, false}, {2, true}, {1.4, false}, {299_000, true}, {1.5, true}}
	got := r.verdicts()
	if len(got) != len(want) {
		t.Fatalf("%d verdicts, not %d: %v", len(got), len(want), got)
	}
	for i, v := range got {
		if v.measured.median != want[i].measured || v.met() != want[i].met {
			t.Errorf("%s: %v, met %v; want %v", v.work, v.measured, v.met(), want[i])
		}
	}
}

func TestQuantile(t *testing.T) {
	for q, want := range map[float64]float64{0: 1, 0.25: 2, 0.5: 3, 0.625: 3.5, 1: 5} {
		if got := quantile([]float64{5, 1, 4, 2, 3}, q); got != want {
			t.Errorf("quantile %v is %v, not %v", q, got, want)
		}
	}
}

func TestRefusedFlags(t *testing.T) {
	for _, args := range []string{"-only lists,nothing", "-largest 10", "-rounds 0", "more", "-postgres -only history"} {
		if err := run(t.Context(), strings.Fields(args), io.Discard, io.Discard); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	parts := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := parts.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
}
