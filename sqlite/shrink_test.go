package sqlite

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

// Pruning gives the disk its space back, unless there is little of it.
func TestPruningShrinksTheFile(t *testing.T) {
	path := newPath(t)
	now := moment
	o := testOptions()
	o.Now, o.BusyTimeout = func() time.Time { return now }, 100*time.Millisecond
	db := opened(t, path, o)
	s := db.Owner("")
	for n := range byte(30) {
		saved(t, s, testDraft(testID(n+1), "old", 1000))
	}
	now = now.Add(time.Hour)
	kept := saved(t, s, testDraft(testID(100), "new", 1000))
	size := func() int64 {
		info, err := os.Stat(path)
		noError(t, err)
		return info.Size()
	}
	prune := func(p builder.PrunePolicy) builder.Receipt {
		t.Helper()
		receipt, err := db.Prune(t.Context(), p)
		noError(t, err)
		return receipt
	}
	prune(builder.PrunePolicy{})
	reader := rawHandle(t, path)
	rows, err := reader.Query("SELECT draft FROM builder_drafts")
	noError(t, err)
	if !rows.Next() {
		t.Fatal("no drafts")
	}
	receipt := prune(builder.PrunePolicy{DraftsBefore: now})
	if receipt.Counts[builder.TableDrafts] != 30 || len(receipt.Remaining) != 1 || !strings.Contains(receipt.Remaining[0], "another program is using it") {
		t.Errorf("beside a reader the receipt is %+v", receipt)
	}
	noError(t, errors.Join(rows.Err(), rows.Close()))
	noError(t, reader.Close())
	before := size()
	noError(t, db.Close()) // merges the log
	db = opened(t, path, o)
	s = db.Owner("")
	if after := size(); after > before/4 {
		t.Errorf("%d bytes of %d are left", after, before)
	}
	loads(t, s, kept)

	for n := range byte(30) {
		saved(t, s, testDraft(testID(n+101), "old", 1000))
	}
	now = now.Add(time.Hour)
	before = size()
	if receipt := prune(builder.PrunePolicy{DraftsBefore: now}); len(receipt.Remaining) > 0 {
		t.Errorf("the receipt is %+v", receipt)
	}
	if after := size(); after > before/4 {
		t.Errorf("at once %d bytes of %d are left", after, before)
	}
	soundly(t, db)
}
