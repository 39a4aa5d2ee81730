package main

import (
	"strings"
	"testing"
)

func TestBar(t *testing.T) {
	for _, test := range []struct {
		done, total int64
		columns     int
		want        string
	}{
		{0, 3000, 0, "Copying [....................] 0.0 % of 3000 rows"},
		{1600, 3000, 80, "Copying [##########..........] 53.3 % of 3000 rows"},
		{3000, 3000, 80, "Copying [####################] 100.0 % of 3000 rows"},
		{4000, 3000, 80, "Copying [####################] 100.0 % of 3000 rows"}, // more came meanwhile
		{4000, 0, 80, "Copying 4000 rows"},
		{1600, 3000, 20, "Copying [##########"},
	} {
		if got := bar("Copying", test.done, test.total, "rows", test.columns); got != test.want {
			t.Errorf("%d of %d: %q, want %q", test.done, test.total, got, test.want)
		}
	}
}

func TestProgressDrawsOverItself(t *testing.T) {
	var out strings.Builder
	p := &progress{out: &out}
	p.show("Copying", 10, 0, "rows")
	p.show("Copying", 10, 0, "rows")
	p.show("At", 9, 0, "rows")
	p.clear()
	p.clear()
	if want := "\rCopying 10 rows\rAt 9 rows      \r         \r"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
