package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func (b *bench) describeMachine(ctx context.Context) (err error) {
	m := &b.found.Machine
	*m = machine{System: runtime.GOOS + "/" + runtime.GOARCH, Processors: runtime.GOMAXPROCS(0), Go: runtime.Version()}
	if err := b.engine.describe(ctx, m); err != nil {
		return err
	}
	m.SyncsBefore, err = syncRate(b.scratch)
	return err
}

func sqliteVersion() (version string, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return "", err
	}
	err = errors.Join(db.QueryRow(`SELECT sqlite_version()`).Scan(&version), db.Close())
	return version, err
}

// syncRate is how many appends of a page to a plain file can be made durable in
// a second: no store that syncs for every save does better for a lone saver,
// but for what overwriting saves over appending.
func syncRate(dir string) (rate float64, err error) {
	const appends = 200
	path := filepath.Join(dir, "syncs")
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(path)) }()
	page := make([]byte, 4096)
	start := time.Now()
	for range appends {
		if _, err := file.Write(page); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
	}
	return appends / time.Since(start).Seconds(), nil
}

// written is how many bytes this program has handed to the system to write so
// far: those of all its write calls. ok is false where the system does not say.
// What reaches the disk is rounded up to pages, for every side alike.
func written() (bytes int64, ok bool, err error) {
	text, err := os.ReadFile("/proc/self/io")
	if errors.Is(err, os.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	for line := range strings.Lines(string(text)) {
		if figure, found := strings.CutPrefix(line, "wchar: "); found {
			bytes, err = strconv.ParseInt(strings.TrimSpace(figure), 10, 64)
			return bytes, err == nil, err
		}
	}
	return 0, false, fmt.Errorf("/proc/self/io says nothing of wchar")
}
