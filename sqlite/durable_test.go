package sqlite

import "testing"

// What a kill does not show is a power cut. The log is synced at every commit
// when these hold; the whole program's system calls are traced elsewhere.
func TestCommitsAreSynced(t *testing.T) {
	db := opened(t, newPath(t), testOptions())
	noError(t, db.writer.use(t.Context(), func(c *conn) error {
		var synchronous, mode string
		_, err := c.one("PRAGMA synchronous", nil, &synchronous)
		noError(t, err)
		_, err = c.one("PRAGMA journal_mode", nil, &mode)
		noError(t, err)
		if synchronous != "2" || mode != "wal" {
			t.Errorf("synchronous is %s, journal_mode is %s", synchronous, mode)
		}
		return nil
	}))
}
