package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/sqlite"
	"github.com/boternity/boternity/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t storetest.T, o storetest.Options) func() builder.Database {
		path := filepath.Join(t.TempDir(), "builder.db")
		return func() builder.Database {
			db, err := sqlite.Open(t.Context(), path, sqlite.Options{Now: o.Now, History: o.History})
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			return db
		}
	})
}
