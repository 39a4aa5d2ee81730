package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/boternity/boternity/internal/migration"
	"github.com/boternity/boternity/internal/scratch"
)

type (
	// Schema is how far a file has been migrated; what is pending is what Open
	// would do to it, in order.
	Schema = migration.Schema

	// Migration is one that the program has.
	Migration = migration.Migration
)

// ReadSchema says how far a file has been migrated, without changing a byte of
// it. It refuses the files that Open refuses, with the same errors.
func ReadSchema(ctx context.Context, file string) (Schema, error) {
	return readSchema(ctx, file, embedded())
}

func readSchema(ctx context.Context, file string, m migrations) (s Schema, err error) {
	db, err := prepare(file, Options{}, m)
	if err != nil {
		return Schema{}, err
	}
	if err := existing(db.path); err != nil {
		return Schema{}, err
	}
	found, err := identify(ctx, db.path, db.busy)
	if err != nil {
		return Schema{}, db.translate(err)
	}
	done := map[int64][]byte{}
	if found != fresh {
		if done, err = appliedTo(ctx, db, m); err != nil {
			return Schema{}, db.translate(err)
		}
	}
	s, err = m.Schema(done)
	return s, db.translate(err)
}

func appliedTo(ctx context.Context, db *Database, m migrations) (map[int64][]byte, error) {
	handle, err := connectOnly(ctx, db.path, db.busy)
	if err != nil {
		return nil, err
	}
	done, err := m.Applied(ctx, handle)
	return done, errors.Join(err, handle.Close())
}

// Rehearse does to a copy of a file what Open would do to it, and returns the
// copy, open: Check tells then which of its drafts this program could not read.
// The file is not changed by a byte. The copy lies in the temporary folder and
// is removed by remove, which closes it. progress, which may be nil, is told of
// pages.
func Rehearse(ctx context.Context, file string, o Options, progress func(done, total int64)) (db *Database, remove func() error, err error) {
	return rehearse(ctx, file, o, progress, embedded())
}

func rehearse(ctx context.Context, file string, o Options, progress func(done, total int64), m migrations) (db *Database, remove func() error, err error) {
	folder, err := scratch.Make("boternity-migrate-")
	if err != nil {
		return nil, nil, err
	}
	// A copy of what people wrote must not stay behind unnoticed.
	gone := func() error { return os.RemoveAll(folder) }
	copied := filepath.Join(folder, scratch.CopyName)
	err = BackupFile(ctx, file, copied, progress)
	if errors.Is(err, errEmpty) {
		err = nil // Open makes a database of such a file
	}
	if err != nil {
		return nil, nil, errors.Join(err, gone())
	}
	if db, err = open(ctx, copied, o, m); err != nil {
		return nil, nil, errors.Join(err, gone())
	}
	return db, func() error { return errors.Join(db.Close(), gone()) }, nil
}
