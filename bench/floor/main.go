// Command floor is the least that a program does to make one save durable: it
// opens a file with the driver that the store uses, makes its table and upserts
// a row. Package bench compares the start of other programs with it.
package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	_ "modernc.org/sqlite"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: floor FILE")
		os.Exit(2)
	}
	if err := save(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func save(path string) (err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE IF NOT EXISTS drafts (session_id TEXT PRIMARY KEY, state BLOB NOT NULL, updated_at INTEGER NOT NULL)`); err != nil {
		return err
	}
	_, err = db.Exec(`INSERT INTO drafts (session_id, state, updated_at) VALUES (?, ?, ?)
		ON CONFLICT (session_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`,
		"0190a1b2-c3d4-7000-8000-000000000001", []byte(`{"phase":"basics","initial_description":"`+strings.Repeat("reviews ", 50)+`"}`), time.Now().UnixMicro())
	return err
}
