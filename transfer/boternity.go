package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the driver that reads the file

	"github.com/boternity/boternity/builder"
)

// boternityTables are the two tables that are adopted, in the order they are
// read, with the columns that are read of them. The tables have the same names
// here.
var boternityTables = []boternityTable{
	{builder.TableDrafts, []string{"session_id", "state_json", "schema_version", "created_at", "updated_at"}},
	{builder.TableMemory, []string{"id", "purpose_category", "initial_description", "chosen_tone", "chosen_model",
		"chosen_skills", "bot_slug", "created_at"}},
}

type boternityTable struct {
	name    string
	columns []string
}

// record is a row as the file has it. The type of a value is its storage
// class: string, []byte, int64, float64 or nil.
type record struct {
	rowid  int64
	values []any
}

// boternityFile is an open copy of a Boternity database.
type boternityFile struct {
	db     *sql.DB
	tables []boternityTable // those that it has
}

// openBoternity opens a copy that is the caller's to change: opening it
// brings in what its log holds.
func openBoternity(ctx context.Context, path string) (f *boternityFile, err error) {
	// A file from elsewhere gets no say in what reading it runs.
	dsn := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "_pragma=trusted_schema(0)&_query_only=1"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	f = &boternityFile{db: db}
	columns, err := f.columns(ctx)
	if err != nil {
		return nil, err
	}
	if _, ours := columns[builder.TableRevisions]; ours {
		return nil, refuseFile(problemOurs)
	}
	for _, table := range boternityTables {
		has, there := columns[table.name]
		if !there {
			continue
		}
		for _, column := range table.columns {
			if !slices.Contains(has, column) {
				return nil, refuseFile(fmt.Sprintf("has a table %s without the column %s", table.name, column))
			}
		}
		f.tables = append(f.tables, table)
	}
	if len(f.tables) == 0 {
		return nil, refuseFile("is no Boternity file: it has neither a table builder_drafts nor builder_memory")
	}
	return f, nil
}

func (f *boternityFile) close() error { return f.db.Close() }

// columns returns the columns of each table.
func (f *boternityFile) columns(ctx context.Context) (map[string][]string, error) {
	rows, err := f.db.QueryContext(ctx, `
		SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'`)
	if err != nil {
		return nil, fmt.Errorf("read the tables of the file: %w", err)
	}
	defer rows.Close() // rows.Err has what matters
	columns := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, fmt.Errorf("read the tables of the file: %w", err)
		}
		columns[table] = append(columns[table], column)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the tables of the file: %w", err)
	}
	return columns, nil
}

// count returns how many rows there are to read.
func (f *boternityFile) count(ctx context.Context) (total int, err error) {
	for _, table := range f.tables {
		var n int
		if err := f.db.QueryRowContext(ctx, "SELECT count(*) FROM "+table.name+" NOT INDEXED").Scan(&n); err != nil {
			return 0, fmt.Errorf("count the rows of %s: %w", table.name, err)
		}
		total += n
	}
	return total, nil
}

// records yields the rows of a table by rowid. An error ends them.
func (f *boternityFile) records(ctx context.Context, table boternityTable) iter.Seq2[record, error] {
	// The driver turns some declared types into Go ones; a value with a plus
	// before it has no declared type, and is otherwise the same.
	query := "SELECT rowid, +" + strings.Join(table.columns, ", +") + " FROM " + table.name + " NOT INDEXED ORDER BY rowid"
	return func(yield func(record, error) bool) {
		fail := func(err error) { yield(record{}, fmt.Errorf("read %s: %w", table.name, err)) }
		rows, err := f.db.QueryContext(ctx, query)
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close() // rows.Err has what matters
		for rows.Next() {
			r := record{values: make([]any, len(table.columns))}
			into := []any{&r.rowid}
			for i := range r.values {
				into = append(into, &r.values[i])
			}
			if err := rows.Scan(into...); err != nil {
				fail(err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			fail(err)
		}
	}
}
