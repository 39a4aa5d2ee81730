package sqlite

import (
	"encoding/binary"
	"os"
	"testing"
)

// A program that is killed while it marks a new file leaves the marked page
// with a journal that takes it back, so the next one finds a mark that is gone
// once it opens the file. Killed in its turn, it leaves a file that is known
// for ours: the mark is in the file itself, where nobody has to look through
// the log.
func TestMarkThatIsTakenBack(t *testing.T) {
	path := newPath(t)
	page := recordSession(t).main
	page[18], page[19] = 1, 1 // it keeps no log yet
	noError(t, os.WriteFile(path, page, 0o600))
	noError(t, os.WriteFile(path+"-journal", emptyJournal(len(page)), 0o600))
	db := opened(t, path, testOptions())
	if info, err := os.Stat(path + "-journal"); err == nil {
		t.Fatalf("the journal of %d bytes was not played back", info.Size())
	}
	d := saved(t, db.Owner(""), testDraft(testID(1), "kept", 3))

	killed := newPath(t)
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + end)
		noError(t, err)
		noError(t, os.WriteFile(killed+end, b, 0o600))
	}
	again := opened(t, killed, testOptions())
	loads(t, again.Owner(""), d)
	soundly(t, again)
}

// emptyJournal is the rollback journal of a transaction that began with an
// empty file: it has no page to give back, and says that there was none.
func emptyJournal(page int) []byte {
	journal := append(make([]byte, 0, 512), 0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7)
	for _, field := range []uint32{0, 1, 0, 512, uint32(page)} { // pages in it, a nonce, pages before, sector, page size
		journal = binary.BigEndian.AppendUint32(journal, field)
	}
	return journal[:cap(journal)]
}
