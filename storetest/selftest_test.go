package storetest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
	"github.com/boternity/boternity/storetest"
)

// defect is a store that is broken on purpose, with the case that must notice.
type defect struct {
	name    string
	caught  string
	harness storetest.Harness
}

// TestSuiteCatches breaks a store in one way at a time. A case that let one of
// these pass would let it pass in a real store.
func TestSuiteCatches(t *testing.T) {
	cases := map[string]storetest.Case{}
	for _, c := range storetest.Cases() {
		if _, twice := cases[c.Name]; twice {
			t.Errorf("two cases are called %q", c.Name)
		}
		cases[c.Name] = c
	}
	for _, d := range slices.Concat(savingDefects, keepingDefects, retryingDefects, listingDefects, memoryDefects, databaseDefects) {
		t.Run(d.name, func(t *testing.T) {
			c, ok := cases[d.caught]
			if !ok {
				t.Fatalf("no case is called %q", d.caught)
			}
			failures := storetest.Failures(t, d.harness, []storetest.Case{c})
			if len(failures) == 0 {
				t.Fatalf("%q does not catch it", d.caught)
			}
			if strings.Contains(failures[0].Text, "panic") {
				t.Errorf("%q panics: %s", d.caught, failures[0].Text)
			}
		})
	}
}

// TestSuitePassesTheReference makes sure that it is the defects that are
// caught, and not the way they are run.
func TestSuitePassesTheReference(t *testing.T) {
	for _, f := range storetest.Failures(t, brokenIn(func(v view) builder.Store { return v }), storetest.Cases()) {
		t.Errorf("%s: %s", f.Case, f.Text)
	}
}

// TestFailuresSurvivesPanics: a store may be broken enough to panic.
func TestFailuresSurvivesPanics(t *testing.T) {
	failures := storetest.Failures(t, func(storetest.T, storetest.Options) func() builder.Database { panic("no database") }, storetest.Cases()[:1])
	if len(failures) != 1 || !strings.Contains(failures[0].Text, "no database") {
		t.Errorf("failures are %v, want the panic", failures)
	}
}

// view is an owner's view of a memstore, for a defect to replace methods of.
type view struct {
	builder.Store
	db    *memstore.Database
	owner string
}

// database is a memstore whose views have a defect.
type database struct {
	*memstore.Database
	breakView func(view) builder.Store
}

func (d database) Owner(name string) builder.Store {
	return d.breakView(view{d.Database.Owner(name), d.Database, name})
}

// brokenIn is a store whose views are replaced.
func brokenIn(breakView func(view) builder.Store) storetest.Harness {
	return wholly(func(db *memstore.Database) builder.Database { return database{db, breakView} })
}

// wholly is a store whose database is replaced.
func wholly(breakDatabase func(db *memstore.Database) builder.Database) storetest.Harness {
	return withOptions(func(o memstore.Options) builder.Database { return breakDatabase(memstore.New(o)) })
}

// withOptions is a store that is opened in another way.
func withOptions(open func(o memstore.Options) builder.Database) storetest.Harness {
	return func(_ storetest.T, o storetest.Options) func() builder.Database {
		db := open(memstore.Options(o))
		return func() builder.Database { return db }
	}
}
