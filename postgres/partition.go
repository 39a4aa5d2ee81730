package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/migration"
)

// partitioned are the tables and what spreads their rows.
var partitioned = []struct{ table, by string }{
	{builder.TableDrafts, "owner"}, {builder.TableRevisions, "owner"}, {builder.TablePending, "owner"},
	{builder.TableMemory, "owner"}, {builder.TableTerms, "owner"}, {"builder_term_counts", "owner"},
	{builder.TablePreferences, "owner"}, {builder.TableGone, "key"},
}

// Partition hash-partitions the tables of a migrated database by owner, and
// traces by their own key, into so many parts each, in one transaction. What
// they hold is copied; nobody can use them meanwhile. Migrations that come
// later apply to partitioned tables as to plain ones. A database that is
// partitioned already is ErrPartitioned.
func Partition(ctx context.Context, url string, parts int) error {
	set, err := embedded()
	if err != nil {
		return err
	}
	return partitionWith(ctx, url, parts, set)
}

func partitionWith(ctx context.Context, url string, parts int, set migration.Set) error {
	if parts < 2 || parts > 1024 {
		return &builder.InvalidError{Field: "parts", Problem: "must be from 2 to 1024"}
	}
	if schema, err := readSchema(ctx, url, set); err != nil || len(schema.Pending) > 0 {
		if err == nil {
			err = &ServerError{Err: ErrOlder}
		}
		return err
	}
	pool, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	// It is committed whatever becomes of ctx: else nobody could say how it ended.
	committing := false
	err = inTransaction(ctx, pool, &committing, func(tx pgx.Tx) error {
		var already bool
		err := tx.QueryRow(ctx, `SELECT relkind = 'p' FROM pg_class WHERE oid = $1::regclass`, builder.TableDrafts).Scan(&already)
		if err != nil {
			return err
		}
		if already {
			return &ServerError{Err: ErrPartitioned}
		}
		for _, p := range partitioned {
			if err := partition(ctx, tx, p.table, p.by, parts); err != nil {
				return err
			}
		}
		return nil
	})
	var ours *ServerError
	if err == nil || errors.As(err, &ours) {
		return err
	}
	switch {
	case committing && fateOf(&driverError{err: err}) == unknown:
		return &ServerError{Err: ErrUnknown}
	case !committing && ctx.Err() != nil:
		return ctx.Err()
	}
	return translate(&driverError{err: err})
}

func inTransaction(ctx context.Context, pool *pgxpool.Pool, committing *bool, do func(pgx.Tx) error) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx)) // the connection is closed next, which ends it too
		return err
	}
	*committing = true
	return tx.Commit(context.WithoutCancel(ctx))
}

func partition(ctx context.Context, tx pgx.Tx, table, by string, parts int) error {
	old := table + "_plain"
	// What is generated is generated anew. What the planner is told of the column
	// does not come with LIKE.
	var columns []string
	var told string
	err := tx.QueryRow(ctx, `SELECT array_agg(quote_ident(attname) ORDER BY attnum) FILTER (WHERE attgenerated = ''),
			COALESCE(max(array_to_string(attoptions, ', ')) FILTER (WHERE attname = $2), '')
		FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`, table, by).Scan(&columns, &told)
	if err != nil {
		return err
	}
	statements := []string{
		fmt.Sprintf("ALTER TABLE %s RENAME TO %s", table, old),
		fmt.Sprintf("CREATE TABLE %s (LIKE %s INCLUDING ALL) PARTITION BY HASH (%s)", table, old, by),
	}
	tables := []string{table}
	for i := range parts {
		part := fmt.Sprintf("%s_p%d", table, i)
		statements = append(statements, fmt.Sprintf("CREATE TABLE %s PARTITION OF %s FOR VALUES WITH (MODULUS %d, REMAINDER %d)", part, table, parts, i))
		tables = append(tables, part)
	}
	if told != "" {
		for _, t := range tables {
			statements = append(statements, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET (%s)", t, by, told))
		}
	}
	list := strings.Join(columns, ", ")
	statements = append(statements, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", table, list, list, old), "DROP TABLE "+old)
	for _, s := range statements {
		if _, err := tx.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
