package memstore_test

import (
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
	"github.com/boternity/boternity/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(_ storetest.T, o storetest.Options) func() builder.Database {
		db := memstore.New(memstore.Options(o))
		return func() builder.Database { return db }
	})
}
