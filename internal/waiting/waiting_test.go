package waiting_test

import (
	"slices"
	"testing"

	"github.com/boternity/boternity/internal/waiting"
)

func TestLine(t *testing.T) {
	var line waiting.Line[int]
	if len(line.Take(1)) > 0 || line.Leave(1) {
		t.Error("nobody waits, and one was found")
	}
	for n := range 5 {
		line.Join(n)
	}
	if !line.Leave(1) || line.Leave(1) || line.Len() != 4 {
		t.Errorf("%d wait after one of five left", line.Len())
	}
	if got := line.Take(2); !slices.Equal(got, []int{0, 2}) {
		t.Errorf("took %v", got)
	}
	if got := line.Take(9); !slices.Equal(got, []int{3, 4}) || line.Len() != 0 {
		t.Errorf("took %v, %d wait", got, line.Len())
	}
}
