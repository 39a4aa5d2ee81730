package storetest

import (
	"context"
	"errors"

	"github.com/boternity/boternity/builder"
)

var cancelled = []Case{
	{"a cancelled call fails and changes nothing", fresh(cancelledCalls)},
	{"a cancelled look at everything ends with the error", fresh(cancelledIteration)},
	{"the database can be used while its rows are read", fresh(useWhileIterating)},
}

func cancelledCalls(f *fixture) {
	d := f.save(draft(f.id(), "first"))
	d = f.save(next(d, "second"))
	f.typed(d.SessionID, "tone", "half")
	e := entry(f.id(), builder.Coding, "kilo")
	f.record(e)
	late := *f
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	late.ctx = ctx
	calls := append(everyCall(d, e, f.id()),
		call{"PutRows", func(f *fixture) error {
			other := draft(f.id(), "put")
			other.Revision = 1
			_, err := f.db.PutRows(f.ctx, []builder.Row{draftRow("", other)}, builder.PutOptions{})
			return err
		}},
		call{"Prune", func(f *fixture) error {
			_, err := f.db.Prune(f.ctx, builder.PrunePolicy{DraftsBefore: f.now().AddDate(1, 0, 0), MemoryBefore: f.now().AddDate(1, 0, 0)})
			return err
		}},
		call{"Erase", func(f *fixture) error { _, err := f.db.Erase(f.ctx, ""); return err }},
		call{"Rows", func(f *fixture) error {
			for _, err := range f.db.Rows(f.ctx, "") {
				return err
			}
			return nil
		}},
		call{"Check", func(f *fixture) error {
			for _, err := range f.db.Check(f.ctx) {
				return err
			}
			return nil
		}})
	for _, c := range calls {
		f.unchanged(c.name, func() {
			if err := c.do(&late); !errors.Is(err, context.Canceled) {
				f.Errorf("%s: %v, want %q", c.name, err, context.Canceled)
			}
		})
	}
	f.save(next(d, "saved afterwards"))
}

func cancelledIteration(f *fixture) {
	for range 20 {
		f.save(draft(f.id(), "one of many"))
	}
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	n := 0
	var last error
	for _, err := range f.db.Rows(ctx, "") {
		n++
		cancel()
		last = err
	}
	f.fails("rows cancelled on the way", last, context.Canceled)
	if n > 20 {
		f.Errorf("%d rows after the cancellation", n)
	}
	for _, err := range f.db.Rows(f.ctx, "") {
		f.noError("the first row", err)
		break
	}
	for _, err := range f.db.Check(f.ctx) {
		f.noError("the first finding", err)
		break
	}
	f.save(draft(f.id(), "saved after an iteration was left early"))
}

// useWhileIterating would not end where an iteration holds what a call waits
// for.
func useWhileIterating(f *fixture) {
	seen := 0
	for range 3 {
		f.save(draft(f.id(), "there before"))
	}
	for r, err := range f.db.Rows(f.ctx, "") {
		f.noError("rows", err)
		if r.Draft == nil || seen == 3 {
			continue
		}
		seen++
		f.save(next(f.load(r.Draft.SessionID), "saved while its row is read"))
		equal(f, "drafts", len(f.drafts(10)), 3)
	}
	for finding, err := range f.db.Check(f.ctx) {
		f.noError("check", err)
		if finding.Table == builder.TableDrafts {
			f.typed(finding.SessionID, "tone", "typed while it is checked")
		}
	}
	equal(f, "drafts seen", seen, 3)
}
