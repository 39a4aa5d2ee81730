package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/sqlite"
)

// engine is what the stores are built on.
type engine interface {
	// describe adds what the figures depend on.
	describe(ctx context.Context, m *machine) error
	// kinds are the sides of contests of saves; each is opened anew.
	kinds() []kind
	// ours and plain are new stores.
	ours(ctx context.Context) (*ourStore, error)
	plain(ctx context.Context) (plainSaver, error)
	// filled is a large database, which fill fills unless it is there.
	filled(ctx context.Context, name string, fill func(builder.Database) error) (builder.Database, error)
	close() error
}

// kind is a side of contests of saves.
type kind struct {
	name string
	open func(ctx context.Context) (saver, error)
}

// plainSaver is a floor that reads, too.
type plainSaver interface {
	saver
	loadInto(ctx context.Context, id uuid.UUID, v any) error
}

// ourStore is the store that is measured.
type ourStore struct {
	builder.Store
	db builder.Database
}

func openedOurs(db builder.Database) *ourStore { return &ourStore{db.Owner(""), db} }

func (s *ourStore) save(ctx context.Context, id uuid.UUID, n int, state []byte) error {
	_, err := s.SaveDraft(ctx, builder.Draft{SessionID: id, Revision: builder.Revision(n), SchemaVersion: builder.CurrentSchemaVersion, State: state})
	return err
}

func (s *ourStore) Close() error { return s.db.Close() }

// files is SQLite, every store in a file.
type files struct {
	dir     string // of large files, which stay for the next run
	scratch string // of others
}

func (f *files) describe(_ context.Context, m *machine) (err error) {
	m.SQLite, err = sqliteVersion()
	return err
}

func (f *files) kinds() (all []kind) {
	for _, k := range kindsOfStores {
		all = append(all, kind{k.name, func(context.Context) (saver, error) {
			path, err := f.path()
			if err != nil {
				return nil, err
			}
			return k.open(path)
		}})
	}
	return all
}

// path is that of a file that is not there yet.
func (f *files) path() (string, error) {
	dir, err := os.MkdirTemp(f.scratch, "store-")
	return filepath.Join(dir, "store.db"), err
}

func (f *files) ours(context.Context) (*ourStore, error) {
	path, err := f.path()
	if err != nil {
		return nil, err
	}
	return openOurs(path)
}

func (f *files) plain(context.Context) (plainSaver, error) {
	path, err := f.path()
	if err != nil {
		return nil, err
	}
	return openPlain(path, 1)
}

func (f *files) filled(ctx context.Context, name string, fill func(builder.Database) error) (builder.Database, error) {
	path, err := built(f.dir, name+".db", func(path string) error {
		db, err := sqlite.Open(ctx, path, sqlite.Options{})
		if err != nil {
			return err
		}
		return errors.Join(fill(db), db.Close())
	})
	if err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, path, sqlite.Options{})
}

func (f *files) close() error { return nil }

// built returns the path of a large file, which fill makes unless it is there.
// One that was interrupted is made anew.
func built(dir, name string, fill func(path string) error) (string, error) {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	unfinished := path + ".building"
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.RemoveAll(unfinished + suffix); err != nil {
			return "", err
		}
	}
	if err := fill(unfinished); err != nil {
		return "", err
	}
	return path, os.Rename(unfinished, path)
}

// openEngine starts what the options ask for.
func openEngine(ctx context.Context, b *bench) (engine, error) {
	if !b.postgres {
		return &files{b.dir, b.scratch}, nil
	}
	s, err := openServer(ctx, b.url)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL: %w", err)
	}
	return s, nil
}
