package postgres

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"iter"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/rules"
)

// item is a row of any table, as Rows gives it and Check judges it.
type item struct {
	place  place
	row    builder.Row
	table  string
	key    string // how Check names it
	damage string // what is wrong with it; such a row cannot be given
	note   string // what is wrong, though the row can be given
	hidden bool   // not a row of its own: a draft's newest revision, or one that is only built upon
}

// place is an item's place among all: its table, then its key there.
type place struct {
	stage byte
	owner string
	id    uuid.UUID
	rest  string // revision, field or key
}

// stages are the tables in the order they are scanned: what others hang on
// comes first, and traces last, so that a copy never refuses a session because
// of its own trace.
var stages = []func(*call, place) ([]item, error){scanDrafts, scanRevisions, scanPending, scanMemory, scanPreferences, scanGone}

// Rows gives every row that can be given. Where some are too damaged for that
// it gives all others first, and ends with an error that says so.
func (db *Database) Rows(ctx context.Context, from builder.Cursor) iter.Seq2[builder.Row, error] {
	return func(yield func(builder.Row, error) bool) {
		at, err := parsePlace(from)
		if err != nil {
			yield(builder.Row{}, err)
			return
		}
		lost, stopped := lostRows{}, false
		err = db.scan(ctx, at, func(it item) bool {
			switch {
			case it.hidden:
			case it.damage != "":
				lost.add(it)
			default:
				it.row.Next = it.place.cursor()
				stopped = !yield(it.row, nil)
			}
			return !stopped
		})
		if err == nil {
			err = lost.err()
		}
		if err != nil && !stopped {
			yield(builder.Row{}, err)
		}
	}
}

// Check also compares what is counted ahead with what there is.
func (db *Database) Check(ctx context.Context) iter.Seq2[builder.Finding, error] {
	return func(yield func(builder.Finding, error) bool) {
		findings, err := db.checkCounts(ctx)
		for _, f := range findings {
			if !yield(f, nil) {
				return
			}
		}
		stopped := false
		if err == nil {
			err = db.scan(ctx, place{}, func(it item) bool {
				f := builder.Finding{Owner: it.row.Owner, Table: it.table, Row: it.key, Problem: cmp.Or(it.damage, it.note)}
				if it.hidden && it.damage == "" {
					return true
				}
				if f, found := rules.Judge(f, it.row); found {
					stopped = !yield(f, nil)
				}
				return !stopped
			})
		}
		if err != nil && !stopped {
			yield(builder.Finding{}, err)
		}
	}
}

// scan calls each with every item from a place on, with no connection held
// meanwhile. It stops when each returns false.
func (db *Database) scan(ctx context.Context, at place, each func(item) bool) error {
	for int(at.stage) < len(stages) {
		var items []item
		err := db.bulk(ctx, func(c *call) error {
			// One moment, or a revision could lose what it is a difference from.
			return c.look(func(c *call) (err error) {
				items, err = stages[at.stage](c, at)
				return err
			})
		})
		if err != nil {
			return err
		}
		for _, it := range items {
			if err := ctx.Err(); err != nil {
				return err
			}
			it.place.stage = at.stage
			if !each(it) {
				return nil
			}
		}
		if len(items) == 0 {
			at = place{stage: at.stage + 1}
			continue
		}
		stage := at.stage
		at = items[len(items)-1].place
		at.stage = stage
	}
	return ctx.Err()
}

// cursor is a place as Rows hands it out. An owner's name has at most 255
// bytes.
func (p place) cursor() builder.Cursor {
	b := []byte{byte(builder.ListOfRows), p.stage, byte(len(p.owner))}
	b = append(append(append(b, p.owner...), p.id[:]...), p.rest...)
	return builder.Cursor(base64.RawURLEncoding.EncodeToString(b))
}

func parsePlace(c builder.Cursor) (place, error) {
	if c == "" {
		return place{}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(c))
	if err != nil || len(b) < 3 || builder.ListName(b[0]) != builder.ListOfRows || int(b[1]) >= len(stages) || len(b) < 3+int(b[2])+16 {
		return place{}, builder.ErrBadCursor
	}
	p := place{stage: b[1], owner: string(b[3 : 3+int(b[2])])}
	rest := b[3+int(b[2]):]
	copy(p.id[:], rest)
	p.rest = string(rest[16:])
	if builder.CheckOwner(p.owner) != nil || p.stage == stageRevisions && len(p.rest) != 4 {
		return place{}, builder.ErrBadCursor
	}
	return p, nil
}

const stageRevisions = 1

func revisionRest(r builder.Revision) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(r)))
}

func (p place) revision() int64 {
	if len(p.rest) < 4 {
		return 0
	}
	return int64(binary.BigEndian.Uint32([]byte(p.rest)))
}
