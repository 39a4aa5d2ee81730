package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/migration"
)

// withFiles are the real migrations with others beside or in place of them, and
// without those whose text is empty.
func withFiles(t *testing.T, changes map[string]string) migration.Set {
	t.Helper()
	files := fstest.MapFS{}
	noError(t, fs.WalkDir(embeddedFiles, "migrations", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := embeddedFiles.ReadFile(path)
		files[d.Name()] = &fstest.MapFile{Data: b}
		return err
	}))
	for name, text := range changes {
		files[name] = &fstest.MapFile{Data: []byte(text)}
		if text == "" {
			delete(files, name)
		}
	}
	set, err := migration.Read(files, dialect)
	noError(t, err)
	return set
}

const more = "-- +goose Up\nCREATE TABLE more (a bigint);\n"

func firstMigration(t *testing.T) string {
	t.Helper()
	b, err := fs.ReadFile(embeddedFiles, "migrations/00001_builder.sql")
	noError(t, err)
	return string(b)
}

// schema is everything that a migration could change.
func schema(t *testing.T, url string) (text string) {
	t.Helper()
	one(t, url, `SELECT COALESCE(string_agg(line, E'\n' ORDER BY line), '') FROM (
		SELECT relname || ' ' || relkind::text AS line FROM pg_class WHERE relnamespace = 'public'::regnamespace
		UNION ALL SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace AND attnum > 0) l`, &text)
	return text
}

func TestOpenNeverMigrates(t *testing.T) {
	url := createdFrom(t, "")
	_, err := Open(t.Context(), url, testOptions())
	if !errors.Is(err, ErrOlder) || !strings.Contains(err.Error(), "boternity db migrate") {
		t.Fatalf("an empty database: %v", err)
	}
	looked, err := ReadSchema(t.Context(), url)
	if err != nil || looked.Version != 0 || !slices.Equal(looked.Pending, []Migration{{Version: 1, Name: "builder"}, {Version: 2, Name: "faster states"}, {Version: 3, Name: "owners"}, {Version: 4, Name: "lists"}}) {
		t.Fatalf("it looks like %v, %v", looked, err)
	}
	if got := schema(t, url); got != "" {
		t.Fatalf("looking made\n%s", got)
	}
	ran, err := Migrate(t.Context(), url)
	if err != nil || !slices.Equal(ran, []int64{1, 2, 3, 4}) {
		t.Fatalf("ran %v, %v", ran, err)
	}
	if ran, err := Migrate(t.Context(), url); err != nil || len(ran) > 0 {
		t.Fatalf("migrated again: %v, %v", ran, err)
	}
	furnish(t, opened(t, url, testOptions()).Owner(""), "hello")
	if _, err := open(t.Context(), url, testOptions(), withFiles(t, map[string]string{"00005_more.sql": more})); !errors.Is(err, ErrOlder) {
		t.Fatalf("an older schema: %v", err)
	}
}

// refused expects every way into a database to end in the same refusal, and the
// database left as it is.
func refused(t *testing.T, url string, set migration.Set, want error) (err error) {
	t.Helper()
	before := schema(t, url)
	ways := map[string]func() error{
		"open":    func() error { _, err := open(t.Context(), url, testOptions(), set); return err },
		"migrate": func() error { _, err := migrateWith(t.Context(), url, set); return err },
		"look":    func() error { _, err := readSchema(t.Context(), url, set); return err },
	}
	for name, way := range ways {
		if err = way(); !errors.Is(err, want) {
			t.Fatalf("%s: error is %v, want %v", name, err, want)
		}
		if after := schema(t, url); after != before {
			t.Fatalf("%s changed the schema:\n%s\nwas\n%s", name, after, before)
		}
	}
	return err
}

