package postgres

import (
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t storetest.T, o storetest.Options) func() builder.Database {
		url := newURL(t)
		return func() builder.Database {
			db, err := Open(t.Context(), url, Options{Now: o.Now, History: o.History})
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			return db
		}
	})
}
