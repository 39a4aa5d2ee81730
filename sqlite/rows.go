package sqlite

import (
	"context"
	"fmt"
	"iter"

	"github.com/boternity/boternity/builder"
)

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
			case it.lost:
				lost.add(it)
			default:
				it.row.Next = it.place.cursor()
				stopped = !yield(it.row, nil)
			}
			return !stopped
		})
		if stopped {
			return
		}
		if err == nil {
			err = lost.err(db.path)
		}
		if err != nil {
			yield(builder.Row{}, err)
		}
	}
}

// lostRows counts rows that cannot be given.
type lostRows struct {
	count int
	first string
}

func (l *lostRows) add(it item) {
	if l.count++; l.count == 1 {
		l.first = fmt.Sprintf("%s, %s: %s", it.table, it.key, it.damage)
	}
}

func (l *lostRows) err(path string) error {
	if l.count == 0 {
		return nil
	}
	return &FileError{Path: path, Err: fmt.Errorf("%w: %d rows cannot be read, the first in %s", ErrDamaged, l.count, l.first)}
}