func TestNewerDatabasesAreRefused(t *testing.T) {
	url := newURL(t)
	_, err := migrateWith(t.Context(), url, withFiles(t, map[string]string{"00007_more.sql": more}))
	noError(t, err)
	err = refused(t, url, withFiles(t, nil), builder.ErrNewer)
	var newer *builder.NewerError
	if !errors.As(err, &newer) || newer.Found != 7 || newer.Known != 4 {
		t.Fatalf("error is %v", err)
	}
	_ = refused(t, url, withFiles(t, map[string]string{"00005_late.sql": "-- +goose Up\nSELECT 1;\n", "00007_more.sql": more}), ErrEdited)
}

func TestEditedMigrationsAreRefused(t *testing.T) {
	url := newURL(t)
	text := firstMigration(t)
	_ = refused(t, url, withFiles(t, map[string]string{"00001_builder.sql": text + "\nCREATE TABLE b (a bigint);\n"}), ErrEdited)
	db, err := open(t.Context(), url, testOptions(), withFiles(t, map[string]string{"00001_builder.sql": strings.ReplaceAll(text, "\n", "\r\n")}))
	if err != nil {
		t.Fatalf("other line ends: %v", err)
	}
	noError(t, db.Close())
}

func TestFailedMigrationLeavesTheOldSchema(t *testing.T) {
	url := newURL(t)
	furnish(t, opened(t, url, testOptions()).Owner(""), "hello")
	before := schema(t, url)
	broken := withFiles(t, map[string]string{"00005_broken.sql": "-- +goose Up\nCREATE TABLE half (a bigint);\nDROP TABLE builder_pending;\nINSERT INTO nowhere VALUES (1);\n"})
	if _, err := migrateWith(t.Context(), url, broken); err == nil {
		t.Fatal("a broken migration ran")
	}
	if after := schema(t, url); after != before {
		t.Fatalf("the schema is\n%s\nwas\n%s", after, before)
	}
	soundly(t, opened(t, url, testOptions()))
}

