package main

import (
	"context"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/sqlite"
)

// withAdvice is withGuide for commands that finish no bot, and so need no
// folder for them.
func (a *app) withAdvice(ctx context.Context, do func(g *forge.Guide, store builder.Store) error) error {
	known, err := a.loadCatalog()
	if err != nil {
		return err
	}
	return a.withStore(ctx, func(store builder.Store) error {
		return do(forge.New(store, forge.Options{Catalog: known}), store)
	})
}

// withOwner is withDatabase for what needs the whole database on an owner's
// behalf.
func (a *app) withOwner(ctx context.Context, do func(db *sqlite.Database) error) error {
	if err := builder.CheckOwner(a.owner); err != nil {
		return err
	}
	return a.withDatabase(ctx, do)
}
