package transfer

import (
	"context"
	"errors"
	"fmt"

	"github.com/boternity/boternity/builder"
)

// Copied says what a copy came to.
type Copied struct {
	Counts       map[string]int64 `json:"counts"` // rows of the source, by table
	Added        int64            `json:"added"`  // to the target, by this call
	AlreadyThere int64            `json:"already_there"`

	// Verified is whether source and target hold the same rows, neither more
	// nor fewer, as they were read back after copying.
	Verified    bool         `json:"verified"`
	Differences []Difference `json:"differences"`    // where they do not, at most MaxDifferences
	More        bool         `json:"more,omitempty"` // there are differences that are not listed

	// Unread says that some of the source is too damaged to be read. All else
	// was copied and compared.
	Unread string `json:"unread,omitempty"`
}

// Difference is a row that source and target do not have alike. Its words hold
// nothing of its content.
type Difference struct {
	Table   string `json:"table"`
	Row     string `json:"row"`
	Owner   string `json:"owner,omitempty"`
	Problem string `json:"problem"`
}

// MaxDifferences is how many differences a copy lists.
const MaxDifferences = 100

// CopyOptions are the choices of Copy.
type CopyOptions struct {
	// Progress is called as rows are done with, from one goroutine at a time.
	// It may be nil.
	Progress func(CopyProgress)
}

// CopyProgress is how far a copy has come.
type CopyProgress struct {
	Verifying   bool // all is copied and being read back
	Done, Total int64
}

// Copy puts every row of a database into another, as it is stored: drafts with
// their kept revisions, whether or not this program can read them, pending
// text, memory, preferences and the traces of what is gone. Then it reads both
// sides back and compares them row by row.
//
// Nothing in the target is replaced or removed. A row that the target refuses,
// because it has another one there, because the session has ended there, or
// because a draft is missing, is among the differences.
//
// After an error or a crash, repeat the call: rows that are there already are
// found to be, so it goes on where it stopped. The result beside an error says
// what was done before it. Where the source has rows that are too damaged to be
// read, all others are copied and compared, and the error tells of those.
//
// The source may be written to meanwhile, but then the copy is no moment of it,
// and what was written may differ.
func Copy(ctx context.Context, from, to builder.Database, opts CopyOptions) (Copied, error) {
	return copyIn(ctx, from, to, opts, copyRows)
}

// copyIn is Copy in batches of so many rows.
func copyIn(ctx context.Context, from, to builder.Database, opts CopyOptions, rows int) (Copied, error) {
	c := &copier{from: from, to: to, rows: rows, refused: map[string]string{}, report: func(CopyProgress) {}}
	c.result.Differences = []Difference{}
	same, err := sameDatabase(ctx, from, to)
	if err != nil {
		return c.result, fmt.Errorf("copy: %w", err)
	}
	if same {
		return c.result, &builder.InvalidError{Field: "the target", Problem: "is the database to be copied"}
	}
	if opts.Progress != nil {
		c.report = opts.Progress
	}
	err = c.run(ctx)
	if err != nil {
		err = fmt.Errorf("copy: %w", err)
	}
	return c.result, err
}

// identified is a database on a server, which many names may lead to.
type identified interface {
	// Identity is the same for no two databases that are in use at the same
	// time; it is empty where the server does not tell.
	Identity(ctx context.Context) (string, error)
}

func sameDatabase(ctx context.Context, a, b builder.Database) (bool, error) {
	if a == b {
		return true, nil
	}
	if fileA, ok := a.(filed); ok {
		fileB, ok := b.(filed)
		return ok && sameFile(fileA.Path(), fileB.Path()), nil
	}
	serverA, okA := a.(identified)
	serverB, okB := b.(identified)
	if !okA || !okB {
		return false, nil
	}
	idA, err := serverA.Identity(ctx)
	if err != nil || idA == "" {
		return false, err
	}
	idB, err := serverB.Identity(ctx)
	return idA == idB, err
}

