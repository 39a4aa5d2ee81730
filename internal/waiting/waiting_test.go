package waiting_test

import (
	"slices"
	"testing"

	"github.com/boternity/boternity/internal/waiting"
)

func TestLine(t *testing.T) {
	var line waiting.Line[int]
	anyone := func(int) bool { return true }
	if _, found := line.Next(anyone); found || line.Leave(1) {
		t.Error("nobody waits, and one was found")
	}
	for n := range 5 {
		line.Join(n)
	}
	if !line.Leave(1) || line.Leave(1) || line.Len() != 4 {
		t.Errorf("%d wait after one of five left", line.Len())
	}
	if _, found := line.Next(func(n int) bool { return n > 0 }); found {
		t.Error("one was taken that was not to be")
	}
	var taken []int
	for n, found := line.Next(anyone); found; n, found = line.Next(anyone) {
		taken = append(taken, n)
	}
	if !slices.Equal(taken, []int{0, 2, 3, 4}) || line.Len() != 0 {
		t.Errorf("took %v, %d wait", taken, line.Len())
	}
}
