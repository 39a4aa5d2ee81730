package sqlite

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/boternity/boternity/builder"
)

// item is a row of any table, as Rows gives it and Check judges it.
type item struct {
	place  place
	row    builder.Row
	table  string
	key    string // how Check names it
	damage string // what is wrong with its columns
	lost   bool   // too damaged to be given as a row
	hidden bool   // not a row of its own: a draft's newest revision, or one that is only built upon
}

// place is an item's place among all: its table, then its key.
type place struct {
	stage  byte
	number int64
	first  string
	second string
}

// startOf is before a table's first key.
func startOf(stage byte) place { return place{stage: stage, number: math.MinInt64} }

// stages are the tables in the order they are scanned: what others hang on
// comes first, and traces last, so that a copy never refuses a session because
// of its own trace.
var stages = []func(*conn, place) ([]item, error){scanDrafts, scanRevisions, scanPending, scanMemory, scanPreferences, scanGone}

// A page of a scan ends at this many rows, or about so many bytes of them.
const (
	scanRows  = 256
	scanBytes = 4 << 20
)

// scan calls each with every item from a place on, with no connection held
// meanwhile. It stops when each returns false.
func (db *Database) scan(ctx context.Context, from place, each func(item) bool) error {
	for at := from; int(at.stage) < len(stages); {
		if err := ctx.Err(); err != nil {
			return err
		}
		var items []item
		// One moment, or a revision could lose what it is a difference from.
		err := db.snapshot(ctx, func(c *conn) (err error) {
			items, err = stages[at.stage](c, at)
			return err
		})
		if err != nil {
			return err
		}
		if len(items) == 0 {
			at = startOf(at.stage + 1)
			continue
		}
		for _, it := range items {
			it.place.stage = at.stage
			if err := ctx.Err(); err != nil {
				return err
			}
			if !each(it) {
				return nil
			}
		}
		last := items[len(items)-1].place
		last.stage = at.stage
		if !at.before(last) {
			// A key of a type that our tables do not let in sorts elsewhere.
			return &FileError{Path: db.path, Err: fmt.Errorf("%w: a table has a key of the wrong type", ErrDamaged)}
		}
		at = last
	}
	return ctx.Err()
}

// collector gathers a page of items.
type collector struct {
	items []item
	bytes int
}

// add returns whether the page has room for more.
func (c *collector) add(it item, bytes int) bool {
	c.items = append(c.items, it)
	c.bytes += bytes
	return len(c.items) < scanRows && c.bytes < scanBytes
}

// before compares places of one table.
func (p place) before(q place) bool {
	return cmp.Or(cmp.Compare(p.number, q.number), cmp.Compare(p.first, q.first), cmp.Compare(p.second, q.second)) < 0
}

// cursor is a place as Rows hands it out.
func (p place) cursor() builder.Cursor {
	b := binary.BigEndian.AppendUint64([]byte{byte(builder.ListOfRows), p.stage}, uint64(p.number))
	b = append(binary.AppendUvarint(b, uint64(len(p.first))), p.first...)
	return builder.Cursor(base64.RawURLEncoding.EncodeToString(append(b, p.second...)))
}

func parsePlace(c builder.Cursor) (place, error) {
	if c == "" {
		return startOf(0), nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(c))
	if err != nil || len(b) < 11 || builder.ListName(b[0]) != builder.ListOfRows || int(b[1]) >= len(stages) {
		return place{}, builder.ErrBadCursor
	}
	length, n := binary.Uvarint(b[10:])
	rest := b[10+max(n, 0):]
	if n <= 0 || length > uint64(len(rest)) {
		return place{}, builder.ErrBadCursor
	}
	return place{b[1], int64(binary.BigEndian.Uint64(b[2:])), string(rest[:length]), string(rest[length:])}, nil
}
