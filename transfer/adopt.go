package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/scratch"
)

// Adoption says what became of the rows of a Boternity file.
type Adoption struct {
	Drafts       int     `json:"drafts"` // added now
	Memory       int     `json:"memory"` // added now
	AlreadyThere int     `json:"already_there"`
	Refused      []Named `json:"refused"` // not taken; they stay where they are
	Noted        []Named `json:"noted"`   // taken with something changed, or not brought back
}

// Named names a row of the file and what is the matter with it, in words that
// hold nothing of its content.
type Named struct {
	Table   string `json:"table"`
	RowID   int64  `json:"rowid"`
	Problem string `json:"problem"`
}

// AdoptOptions are the choices of Adopt.
type AdoptOptions struct {
	Progress func(done, total int) // called as rows are done with; may be nil
}

// Adopt copies the drafts and memory of a Boternity file into db, under the
// empty owner. It changes nothing of the file or its folder, and takes rows
// that are only in the file's write-ahead log; another program may be writing
// to the file meanwhile.
//
// States are taken byte for byte, whether or not they can be read, and times by
// their instant. Where a time cannot be read, that of the file stands in for
// it. A row that is already there, in other words the same but for its times,
// is left alone, also where its draft has gone on since, so that Adopt may be
// repeated. So is a row that was deleted, finished or forgotten since, and one
// that differs from what is stored.
//
// The file must not be open in this very process: to read it is to release
// whatever locks the process has on it. For that reason a db that has a method
// Path, saying where its own file is, is not adopted into itself.
//
// A file that cannot be one of Boternity's is a *builder.InvalidError. After
// any other error the result says what was done before it; repeating the call
// does the rest.
func Adopt(ctx context.Context, db builder.Database, file string, opts AdoptOptions) (Adoption, error) {
	return adopt(ctx, db, file, opts, newSnapshotter())
}

// filed is a database that is kept in a file.
type filed interface{ Path() string }

func adopt(ctx context.Context, db builder.Database, file string, opts AdoptOptions, s snapshotter) (result Adoption, err error) {
	result = Adoption{Refused: []Named{}, Noted: []Named{}}
	failed := func(err error) error {
		if err != nil {
			err = fmt.Errorf("adopt: %w", err)
		}
		return err
	}
	if own, ok := db.(filed); ok && sameFile(own.Path(), file) {
		return result, failed(refuseFile(problemOurs))
	}
	folder, err := scratch.Make("boternity-adopt-")
	if err != nil {
		return result, failed(err)
	}
	// A copy of what people wrote must not stay behind unnoticed.
	defer func() { err = errors.Join(err, failed(os.RemoveAll(folder))) }()
	path, modified, err := s.take(ctx, file, folder)
	if err != nil {
		return result, failed(err)
	}
	source, err := openBoternity(ctx, path)
	if err != nil {
		return result, failed(err)
	}
	defer func() { err = errors.Join(err, failed(source.close())) }()
	a := &adopter{db: db, store: db.Owner(""), source: source, fileTime: modified, progress: opts.Progress, result: &result}
	err = failed(a.run(ctx))
	for _, named := range [][]Named{result.Refused, result.Noted} {
		slices.SortStableFunc(named, func(a, b Named) int {
			return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.RowID, b.RowID))
		})
	}
	return result, err
}

// What is put at once: enough that the cost of a commit is shared, and little
// enough that rows of any number and size are held in bounded memory.
const (
	batchRows  = 200
	batchBytes = 8 << 20
)

// adopter is one call of Adopt.
type adopter struct {
	db       builder.Database
	store    builder.Store
	source   *boternityFile
	fileTime time.Time
	progress func(done, total int)
	result   *Adoption

	table       string // being read
	batch       []candidate
	bytes       int // of the batch
	done, total int
}

