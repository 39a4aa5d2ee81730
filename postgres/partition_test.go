package postgres

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/migration"
	"github.com/boternity/boternity/internal/pgtest"
	"github.com/boternity/boternity/storetest"
)

// partitionedTemplate is a database whose tables are in four parts each.
var partitionedTemplate = sync.OnceValues(func() (string, error) {
	from, err := template()
	if err != nil {
		return "", err
	}
	name, err := pgtest.Running().Create(context.Background(), from)
	if err != nil {
		return "", err
	}
	return name, Partition(context.Background(), pgtest.Running().URL(name), 4)
})

func TestPartitionedStore(t *testing.T) {
	shortens(t)
	t.Parallel()
	storetest.Run(t, harness(partitionedTemplate))
}

// What the planner is told of owners it is told of every part, whether a
// database is partitioned before it is told or after.
func TestPartsKnowOfOwners(t *testing.T) {
	older := withFiles(t, map[string]string{"00003_owners.sql": "", "00004_lists.sql": ""})
	for name, first := range map[string]migration.Set{"told first": withFiles(t, nil), "partitioned first": older} {
		t.Run(name, func(t *testing.T) {
			url := createdFrom(t, "")
			_, err := migrateWith(t.Context(), url, first)
			noError(t, err)
			noError(t, partitionWith(t.Context(), url, 3, first))
			_, err = Migrate(t.Context(), url)
			noError(t, err)
			var told int
			one(t, url, `SELECT count(*) FROM unnest(ARRAY['builder_drafts', 'builder_memory']::regclass[]) t, pg_partition_tree(t), pg_attribute
				WHERE attrelid = relid AND attname = 'owner' AND attoptions = '{n_distinct=100,n_distinct_inherited=100}'`, &told)
			if told != 2*(1+3) {
				t.Errorf("%d tables and parts know of it, want 8", told)
			}
		})
	}
}

func TestPartitionKeepsWhatThereIs(t *testing.T) {
	url := newURL(t)
	db := opened(t, url, testOptions())
	furnish(t, db.Owner(""), "hello")
	furnish(t, db.Owner("alice"), "hello")
	before := allRows(t, db)
	noError(t, Partition(t.Context(), url, 3))
	after := allRows(t, opened(t, url, testOptions()))
	sameRows(t, after, before)
	soundly(t, db)
	var parts int
	one(t, url, `SELECT count(*) FROM pg_inherits`, &parts)
	if want := 3 * (8 + 8 + 3); parts != want { // tables, primary keys, other indexes
		t.Errorf("%d parts of tables and indexes, want %d", parts, want)
	}
	if err := Partition(t.Context(), url, 3); !errors.Is(err, ErrPartitioned) {
		t.Errorf("partitioned twice: %v", err)
	}
	sameRows(t, allRows(t, db), before)
	if err := Partition(t.Context(), createdFrom(t, ""), 3); !errors.Is(err, ErrOlder) {
		t.Errorf("an empty database: %v", err)
	}
	if err := Partition(t.Context(), url, 1); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("one part: %v", err)
	}
}

// Every part stores states as the whole table does, whether it was there when
// that was decided or not.
func TestStatesAreCompressedFast(t *testing.T) {
	url := newURL(t)
	var can bool
	one(t, url, `SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'`, &can)
	if !can {
		t.Log("the server has no lz4; it keeps its own way")
	}
	old := createdFrom(t, "")
	first := withFiles(t, map[string]string{"00002_faster_states.sql": "", "00003_owners.sql": "", "00004_lists.sql": ""})
	_, err := migrateWith(t.Context(), old, first)
	noError(t, err)
	noError(t, partitionWith(t.Context(), old, 2, first))
	noError(t, Partition(t.Context(), url, 2))
	for _, url := range []string{url, old} {
		_, err := Migrate(t.Context(), url)
		noError(t, err)
		var fast int
		one(t, url, `SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
			WHERE relname LIKE 'builder\_drafts%' AND relkind IN ('r', 'p') AND attname = 'state' AND attcompression = 'l'`, &fast)
		if can && fast != 3 {
			t.Errorf("%d of a table and its two parts are stored fast", fast)
		}
		furnish(t, opened(t, url, testOptions()).Owner(""), "hello")
	}
}
