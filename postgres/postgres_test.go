package postgres

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/migration"
	"github.com/boternity/boternity/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(template))
}

// harness gives every case a database of its own, a copy of template. That of a
// case that has ended is emptied for the next: to make one is to make 300 files.
func harness(template func() (string, error)) storetest.Harness {
	var empty []string
	return func(t storetest.T, o storetest.Options) func() builder.Database {
		t.Helper()
		if len(empty) == 0 {
			from, err := template()
			if err != nil {
				t.Fatalf("migrate: %v", err)
			}
			empty = append(empty, createdFrom(t, from))
		}
		url := empty[len(empty)-1]
		empty = empty[:len(empty)-1]
		t.Cleanup(func() {
			if err := deleteAll(url); err != nil {
				t.Errorf("empty the database: %v", err)
				return
			}
			empty = append(empty, url)
		})
		return func() builder.Database {
			db, err := Open(t.Context(), url, Options{Now: o.Now, History: o.History})
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			return db
		}
	}
}

// deleteAll removes every row that a store keeps. It waits for nobody long, so
// that a case that leaves a transaction open is found.
func deleteAll(url string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url+"?lock_timeout=10s")
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT relname FROM pg_class WHERE relname LIKE 'builder\_%' AND relkind IN ('r', 'p') AND NOT relispartition
		AND relname <> ALL($1)`, []string{migration.VersionsTable, migration.ChecksumsTable})
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(tables) == 0 {
		err = fmt.Errorf("there are no tables")
	}
	for _, table := range tables {
		if err == nil {
			_, err = conn.Exec(ctx, `DELETE FROM `+table)
		}
	}
	return err
}
