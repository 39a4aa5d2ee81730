package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	codes "modernc.org/sqlite/lib"

	"github.com/boternity/boternity/builder"
)

// Erase removes an owner in one transaction. Removed bytes stay behind in a
// database's free space and in its log, so it then writes the file anew and
// empties the log. Where that fails the owner is erased all the same, and the
// receipt says in Remaining what still holds the bytes.
func (db *Database) Erase(ctx context.Context, owner string) (builder.Receipt, error) {
	receipt := builder.Receipt{Counts: map[string]int64{}}
	if err := builder.CheckOwner(owner); err != nil {
		return receipt, err
	}
	defer db.recent.DropOwner(owner)
	err := db.write(func(w *committer) error {
		return w.use(ctx, func(c *conn) error {
			// What is removed is overwritten at once, in case the rest fails.
			if err := c.set("PRAGMA secure_delete = ON"); err != nil {
				return err
			}
			counts := map[string]int64{}
			err := transact(ctx, c, db.busy, func(c *conn) error {
				return eraseOwner(&remover{conn: c, at: db.clock(), counts: counts}, owner)
			})
			if err != nil {
				return errors.Join(err, c.set("PRAGMA secure_delete = OFF"))
			}
			receipt.Counts = counts
			receipt.Remaining, err = db.scrub(ctx, c)
			return errors.Join(err, c.set("PRAGMA secure_delete = OFF"))
		})
	})
	return receipt, err
}

func eraseOwner(r *remover, owner string) error {
	drafts, err := r.rows(`SELECT draft, ?1, session_id FROM builder_drafts WHERE owner = (SELECT owner FROM builder_owners WHERE name = ?1)`, owner)
	if err != nil {
		return err
	}
	if err := r.drafts(drafts); err != nil {
		return err
	}
	entries, err := r.rows(`SELECT memory, ?1, id FROM builder_memory WHERE owner = (SELECT owner FROM builder_owners WHERE name = ?1)`, owner)
	if err != nil {
		return err
	}
	if err := r.entries(entries); err != nil {
		return err
	}
	for table, statement := range map[string]string{
		// Entries take their terms with them; these would be left by damage.
		builder.TableTerms:       `DELETE FROM builder_memory_terms WHERE ` + ofOwner,
		"builder_term_counts":    `DELETE FROM builder_term_counts WHERE ` + ofOwner,
		builder.TablePreferences: `DELETE FROM builder_preferences WHERE ` + ofOwner,
	} {
		n, err := r.exec(statement, owner)
		if err != nil {
			return err
		}
		if table == builder.TableTerms || table == builder.TablePreferences {
			r.counts[table] += n
		}
	}
	_, err = r.exec(`DELETE FROM builder_owners WHERE name = ?`, owner)
	return err
}

// scrub writes the file anew, without its free space, and empties the log. It
// returns what stood in the way. An error is only of the connection.
func (db *Database) scrub(ctx context.Context, c *conn) (remaining []string, err error) {
	unwritten, unmerged, err := db.rewrite(ctx, c)
	if unwritten != nil {
		remaining = append(remaining, "Free space in the database file may hold erased words, because it could not be written anew: "+reason(unwritten)+".")
	}
	if unmerged != nil {
		remaining = append(remaining, "The write-ahead log and the database file hold erased words until the log is merged into the file, which was not possible now: "+
			reason(unmerged)+". It happens when the last program that has the database open closes it.")
	}
	return remaining, err
}

// shrunk is the receipt of a removal after which the file was shrunk. The
// removal is done; whatever fails now only remains.
func (db *Database) shrunk(ctx context.Context, receipt builder.Receipt) builder.Receipt {
	err := db.write(func(w *committer) error {
		return w.use(ctx, func(c *conn) (err error) {
			receipt.Remaining, err = db.shrink(ctx, c)
			return err
		})
	})
	if err != nil {
		receipt.Remaining = []string{"The file keeps its size for now: " + reason(err) + "."}
	}
	return receipt
}

// shrink gives free space back to the disk where it is a quarter of the file or
// more; less is soon used again. It returns what stood in the way.
func (db *Database) shrink(ctx context.Context, c *conn) (remaining []string, err error) {
	var pages, free int64
	for pragma, n := range map[string]*int64{"PRAGMA page_count": &pages, "PRAGMA freelist_count": &free} {
		if _, err := c.one(pragma, nil, n); err != nil {
			return nil, err
		}
	}
	if free < shrinkPages || free < pages/4 {
		return nil, nil
	}
	unwritten, unmerged, err := db.rewrite(ctx, c)
	if failed := cmp.Or(unwritten, unmerged); failed != nil {
		remaining = append(remaining, fmt.Sprintf("The file keeps its size for now, %d %% of it free for what is saved next: %s.", 100*free/pages, reason(failed)))
	}
	return remaining, err
}

const shrinkPages = 256

// rewrite writes the file anew, and merges the log into it. The first two
// errors are of these; with the third the connection is not to be used again.
func (db *Database) rewrite(ctx context.Context, c *conn) (unwritten, unmerged, broken error) {
	// Only the wait for others is bounded: a large file takes its time. What is
	// written is a temporary file at first, as large as the database.
	for _, pragma := range []string{fmt.Sprintf("PRAGMA busy_timeout = %d", max(db.busy.Milliseconds(), 1)), "PRAGMA temp_store = FILE"} {
		if err := c.set(pragma); err != nil {
			return nil, nil, &fatalError{err}
		}
	}
	_, unwritten = c.sql.ExecContext(ctx, "VACUUM")
	var blocked, pages, merged int64
	unmerged = c.sql.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&blocked, &pages, &merged)
	if unmerged == nil && blocked != 0 {
		unmerged = builder.ErrBusy
	}
	if err := errors.Join(c.set("PRAGMA temp_store = MEMORY"), c.set("PRAGMA busy_timeout = 0")); err != nil {
		return unwritten, unmerged, &fatalError{err}
	}
	return unwritten, unmerged, nil
}

// reason says why in words that fit behind a colon.
func reason(err error) string {
	switch {
	case errors.Is(err, builder.ErrBusy), isBusy(err):
		return "another program is using it"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "the call was cancelled"
	case primary(err) == codes.SQLITE_FULL:
		return "the disk is full"
	}
	return fmt.Sprintf("SQLite code %d", extended(err))
}

// set runs a pragma that may answer with a row.
func (c *conn) set(pragma string) error {
	_, err := c.one(pragma, nil, new(any))
	return err
}
