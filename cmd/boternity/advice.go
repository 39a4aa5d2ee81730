package main

import (
	"context"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// withAdvice is withGuide for commands that finish no bot, and so need no
// folder for them.
func (a *app) withAdvice(ctx context.Context, do func(g *forge.Guide, store builder.Store) error) error {
	known, err := a.loadCatalog()
	if err != nil {
		return err
	}
	return a.withStore(ctx, toUse, func(store builder.Store) error {
		return do(forge.New(store, forge.Options{Catalog: known}), store)
	})
}
