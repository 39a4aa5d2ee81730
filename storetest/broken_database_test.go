package storetest_test

import (
	"context"
	"iter"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
	"github.com/boternity/boternity/storetest"
)

var databaseDefects = []defect{
	{"loses everything on closing", "what was saved is there after closing and opening", func(_ storetest.T, o storetest.Options) func() builder.Database {
		return func() builder.Database { return memstore.New(memstore.Options(o)) }
	}},
	{"put overwrites", "put never replaces a row", wholly(func(db *memstore.Database) builder.Database { return putOverwrites{db} })},
	{"puts half a batch", "rows are put all or none", wholly(func(db *memstore.Database) builder.Database { return putsHalf{db} })},
	{"puts rows with its own time", "everything is copied from one database to another", wholly(func(db *memstore.Database) builder.Database { return putsNow{db} })},
	{"revives whatever is put", "rows of a deleted draft come back only when asked for", wholly(func(db *memstore.Database) builder.Database { return putsRevived{db} })},
	{"leaves pending texts out of the rows", "everything is copied from one database to another", skipping(func(r builder.Row) bool { return r.Pending != nil })},
	{"leaves traces out of the rows", "everything is copied from one database to another", skipping(func(r builder.Row) bool { return r.Gone != nil })},
	{"leaves preferences out of the rows", "everything is copied from one database to another", skipping(func(r builder.Row) bool { return r.Preference != nil })},
	{"leaves old revisions out of the rows", "everything is copied from one database to another", skipping(func(r builder.Row) bool { return r.Revision != nil })},
	{"leaves unreadable rows out", "everything is copied from one database to another", skipping(func(r builder.Row) bool {
		return r.Draft != nil && builder.Inspect(*r.Draft).Problem != ""
	})},
	{"says that it added orphans", "revisions and pending texts need their draft", wholly(func(db *memstore.Database) builder.Database { return adopts{db} })},
	{"ends a session that goes on", "rows from elsewhere do not end a session that goes on here", wholly(func(db *memstore.Database) builder.Database { return endsSessions{db} })},
	{"reads on after a cancellation", "a cancelled look at everything ends with the error", wholly(func(db *memstore.Database) builder.Database { return readsOn{db} })},
	{"is busy while its rows are read", "the database can be used while its rows are read", wholly(func(db *memstore.Database) builder.Database {
		return &busyReading{Database: db}
	})},
	{"begins rows anew", "rows go on after any of them", wholly(func(db *memstore.Database) builder.Database { return rowsAnew{db} })},
	{"checks only drafts", "check reports what is wrong and changes nothing", wholly(func(db *memstore.Database) builder.Database { return checksDrafts{db} })},
	{"erases drafts and leaves memory", "erase removes all of an owner and nothing of others", wholly(func(db *memstore.Database) builder.Database { return erasesDrafts{db} })},
	{"erases everybody", "erase removes all of an owner and nothing of others", wholly(func(db *memstore.Database) builder.Database { return erasesAll{db} })},
	{"erases without a trace", "an erased owner's late saves are refused", wholly(func(db *memstore.Database) builder.Database { return erasesTraces{db} })},
	{"prunes a moment too much", "prune removes drafts by age and they stay gone", pruning(func(p *builder.PrunePolicy) { p.DraftsBefore = p.DraftsBefore.Add(time.Microsecond) })},
	{"prunes revisions a moment too much", "prune removes revisions by age and every draft's newest stays", pruning(func(p *builder.PrunePolicy) { p.RevisionsBefore = p.RevisionsBefore.Add(time.Microsecond) })},
	{"prunes every owner", "prune keeps to one owner where it names one", pruning(func(p *builder.PrunePolicy) { p.Owner = nil })},
	{"prunes when it should only count", "a dry run counts and removes nothing", pruning(func(p *builder.PrunePolicy) { p.DryRun = false })},
	{"prunes memory of any age", "a policy that names nothing removes nothing", pruning(func(p *builder.PrunePolicy) { p.MemoryBefore = late })},
}

type putOverwrites struct{ *memstore.Database }

func (db putOverwrites) PutRows(ctx context.Context, rows []builder.Row, o builder.PutOptions) ([]builder.Put, error) {
	outcomes, err := db.Database.PutRows(ctx, rows, o)
	for i, outcome := range outcomes {
		if outcome != builder.PutDiffers || rows[i].Draft == nil {
			continue
		}
		if _, err := db.Owner(rows[i].Owner).DeleteDraft(ctx, rows[i].Draft.SessionID); err != nil {
			return nil, err
		}
		if _, err := db.Database.PutRows(ctx, rows[i:i+1], builder.PutOptions{Revive: true}); err != nil {
			return nil, err
		}
	}
	return outcomes, err
}

type putsHalf struct{ *memstore.Database }

func (db putsHalf) PutRows(ctx context.Context, rows []builder.Row, o builder.PutOptions) ([]builder.Put, error) {
	var outcomes []builder.Put
	for i := range rows {
		outcome, err := db.Database.PutRows(ctx, rows[i:i+1], o)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, outcome...)
	}
	return outcomes, nil
}

type putsNow struct{ *memstore.Database }

