package postgres

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/boternity/boternity/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// tester is what a database is made with: a test, or a case of the suite.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Context() context.Context
}

// template is a database that has been migrated, for others to be copies of.
var template = sync.OnceValues(func() (string, error) {
	name, err := pgtest.Running().Create(context.Background(), "")
	if err == nil {
		_, err = Migrate(context.Background(), pgtest.Running().URL(name))
	}
	return name, err
})

// newURL is that of a migrated database of the test's own.
func newURL(t tester) string {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return createdFrom(t, from)
}

func createdFrom(t tester, template string) string {
	t.Helper()
	name, err := pgtest.Running().Create(t.Context(), template)
	if err != nil {
		t.Fatalf("create a database: %v", err)
	}
	return pgtest.Running().URL(name)
}

func testOptions() Options {
	return Options{Now: func() time.Time { return testMoment }, BusyTimeout: 20 * time.Second}
}

// testMoment is when it is in every test.
var testMoment = time.Date(2031, 3, 14, 1, 59, 26, 535897000, time.UTC)

// shortens leaves a test of minutes out of the short form, which is for the
// race detector: the suite of a store runs under it all the same.
func shortens(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short")
	}
}