// counter is a database that can say how many rows it has without reading
// them all.
type counter interface {
	CountRows(ctx context.Context) (int64, error)
}

// What is put at once: more than of a Boternity file, since most rows are small
// revisions, and a commit costs a sync.
const copyRows = 500

// maxReasons bounds what is remembered of rows that were refused.
const maxReasons = 10 * MaxDifferences

// copier is one call of Copy.
type copier struct {
	from, to builder.Database
	rows     int // in a batch
	report   func(CopyProgress)
	result   Copied

	batch       []builder.Row
	bytes       int
	done, total int64
	refused     map[string]string // why, by the row's key
}

func (c *copier) run(ctx context.Context) error {
	if counted, ok := c.from.(counter); ok {
		n, err := counted.CountRows(ctx)
		if err != nil {
			return fmt.Errorf("count the rows of the source: %w", err)
		}
		c.total = n
	}
	// That some rows cannot be read must not keep the others from being copied.
	var unread error
	for r, err := range c.from.Rows(ctx, "") {
		if err != nil {
			unread = fmt.Errorf("read the source: %w", err)
			break
		}
		if err := c.add(ctx, r); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.flush(ctx); err != nil {
		return err
	}
	return c.verify(ctx, unread)
}

func (c *copier) add(ctx context.Context, r builder.Row) error {
	// One row that no store keeps must not stop the others.
	if err := builder.CheckRow(r); err != nil {
		c.refuse(r, err.Error())
		c.done++
		return nil
	}
	c.batch = append(c.batch, r)
	c.bytes += sizeOf(r)
	if len(c.batch) < c.rows && c.bytes < batchBytes {
		return nil
	}
	return c.flush(ctx)
}

// flush stores the batch and counts what became of its rows.
func (c *copier) flush(ctx context.Context) error {
	puts, err := c.to.PutRows(ctx, c.batch, builder.PutOptions{})
	if err != nil {
		return fmt.Errorf("store rows: %w", err)
	}
	for i, put := range puts {
		switch put {
		case builder.PutAdded:
			c.result.Added++
		case builder.PutAlready:
			c.result.AlreadyThere++
		default:
			c.refuse(c.batch[i], refusals[put])
		}
	}
	c.done += int64(len(c.batch))
	c.batch, c.bytes = c.batch[:0], 0
	c.report(CopyProgress{Done: c.done, Total: c.total})
	return nil
}

var refusals = map[builder.Put]string{
	builder.PutDiffers: "the target has it otherwise, or goes on with the session; it was left as it is",
	builder.PutGone:    "the session was deleted or has finished in the target",
	builder.PutOrphan:  "its draft is not in the target",
}

func (c *copier) refuse(r builder.Row, why string) {
	if len(c.refused) < maxReasons {
		c.refused[identify(r).key()] = why
	}
}

// verify compares what the sides hold now. unread is what could not be read of
// the source before.
func (c *copier) verify(ctx context.Context, unread error) error {
	v := &comparison{source: side{db: c.from}, target: side{db: c.to}, refused: c.refused, partial: unread != nil, differences: []Difference{}, report: func(done int64) {
		c.report(CopyProgress{Verifying: true, Done: done, Total: 2 * c.done})
	}}
	if err := v.run(ctx); err != nil {
		return errors.Join(unread, err)
	}
	c.result.Counts = v.source.counts()
	c.result.Differences, c.result.More = v.differences, v.more
	c.result.Verified = unread == nil && len(v.differences) == 0
	if unread != nil {
		c.result.Unread = unread.Error()
	}
	return unread
}

// sizeOf is about what a row weighs.
func sizeOf(r builder.Row) int {
	switch {
	case r.Draft != nil:
		return len(r.Draft.State)
	case r.Revision != nil:
		return len(r.Revision.State)
	case r.Pending != nil:
		return len(r.Pending.Text)
	case r.Memory != nil:
		return len(r.Memory.Entry)
	}
	return 0
}
