package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	_ "modernc.org/sqlite" // the driver that our store uses
)

// saver is a store as contests of saves see it.
type saver interface {
	// save stores the state of a session durably; n is how many saves of it came
	// before.
	save(ctx context.Context, id uuid.UUID, n int, state []byte) error
	Close() error
}

// plainStore keeps a session's state in a row and nothing else: the floor, as a
// program would have it that has no use for revisions, listings or history.
type plainStore struct {
	db           *sql.DB
	upsert, load *sql.Stmt
}

func openPlain(path string, connections int) (*plainStore, error) {
	db, err := openFile(path, connections)
	if err != nil {
		return nil, err
	}
	s := &plainStore{db: db}
	_, err = db.Exec(`CREATE TABLE IF NOT EXISTS drafts (session_id TEXT PRIMARY KEY, state BLOB NOT NULL, updated_at INTEGER NOT NULL)`)
	if err == nil {
		s.upsert, err = db.Prepare(`INSERT INTO drafts (session_id, state, updated_at) VALUES (?, ?, ?)
			ON CONFLICT (session_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`)
	}
	if err == nil {
		s.load, err = db.Prepare(`SELECT state FROM drafts WHERE session_id = ?`)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func openFile(path string, connections int) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	pragmas := url.Values{"_pragma": {"busy_timeout(60000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: pragmas.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// A context that can be cancelled would cost the driver a goroutine a call, so
// the floor goes without.
func (s *plainStore) save(_ context.Context, id uuid.UUID, _ int, state []byte) error {
	_, err := s.upsert.Exec(id.String(), state, time.Now().UnixMicro())
	return err
}

func (s *plainStore) loadInto(_ context.Context, id uuid.UUID, v any) error {
	var state []byte
	if err := s.load.QueryRow(id.String()).Scan(&state); err != nil {
		return err
	}
	return json.Unmarshal(state, v)
}

func (s *plainStore) Close() error {
	return errors.Join(s.upsert.Close(), s.load.Close(), s.db.Close())
}

// wholeStore is the peer: the design of Boternity's own builder, which replaces
// a row for every save, and reads and parses every state to list them.
type wholeStore struct {
	db      *sql.DB
	replace *sql.Stmt
	list    *sql.Stmt
}

const replaceWhole = `INSERT OR REPLACE INTO builder_drafts (session_id, state_json, schema_version, created_at, updated_at) VALUES (?, ?, 1, ?, ?)`

func openWhole(path string) (*wholeStore, error) {
	db, err := openFile(path, 1)
	if err != nil {
		return nil, err
	}
	s := &wholeStore{db: db}
	_, err = db.Exec(`CREATE TABLE IF NOT EXISTS builder_drafts (session_id TEXT PRIMARY KEY, state_json TEXT NOT NULL,
		schema_version INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`)
	if err == nil {
		_, err = db.Exec(`CREATE INDEX IF NOT EXISTS builder_drafts_by_update ON builder_drafts (updated_at)`)
	}
	if err == nil {
		s.replace, err = db.Prepare(replaceWhole)
	}
	if err == nil {
		s.list, err = db.Prepare(`SELECT state_json, updated_at FROM builder_drafts ORDER BY updated_at DESC`)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *wholeStore) save(_ context.Context, id uuid.UUID, _ int, state []byte) error {
	now := time.Now().UTC().Format(time.RFC3339Nano)
	_, err := s.replace.Exec(id.String(), string(state), now, now)
	return err
}

// listing is what a list shows of a draft.
type listing struct {
	SessionID   uuid.UUID
	Description string
	Phase       string
	UpdatedAt   string
}

func (s *wholeStore) drafts() (all []listing, err error) {
	rows, err := s.list.Query()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var state sql.RawBytes
		var updated string
		if err := rows.Scan(&state, &updated); err != nil {
			return nil, err
		}
		var parsed plainState
		if err := json.Unmarshal(state, &parsed); err != nil {
			return nil, fmt.Errorf("draft %d of the list: %w", len(all), err)
		}
		all = append(all, listing{parsed.SessionID, parsed.Description, parsed.Phase, updated})
	}
	return all, rows.Err()
}

func (s *wholeStore) Close() error {
	return errors.Join(s.replace.Close(), s.list.Close(), s.db.Close())
}
