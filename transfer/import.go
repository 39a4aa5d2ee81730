package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// Imported says what became of the lines of an import.
type Imported struct {
	Added        int           `json:"added"`
	AlreadyThere int           `json:"already_there"` // the same, or gone on since
	Differs      []Line        `json:"differs"`       // another is stored under this id; it was left as it is
	Gone         []Line        `json:"gone"`          // the session has finished here; its draft was not brought back
	Refused      []RefusedLine `json:"refused"`       // with SkipBad only
}

// Line is a line of an import by its number and the id of what it holds.
type Line struct {
	Line int       `json:"line"`
	ID   uuid.UUID `json:"id"`
}

// RefusedLine is a line that was skipped, and why.
type RefusedLine struct {
	Line    int    `json:"line"`
	Problem string `json:"problem"`
}

// ImportOptions are the choices of an import.
type ImportOptions struct {
	// SkipBad leaves out the lines that cannot be read and reports them. Then
	// the others are stored as they are read, some hundred at a time. Without
	// it the first such line is an error and nothing is stored; the whole file
	// is held in memory and stored in one step.
	SkipBad  bool
	Progress func(lines int) // called as lines are done with; may be nil
}

// parcel is what one line holds: a row, and rows that go with it only where it
// is new.
type parcel struct {
	line int
	id   uuid.UUID
	row  builder.Row
	with []builder.Row
	size int
}

// importer is one call of an import.
type importer struct {
	db     builder.Database
	owner  string
	opts   ImportOptions
	parse  func(text []byte) (parcel, error)
	result Imported

	batch []parcel
	bytes int // of the batch
	lines int // read so far
}

func importLines(ctx context.Context, db builder.Database, owner string, r io.Reader, opts ImportOptions, parse func([]byte) (parcel, error)) (Imported, error) {
	i := &importer{db: db, owner: owner, opts: opts, parse: parse}
	i.result = Imported{Differs: []Line{}, Gone: []Line{}, Refused: []RefusedLine{}}
	if err := builder.CheckOwner(owner); err != nil {
		return i.result, fmt.Errorf("import: %w", err)
	}
	if err := i.run(ctx, r); err != nil {
		return i.result, fmt.Errorf("import: %w", err)
	}
	return i.result, nil
}

func (i *importer) run(ctx context.Context, r io.Reader) error {
	for l, err := range readLines(reading(ctx, r), MaxLine) {
		if err != nil {
			return err
		}
		i.lines = l.number
		if err := i.add(l); err != nil {
			return err
		}
		if i.opts.SkipBad && (len(i.batch) >= batchRows || i.bytes >= batchBytes) {
			if err := i.flush(ctx); err != nil {
				return err
			}
		}
	}
	return i.flush(ctx)
}

func (i *importer) add(l line) error {
	p, err := parcel{}, l.err
	if err == nil {
		p, err = i.parse(l.text)
	}
	if err != nil && i.opts.SkipBad {
		i.result.Refused = append(i.result.Refused, RefusedLine{l.number, err.Error()})
		return nil
	}
	if err != nil {
		return &LineError{l.number, err}
	}
	p.line, p.size = l.number, len(l.text)
	i.batch = append(i.batch, p)
	i.bytes += p.size
	return nil
}

// flush stores the batch and counts what became of it.
func (i *importer) flush(ctx context.Context) error {
	var rows []builder.Row
	at := make([]int, len(i.batch)) // of each parcel's own row
	for n, p := range i.batch {
		at[n] = len(rows)
		rows = append(rows, p.row)
		with, err := i.companions(ctx, p)
		if err != nil {
			return &LineError{p.line, err}
		}
		rows = append(rows, with...)
	}
	for n := range rows {
		rows[n].Owner = i.owner
	}
	puts, err := i.db.PutRows(ctx, rows, builder.PutOptions{Revive: true})
	if err != nil {
		return err
	}
	for n, p := range i.batch {
		if err := i.settle(ctx, p, puts[at[n]]); err != nil {
			return &LineError{p.line, err}
		}
	}
	i.batch, i.bytes = nil, 0
	if i.opts.Progress != nil {
		i.opts.Progress(i.lines)
	}
	return nil
}

// companions returns the rows that go with a parcel's own, none where that is
// already there. They are stored in the same step, or an import that was cut
// short could not be completed by repeating it.
func (i *importer) companions(ctx context.Context, p parcel) ([]builder.Row, error) {
	if len(p.with) == 0 {
		return nil, nil
	}
	_, err := i.db.Owner(i.owner).LoadDraft(ctx, p.id)
	if errors.Is(err, builder.ErrNotFound) {
		return p.with, nil
	}
	return nil, err
}

func (i *importer) settle(ctx context.Context, p parcel, put builder.Put) error {
	if put == builder.PutDiffers && p.row.Draft != nil {
		there, err := descends(ctx, i.db.Owner(i.owner), *p.row.Draft, sameDraft)
		if err != nil {
			return err
		}
		if there {
			put = builder.PutAlready
		}
	}
	switch put {
	case builder.PutAdded:
		i.result.Added++
	case builder.PutAlready:
		i.result.AlreadyThere++
	case builder.PutDiffers:
		i.result.Differs = append(i.result.Differs, Line{p.line, p.id})
	case builder.PutGone:
		i.result.Gone = append(i.result.Gone, Line{p.line, p.id})
	default:
		return fmt.Errorf("the store says %q of it", put)
	}
	return nil
}
