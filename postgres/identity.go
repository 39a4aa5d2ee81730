package postgres

import (
	"context"
	"slices"

	"github.com/boternity/boternity/builder"
)

// Identity tells the database from others, whatever the connection string that
// leads to it: by the server's own number and when it was started, for a
// restored copy has the same number, and by those of the database and of the
// table of drafts, since a search path may lead to several. It holds for as long
// as the server runs, and is empty where the server does not tell.
func (db *Database) Identity(ctx context.Context) (id string, err error) {
	err = db.read(ctx, func(c *call) error {
		_, err := c.one(`SELECT concat_ws('/', system_identifier, extract(epoch FROM pg_postmaster_start_time()), (SELECT oid FROM pg_database WHERE datname = current_database()),
			'`+builder.TableDrafts+`'::regclass::oid) FROM pg_control_system()`, nil, &id)
		if code, _ := serverCode(err); slices.Contains([]string{"42883", "42501", "0A000"}, code) {
			return nil // a server that has no such function, or keeps it for some
		}
		return err
	})
	return id, err
}
