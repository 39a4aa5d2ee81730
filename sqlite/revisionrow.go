package sqlite

import (
	"math"
	"slices"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
)

// revisionRow is a row of builder_draft_revisions.
type revisionRow struct {
	revision builder.Revision
	version  uint32
	savedAt  time.Time
	bytes    int64
	phase    builder.Phase
	history.Encoded
	damage string
}

// revisionKey is the key of a draft's revision. Keys of one draft are
// neighbours and only ever append.
func revisionKey(number int64, r builder.Revision) int64 { return number<<32 | int64(r) }

const revisionColumns = `key, schema_version, saved_at, bytes, phase, encoding, checksum, content`

// summaryOfRevision leaves out the content, which comes last in a row and may
// be on pages of its own.
const summaryOfRevision = `key, schema_version, saved_at, bytes, phase`

type revisionCells struct {
	key, version, saved, bytes, encoding, checksum integer
	phase                                          text
	content                                        blob
}

func (c *revisionCells) summary() []any {
	return []any{&c.key, &c.version, &c.saved, &c.bytes, &c.phase}
}

func (c *revisionCells) all() []any {
	return append(c.summary(), &c.encoding, &c.checksum, &c.content)
}

func (c *revisionCells) summaryRow() revisionRow {
	var read columns
	r := revisionRow{
		revision: builder.Revision(c.key.value & math.MaxUint32),
		version:  read.uint32("schema_version", c.version, 0, math.MaxUint32),
		savedAt:  read.time("saved_at", c.saved),
		bytes:    read.number("bytes", c.bytes, 0, math.MaxInt32),
		phase:    builder.Phase(read.text("phase", c.phase)),
	}
	r.damage = read.problem
	return r
}

func (c *revisionCells) row() revisionRow {
	r := c.summaryRow()
	var read columns
	r.Encoding = int(read.number("encoding", c.encoding, 0, math.MaxInt32))
	r.Checksum = read.uint32("checksum", c.checksum, 0, math.MaxUint32)
	r.Content = read.blob("content", c.content)
	if r.damage == "" {
		r.damage = read.problem
	}
	return r
}

// revisionsUpTo are the rows that restoring a revision takes, newest first: it
// and those before it, down to a whole one.
const revisionsUpTo = `SELECT ` + revisionColumns + ` FROM builder_draft_revisions
	WHERE key BETWEEN ? AND ? ORDER BY key DESC LIMIT ?`

// rebuilder is rebuild, or another way to the same.
type rebuilder func(c *conn, number int64, r builder.Revision) (row revisionRow, state []byte, found bool, err error)

// rebuild returns a revision with its state. An *history.BrokenError says that what is
// stored does not give the state back.
func rebuild(c *conn, number int64, r builder.Revision) (row revisionRow, state []byte, found bool, err error) {
	var cells revisionCells
	var chain []revisionRow
	err = c.each(revisionsUpTo, []any{revisionKey(number, 1), revisionKey(number, r), history.WholeEvery + 1}, cells.all(), func() (bool, error) {
		next := cells.row()
		if len(chain) == 0 && next.revision != r {
			return false, nil
		}
		chain = append(chain, next)
		return next.Encoding != history.Whole, nil
	})
	if err != nil || len(chain) == 0 {
		return revisionRow{}, nil, false, err
	}
	row = chain[0]
	if row.damage != "" {
		return row, nil, true, &history.BrokenError{Problem: row.damage}
	}
	kept := make([]history.Kept, 0, len(chain))
	for _, r := range slices.Backward(chain) {
		kept = append(kept, history.Kept{Revision: r.revision, Bytes: r.bytes, Encoded: r.Encoded})
	}
	state, err = history.Replay(kept)
	return row, state, true, err
}

func insertRevision(c *conn, number int64, d builder.Draft, phase builder.Phase, e history.Encoded) error {
	_, err := c.exec(`INSERT INTO builder_draft_revisions (`+revisionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		revisionKey(number, d.Revision), d.SchemaVersion, d.UpdatedAt.UnixMicro(), len(d.State), string(phase), e.Encoding, e.Checksum, e.Content)
	return err
}

// basis returns the state of the row's newest revision where a difference may
// build on it: where the history holds the very same bytes.
func basis(c *conn, row draftRow) ([]byte, error) {
	if row.number == 0 {
		return nil, nil
	}
	var sum, length integer
	found, err := c.one(`SELECT checksum, bytes FROM builder_draft_revisions WHERE key = ?`,
		[]any{revisionKey(row.number, row.draft.Revision)}, &sum, &length)
	if err != nil || !found || !isOf(sum, length, row.draft.State) {
		return nil, err
	}
	return row.draft.State, nil
}

// isOf reports whether a revision of that checksum and length keeps a state.
func isOf(sum, length integer, state []byte) bool {
	return sum.ok && length.value == int64(len(state)) && sum.value == int64(history.Checksum(state))
}

// trim moves a draft's oldest kept revision up until no more than limit are
// kept, and removes the rows that no kept revision builds on.
func trim(c *conn, row *draftRow, limit int) error {
	if row.kept <= limit {
		return nil
	}
	var key, encoding integer
	found, err := c.one(`SELECT key, encoding FROM builder_draft_revisions WHERE key BETWEEN ? AND ? ORDER BY key LIMIT 1 OFFSET ?`,
		[]any{revisionKey(row.number, row.oldest), revisionKey(row.number, row.draft.Revision), row.kept - limit}, &key, &encoding)
	if err != nil || !found {
		return err
	}
	row.oldest, row.kept = builder.Revision(key.value&math.MaxUint32), limit
	if encoding.value != history.Whole {
		return nil
	}
	_, err = c.exec(`DELETE FROM builder_draft_revisions WHERE key >= ? AND key < ?`, revisionKey(row.number, 1), key.value)
	return err
}
