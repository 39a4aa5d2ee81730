package memstore_test

import (
	"testing"

	"github.com/google/uuid"

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

func TestZeroOptions(t *testing.T) {
	state := builder.NewState(uuid.New(), "reviews Go code", builder.Coding)
	b, version, err := state.Encode()
	if err != nil {
		t.Fatal(err)
	}
	saved, err := memstore.New(memstore.Options{}).Owner("").SaveDraft(t.Context(), builder.Draft{SessionID: state.SessionID, SchemaVersion: version, State: b})
	if err != nil || saved.UpdatedAt.Year() < 2000 {
		t.Errorf("saved at %s, %v; want the time of day", saved.UpdatedAt, err)
	}
}