func (db putsNow) PutRows(ctx context.Context, rows []builder.Row, o builder.PutOptions) ([]builder.Put, error) {
	changed := append([]builder.Row(nil), rows...)
	for i, r := range changed {
		if r.Draft != nil {
			d := *r.Draft
			d.UpdatedAt = d.UpdatedAt.Add(time.Hour)
			changed[i].Draft = &d
		}
	}
	return db.Database.PutRows(ctx, changed, o)
}

type putsRevived struct{ *memstore.Database }

func (db putsRevived) PutRows(ctx context.Context, rows []builder.Row, _ builder.PutOptions) ([]builder.Put, error) {
	return db.Database.PutRows(ctx, rows, builder.PutOptions{Revive: true})
}

// skipping is a store whose rows are not all of them.
func skipping(skip func(builder.Row) bool) storetest.Harness {
	return wholly(func(db *memstore.Database) builder.Database { return skips{db, skip} })
}

type skips struct {
	*memstore.Database
	skip func(builder.Row) bool
}

func (db skips) Rows(ctx context.Context, from builder.Cursor) iter.Seq2[builder.Row, error] {
	return func(yield func(builder.Row, error) bool) {
		for r, err := range db.Database.Rows(ctx, from) {
			if !db.skip(r) && !yield(r, err) {
				return
			}
		}
	}
}

type rowsAnew struct{ *memstore.Database }

func (db rowsAnew) Rows(ctx context.Context, _ builder.Cursor) iter.Seq2[builder.Row, error] {
	return db.Database.Rows(ctx, "")
}

type checksDrafts struct{ *memstore.Database }

func (db checksDrafts) Check(ctx context.Context) iter.Seq2[builder.Finding, error] {
	return func(yield func(builder.Finding, error) bool) {
		for f, err := range db.Database.Check(ctx) {
			if f.Table == builder.TableDrafts && !yield(f, err) {
				return
			}
		}
	}
}

type erasesDrafts struct{ *memstore.Database }

func (db erasesDrafts) Erase(ctx context.Context, owner string) (builder.Receipt, error) {
	return db.Prune(ctx, builder.PrunePolicy{Owner: &owner, DraftsBefore: late})
}

type erasesAll struct{ *memstore.Database }

func (db erasesAll) Erase(ctx context.Context, owner string) (builder.Receipt, error) {
	if _, err := db.Prune(ctx, builder.PrunePolicy{MemoryBefore: late}); err != nil {
		return builder.Receipt{}, err
	}
	return db.Database.Erase(ctx, owner)
}

type erasesTraces struct{ *memstore.Database }

func (db erasesTraces) Erase(ctx context.Context, owner string) (builder.Receipt, error) {
	receipt, err := db.Database.Erase(ctx, owner)
	if err == nil {
		_, err = db.Prune(ctx, builder.PrunePolicy{GoneBefore: late})
	}
	return receipt, err
}

// pruning is a store that changes the policy it is given.
func pruning(change func(p *builder.PrunePolicy)) storetest.Harness {
	return wholly(func(db *memstore.Database) builder.Database { return prunes{db, change} })
}

type prunes struct {
	*memstore.Database
	change func(p *builder.PrunePolicy)
}

func (db prunes) Prune(ctx context.Context, p builder.PrunePolicy) (builder.Receipt, error) {
	db.change(&p)
	return db.Database.Prune(ctx, p)
}

type adopts struct{ *memstore.Database }

func (db adopts) PutRows(ctx context.Context, rows []builder.Row, o builder.PutOptions) ([]builder.Put, error) {
	outcomes, err := db.Database.PutRows(ctx, rows, o)
	for i, outcome := range outcomes {
		if outcome == builder.PutOrphan {
			outcomes[i] = builder.PutAdded
		}
	}
	return outcomes, err
}

// endsSessions lets an entry from elsewhere take the place of a draft.
type endsSessions struct{ *memstore.Database }

func (db endsSessions) PutRows(ctx context.Context, rows []builder.Row, o builder.PutOptions) ([]builder.Put, error) {
	for _, r := range rows {
		if r.Memory != nil {
			if _, err := db.Owner(r.Owner).DeleteDraft(ctx, r.Memory.ID); err != nil {
				return nil, err
			}
			o.Revive = true
		}
	}
	return db.Database.PutRows(ctx, rows, o)
}

type readsOn struct{ *memstore.Database }

func (db readsOn) Rows(ctx context.Context, from builder.Cursor) iter.Seq2[builder.Row, error] {
	return db.Database.Rows(context.WithoutCancel(ctx), from)
}

type busyReading struct {
	*memstore.Database
	reading bool
}

func (db *busyReading) Rows(ctx context.Context, from builder.Cursor) iter.Seq2[builder.Row, error] {
	return func(yield func(builder.Row, error) bool) {
		db.reading = true
		defer func() { db.reading = false }()
		db.Database.Rows(ctx, from)(yield)
	}
}

func (db *busyReading) Owner(name string) builder.Store {
	return busyView{view{db.Database.Owner(name), db.Database, name}, db}
}

type busyView struct {
	view
	busy *busyReading
}

func (s busyView) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (builder.Draft, error) {
	if s.busy.reading {
		return builder.Draft{}, builder.ErrBusy
	}
	return s.view.SaveDraft(ctx, d, answered...)
}
