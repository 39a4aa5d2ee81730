package sqlite

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/boternity/boternity/builder"
)

// A program that is killed, or runs out of disk, while its log is merged into
// the file leaves a file that is shorter than its first page says. With its log
// it is whole.
func TestLogHalfMerged(t *testing.T) {
	path := newPath(t)
	db := opened(t, path, testOptions())
	d := saved(t, db.Owner(""), testDraft(testID(1), "kept", 3))
	torn := newPath(t)
	log, err := os.ReadFile(path + "-wal")
	noError(t, err)
	noError(t, os.WriteFile(torn+"-wal", log, 0o600))
	noError(t, db.Close())
	noError(t, os.WriteFile(torn, firstPage(t, log), 0o600))

	check, err := OpenReadOnly(t.Context(), torn, testOptions())
	noError(t, err)
	loads(t, check.Owner(""), d)
	noError(t, check.Close())
	again := opened(t, torn, testOptions())
	loads(t, again.Owner(""), d)
	for f, err := range again.Check(t.Context()) {
		noError(t, err)
		if f.Status != builder.StatusOK || f.Problem != "" {
			t.Errorf("finding %+v", f)
		}
	}
}

// firstPage is the newest first page of the database in its log.
func firstPage(t *testing.T, log []byte) (page []byte) {
	t.Helper()
	const header, frameHeader = 32, 24
	size := int(binary.BigEndian.Uint32(log[8:]))
	for at := header; at+frameHeader+size <= len(log); at += frameHeader + size {
		if binary.BigEndian.Uint32(log[at:]) == 1 {
			page = log[at+frameHeader:][:size]
		}
	}
	if page == nil {
		t.Fatal("the log has no first page")
	}
	return page
}
