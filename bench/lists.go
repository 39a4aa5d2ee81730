package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/boternity/boternity/builder"
)

const (
	workFirst = "newest 50 drafts"
	workDeep  = "50 drafts further on"
	workList  = "all drafts"

	draftsOnPage   = 50
	leastDrafts    = 1000
	peersDrafts    = 100_000 // the peer lists no more than these: a list of them takes seconds already
	listedExchange = 2       // exchanges of a listed session: a state of 1 KB, so that a million of them fit a disk
)

// measureLists compares a page of few drafts with one of many, at the beginning
// of the list and anywhere in it.
func (b *bench) measureLists(ctx context.Context) (err error) {
	c := contest{name: "lists", rounds: 4 * b.rounds}
	for _, drafts := range tenfold(leastDrafts, b.largest) {
		store, err := b.storeOfDrafts(ctx, drafts)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		c.sides = append(c.sides,
			side{series: series{Work: workFirst, Side: ours, At: drafts, Unit: inSeconds},
				round: b.repeat(50, func(ctx context.Context, _ int) error { return listPage(ctx, store, "") })},
			side{series: series{Work: workDeep, Side: ours, At: drafts, Unit: inSeconds},
				round: b.repeat(50, func(ctx context.Context, n int) error {
					row := draftsOnPage + 1 + rand.New(rand.NewPCG(uint64(n), 4)).IntN(drafts-draftsOnPage)
					return listPage(ctx, store, builder.Position{At: timeOf(row), ID: idOf(row)}.Cursor(builder.ListOfDrafts))
				})})
		if b.postgres || drafts > peersDrafts {
			continue
		}
		whole, err := b.wholeStoreOfDrafts(drafts)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, whole.Close()) }()
		c.sides = append(c.sides, side{
			series: series{Work: workList, Side: peer, At: drafts, Unit: inSeconds}, rounds: 3,
			round: b.repeat(1, func(context.Context, int) error {
				all, err := whole.drafts()
				if err == nil && len(all) != drafts {
					err = fmt.Errorf("a list of %d drafts, not %d", len(all), drafts)
				}
				return err
			})})
	}
	return b.compete(ctx, c)
}

// listPage fails where the page is not full: then something else was measured.
func listPage(ctx context.Context, s builder.Store, from builder.Cursor) error {
	page, err := s.ListDrafts(ctx, builder.DraftQuery{Limit: draftsOnPage, Cursor: from})
	if err == nil && len(page.Drafts) != draftsOnPage {
		err = fmt.Errorf("a page of %d drafts, not %d", len(page.Drafts), draftsOnPage)
	}
	return err
}

func (b *bench) storeOfDrafts(ctx context.Context, drafts int) (*ourStore, error) {
	db, err := b.engine.filled(ctx, fmt.Sprintf("drafts-%d", drafts), func(db builder.Database) error {
		return b.putRows(ctx, number(drafts)+" drafts", db, drafts, draftRow)
	})
	if err != nil {
		return nil, err
	}
	return openedOurs(db), nil
}

func listedState(n int) ([]byte, error) {
	s := newSession(idOf(n), n)
	for range listedExchange {
		if err := s.answer(); err != nil {
			return nil, err
		}
	}
	return s.encoded()
}

func draftRow(n int) (builder.Row, error) {
	state, err := listedState(n)
	return builder.Row{Draft: &builder.Draft{
		SessionID: idOf(n), Revision: 1, SchemaVersion: builder.CurrentSchemaVersion,
		State: state, CreatedAt: timeOf(n), UpdatedAt: timeOf(n),
	}}, err
}

func (b *bench) wholeStoreOfDrafts(drafts int) (*wholeStore, error) {
	path, err := built(b.dir, fmt.Sprintf("whole-%d.db", drafts), func(path string) error {
		store, err := openWhole(path)
		if err != nil {
			return err
		}
		return errors.Join(b.fillWhole(store, drafts), store.Close())
	})
	if err != nil {
		return nil, err
	}
	return openWhole(path)
}

func (b *bench) fillWhole(store *wholeStore, drafts int) error {
	tx, err := store.db.Begin()
	if err != nil {
		return err
	}
	insert, err := tx.Prepare(replaceWhole)
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	for n := range drafts {
		b.progress.at("peer's file of "+number(drafts)+" drafts", n, drafts)
		state, err := listedState(n)
		if err == nil {
			at := timeOf(n).Format(time.RFC3339Nano)
			_, err = insert.Exec(idOf(n).String(), string(state), at, at)
		}
		if err != nil {
			return errors.Join(err, insert.Close(), tx.Rollback())
		}
	}
	return errors.Join(insert.Close(), tx.Commit())
}