// Sixteen programs migrate one new database, each of its migrations once.
func TestManyMigrateAtOnce(t *testing.T) {
	url := createdFrom(t, "")
	set := withFiles(t, map[string]string{"00005_more.sql": more, "00006_row.sql": "-- +goose Up\nINSERT INTO more VALUES (1);\n"})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := migrateWith(t.Context(), url, set); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var rows, versions int
	one(t, url, `SELECT (SELECT count(*) FROM more), (SELECT count(*) FROM builder_schema_checksums)`, &rows, &versions)
	if rows != 1 || versions != 6 {
		t.Errorf("%d rows of 1, %d versions of 6", rows, versions)
	}
	var locks int
	one(t, url, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'`, &locks)
	if locks != 0 {
		t.Errorf("%d locks outlived their transaction", locks)
	}
}

// What an entry of the index of lists has room for is listed from there, and more
// than that from the row, of drafts that were saved before there was such an
// index, while it was made, and after. No list reads a state.
func TestListingsOfEveryLength(t *testing.T) {
	url := createdFrom(t, "")
	older := withFiles(t, map[string]string{"00004_lists.sql": ""})
	_, err := migrateWith(t.Context(), url, older)
	noError(t, err)
	owner := strings.Repeat("ä", builder.MaxOwner/2) + "x"
	description := strings.Repeat("词", builder.SummaryRunes)
	var all []builder.Draft
	categories := map[uuid.UUID]builder.PurposeCategory{}
	random := rand.New(rand.NewPCG(1, 2))
	for _, total := range []int{0, 1500, 1501, 2700, 60_000} {
		for range 2 {
			category := builder.Coding
			if rest := total - len(description) - len(builder.PhaseBasics) - len(`{"custom":""}`); rest > 0 {
				category = builder.Custom(incompressible(random, rest))
			}
			id := testID(byte(len(all) + 1))
			s := builder.NewState(id, description+"more", category)
			state, _, err := s.Encode()
			noError(t, err)
			all = append(all, builder.Draft{SessionID: id, SchemaVersion: 1, State: state})
			categories[id] = category
		}
	}
	save := func(db *Database, drafts []builder.Draft) {
		for i := range drafts {
			drafts[i] = saved(t, db.Owner(owner), drafts[i])
		}
	}
	list := func(db *Database, drafts int) {
		t.Helper()
		page, err := db.Owner(owner).ListDrafts(t.Context(), builder.DraftQuery{Limit: 50})
		noError(t, err)
		if len(page.Drafts) != drafts {
			t.Fatalf("%d drafts are listed, want %d", len(page.Drafts), drafts)
		}
		for _, d := range page.Drafts {
			state := all[slices.IndexFunc(all, func(one builder.Draft) bool { return one.SessionID == d.SessionID })].State
			if d.Category != categories[d.SessionID] || d.Description != description || d.Phase != builder.PhaseBasics || d.Problem != "" || d.Bytes != len(state) {
				t.Errorf("draft %s is listed with a category of %d bytes, %q, %d bytes, %q", d.SessionID, len(d.Category.JSONText()), d.Description, d.Bytes, d.Problem)
			}
		}
	}
	before, err := open(t.Context(), url, testOptions(), older)
	noError(t, err)
	save(before, all[:5])
	ran, err := Migrate(t.Context(), url)
	if err != nil || !slices.Equal(ran, []int64{4}) {
		t.Fatalf("ran %v, %v", ran, err)
	}
	save(before, all[:7])
	noError(t, before.Close())
	db := opened(t, url+"?pool_max_conns=1", testOptions())
	list(db, 7)
	save(db, all)
	list(db, len(all))
	noError(t, db.read(t.Context(), func(c *call) error {
		found, err := c.is(`SELECT 1 FROM pg_prepared_statements WHERE statement LIKE 'SELECT state%'`)
		if found {
			t.Error("a list has read a state")
		}
		return err
	}))
	var listed int
	one(t, url, `SELECT count(listing) FROM builder_drafts`, &listed)
	if listed != 4 {
		t.Errorf("the index lists %d drafts whole, want the 4 that fit", listed)
	}
	soundly(t, db)
}

// incompressible is a text of so many bytes that no database makes shorter.
func incompressible(random *rand.Rand, bytes int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var text strings.Builder
	for range bytes {
		text.WriteByte(letters[random.IntN(len(letters))])
	}
	return text.String()
}

func TestTablesOfAnotherProgram(t *testing.T) {
	url := createdFrom(t, "")
	rawly(t, url, "CREATE TABLE builder_memory (theirs text)", "INSERT INTO builder_memory VALUES ('kept')")
	if _, err := Migrate(t.Context(), url); !errors.Is(err, ErrForeign) {
		t.Fatalf("error is %v", err)
	}
	var kept string
	one(t, url, `SELECT theirs FROM builder_memory`, &kept)
	if kept != "kept" || strings.Contains(schema(t, url), "builder_drafts") {
		t.Errorf("theirs is %q, the schema\n%s", kept, schema(t, url))
	}
}

// Every key and index of a table that is spread by owner begins with the owner.
func TestOwnerComesFirst(t *testing.T) {
	url := newURL(t)
	var others []string
	one(t, url, `SELECT COALESCE(array_agg(i.indexrelid::regclass::text), '{}') FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		WHERE c.relname LIKE 'builder\_%' AND c.relname NOT LIKE 'builder\_schema\_%' AND a.attname <> 'owner' AND c.relname <> 'builder_gone'`, &others)
	if len(others) > 0 {
		t.Errorf("other columns lead %v", others)
	}
	for _, p := range partitioned {
		var n int
		one(t, url, fmt.Sprintf(`SELECT count(*) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
			WHERE indrelid = '%s'::regclass AND indisprimary AND attname = '%s'`, p.table, p.by), &n)
		if n != 1 {
			t.Errorf("%s has no primary key that begins with %s", p.table, p.by)
		}
	}
}
