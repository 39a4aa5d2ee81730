package bot

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/boternity/boternity/builder"
)

// A folder that somebody else does not let go of is not waited for without end.
func TestHoldIsBounded(t *testing.T) {
	first := openAt(t, t.TempDir())
	second := openAt(t, first.Dir())
	release, err := first.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	synctest.Test(t, func(t *testing.T) {
		if _, err := second.Hold(t.Context()); !errors.Is(err, builder.ErrBusy) {
			t.Errorf("held all the same: %v", err)
		}
	})
}