func (a *adopter) run(ctx context.Context) (err error) {
	if a.total, err = a.source.count(ctx); err != nil {
		return err
	}
	for _, table := range a.source.tables {
		a.table = table.name
		seen := map[uuid.UUID]bool{}
		for r, err := range a.source.records(ctx, table) {
			if err != nil {
				return err
			}
			if err := a.add(ctx, r, seen); err != nil {
				return err
			}
		}
		if err := a.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// add puts a row into the batch or refuses it.
func (a *adopter) add(ctx context.Context, r record, seen map[uuid.UUID]bool) error {
	convert := draftFrom
	if a.table == builder.TableMemory {
		convert = entryFrom
	}
	c, err := convert(r, a.fileTime)
	if err == nil && seen[c.id] {
		err = problemf("another row has this id, spelt in another way")
	}
	if err == nil {
		err = builder.CheckRow(c.row) // one row that no store keeps must not stop the others
	}
	if err != nil {
		a.refuse(r.rowid, err.Error())
		a.done++
		return nil
	}
	seen[c.id] = true
	a.batch = append(a.batch, c)
	a.bytes += c.size()
	if len(a.batch) < batchRows && a.bytes < batchBytes {
		return nil
	}
	return a.flush(ctx)
}

// flush stores the batch and counts what became of its rows.
func (a *adopter) flush(ctx context.Context) error {
	rows := make([]builder.Row, len(a.batch))
	for i, c := range a.batch {
		rows[i] = c.row
	}
	puts, err := a.db.PutRows(ctx, rows, builder.PutOptions{})
	if err != nil {
		return fmt.Errorf("store rows of %s: %w", a.table, err)
	}
	for i, c := range a.batch {
		if err := a.settle(ctx, c, puts[i]); err != nil {
			return fmt.Errorf("compare row %d of %s: %w", c.rowid, a.table, err)
		}
	}
	a.done += len(a.batch)
	a.batch, a.bytes = nil, 0
	if a.progress != nil {
		a.progress(a.done, a.total)
	}
	return nil
}

func (a *adopter) settle(ctx context.Context, c candidate, put builder.Put) error {
	if put == builder.PutDiffers {
		same, why, err := a.sameButForTime(ctx, c)
		if err != nil {
			return err
		}
		if !same {
			a.refuse(c.rowid, why)
			return nil
		}
		put = builder.PutAlready
	}
	switch {
	case put == builder.PutGone:
		c.notes = []string{"deleted or finished here since; not brought back"}
	case put == builder.PutAlready:
		a.result.AlreadyThere++
	case put == builder.PutAdded && c.row.Draft != nil:
		a.result.Drafts++
	case put == builder.PutAdded:
		a.result.Memory++
	default:
		return fmt.Errorf("the store says %q of it", put)
	}
	// Notes are repeated for rows that are there already: the program may have
	// been stopped before it told them.
	if len(c.notes) > 0 {
		a.result.Noted = append(a.result.Noted, Named{a.table, c.rowid, c.noted()})
	}
	return nil
}

func (a *adopter) refuse(rowid int64, problem string) {
	a.result.Refused = append(a.result.Refused, Named{a.table, rowid, problem})
}

// sameButForTime compares a row with the stored one that it differs from.
// Their times may differ because the file was saved again or, where its time
// stands in for an unreadable one, was merely touched.
func (a *adopter) sameButForTime(ctx context.Context, c candidate) (same bool, why string, err error) {
	if c.row.Draft != nil {
		same, err = descends(ctx, a.store, *c.row.Draft, sameState)
		return same, "the stored draft with this id differs; it was left as it is", err
	}
	stored, err := a.store.LoadMemory(ctx, c.id)
	if errors.Is(err, builder.ErrNotFound) {
		return false, "the session with this id is unfinished here; its entry would end it", nil
	}
	if err != nil {
		return false, "", err
	}
	given := builder.DecodeEntry(c.id, c.row.Memory.CreatedAt, c.row.Memory.Entry)
	given.CreatedAt = time.Time{}
	same, err = builder.SameEntry(stored, given)
	return same, "the stored entry with this id differs; it was left as it is", err
}

func (c *candidate) size() int {
	if c.row.Draft != nil {
		return len(c.row.Draft.State)
	}
	return len(c.row.Memory.Entry)
}
