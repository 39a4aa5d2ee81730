package autosave_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/boternity/boternity/autosave"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
)

// What is typed into a question is kept while it is being typed.
func Example() {
	ctx := context.Background()
	store := memstore.New(memstore.Options{}).Owner("")
	id := uuid.MustParse("0190a1b2-c3d4-7000-8000-000000000001")
	state := builder.NewState(id, "a bot that reviews Go code", builder.Coding)
	encoded, version, err := state.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := store.SaveDraft(ctx, builder.Draft{SessionID: id, SchemaVersion: version, State: encoded}); err != nil {
		fmt.Println(err)
		return
	}

	saver := autosave.New(func(ctx context.Context, typed string) error {
		return store.SavePending(ctx, id, builder.FieldName, typed)
	}, autosave.Options{Judge: func(err error) autosave.Verdict {
		switch {
		case errors.Is(err, builder.ErrGone), errors.Is(err, builder.ErrNotFound):
			return autosave.Stop
		case errors.Is(err, builder.ErrInvalid):
			return autosave.Refuse
		}
		return autosave.Retry
	}})
	for typed := range len("Gopher") {
		if err := saver.Save("Gopher"[:typed+1]); err != nil { // returns at once
			fmt.Println(err)
		}
	}
	if err := saver.Close(ctx); err != nil { // until it is durable
		fmt.Println(err)
	}

	pending, err := store.LoadPending(ctx, id)
	fmt.Println(saver.Status().State, pending, err)
	// Output: saved map[name:Gopher] <nil>
}
