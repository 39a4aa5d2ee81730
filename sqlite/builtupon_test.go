package sqlite

import (
	"bytes"
	"testing"

	"github.com/boternity/boternity/builder"
)

// An older revision cannot be kept below one that is damaged: making room for
// it would take away what later ones build on.
func TestOlderRevisionBelowADamagedOne(t *testing.T) {
	path := newPath(t)
	o := testOptions()
	o.History = 5
	db := opened(t, path, o)
	s := db.Owner("")
	d := saved(t, s, testDraft(testID(1), "hello", 1))
	var dropped builder.Draft
	for n := 2; n <= 20; n++ {
		d.State = testState(d.SessionID, "hello", n)
		d = saved(t, s, d)
		if d.Revision == 10 {
			dropped = d
		}
	}
	rawly(t, path, "UPDATE builder_draft_revisions SET saved_at = -9223372036854775808 WHERE key & 4294967295 = 16")
	outcomes, err := db.PutRows(t.Context(), []builder.Row{{Revision: &dropped}}, builder.PutOptions{})
	noError(t, err)
	if outcomes[0] != builder.PutDiffers {
		t.Errorf("outcome is %s", outcomes[0])
	}
	for r := builder.Revision(17); r <= 20; r++ {
		kept, err := s.LoadRevision(t.Context(), d.SessionID, r)
		noError(t, err)
		if !bytes.Equal(kept.State, testState(d.SessionID, "hello", int(r))) {
			t.Errorf("revision %d has other bytes", r)
		}
	}
}
