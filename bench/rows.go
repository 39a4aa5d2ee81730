package main

import (
	"context"

	"github.com/boternity/boternity/builder"
)

// batch is how many rows are put at once. In a file a transaction costs its
// pages, and rows of one often share them; on a server every change of a row
// within a transaction has to step over those before it, and common terms are
// counted in one row.
func (b *bench) batch() int {
	if b.postgres {
		return 1000
	}
	return 50_000
}

// putRows fills a database with so many rows.
func (b *bench) putRows(ctx context.Context, task string, db builder.Database, total int, row func(n int) (builder.Row, error)) error {
	most := b.batch()
	rows := make([]builder.Row, 0, min(most, total))
	for n := range total {
		b.progress.at(task, n, total)
		r, err := row(n)
		if err != nil {
			return err
		}
		rows = append(rows, r)
		if len(rows) < most && n < total-1 {
			continue
		}
		if _, err := db.PutRows(ctx, rows, builder.PutOptions{}); err != nil {
			return err
		}
		rows = rows[:0]
	}
	b.progress.done()
	return nil
}

// tenfold are the sizes from the least on, each ten times the one before.
// Where the largest is less than ten times the least they start lower.
func tenfold(least, largest int) (sizes []int) {
	for n := min(least, largest/10); n <= largest; n *= 10 {
		sizes = append(sizes, n)
	}
	return sizes
}
