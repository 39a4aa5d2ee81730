//go:build unix

package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// Killed at any write, sync or rename, merging the log at the end included, a
// build can be gone on with by the next program that opens the database.
func TestKilledAtSystemCalls(t *testing.T) {
	if !installed(t, "strace") {
		return
	}
	description := descriptions["simple_utility"]
	fields := fieldsAsked(t, description)
	for _, calls := range []string{"pwrite64", "fsync,fdatasync", "ftruncate", "renameat,renameat2"} {
		t.Run(strings.ReplaceAll(calls, ",", "_"), func(t *testing.T) {
			t.Parallel()
			for nth := 1; killAt(t, calls, nth, description, fields); nth++ {
			}
		})
	}
}

// killAt runs a whole build that is killed at the nth of some system calls, and
// makes sure that nothing is lost. It reports whether there was an nth.
func killAt(t *testing.T, calls string, nth int, description string, fields []string) bool {
	t.Helper()
	data := t.TempDir()
	strace := []string{"strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace=" + calls, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", calls, nth)}
	p := start(t, data, strace, "build", description)
	p.write(typed(fields) + "yes\n")
	end := p.wait()
	if end.code == exitDone {
		return false
	}
	found, err := sessionsOf(t, data)
	if err != nil {
		t.Fatalf("killed at number %d: %v", nth, err)
	}
	told := acknowledged(end.stderr)
	if len(found) == 0 {
		if told > 0 {
			t.Errorf("killed at number %d: revision %d was acknowledged, and there is no session", nth, told)
		}
		return true
	}
	if finished := runCommand(data, "", "resume", found[0].String(), "--yes", "--json"); finished.code != exitDone {
		t.Fatalf("killed at number %d: going on exits %d: %s%s", nth, finished.code, finished.stderr, finished.stdout)
	}
	kept := min(max(int(told)-1, 0), len(fields))
	if kept == len(fields) {
		checkFinished(t, data, found[0], fields)
		return true
	}
	withData(t, data, func(store builder.Store) {
		e, err := store.LoadMemory(t.Context(), found[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range fields[:kept] {
			if got := e.Choices[field].Value; got != typedAnswers[field].value {
				t.Errorf("killed at number %d: the acknowledged %s is %s, want %s", nth, field, got, typedAnswers[field].value)
			}
		}
	})
	return true
}

// sessionsOf lists the sessions in a data folder, unfinished or finished.
func sessionsOf(t *testing.T, data string) (ids []uuid.UUID, err error) {
	t.Helper()
	withData(t, data, func(store builder.Store) {
		drafts, listErr := store.ListDrafts(t.Context(), builder.DraftQuery{Limit: 10})
		memory, recallErr := store.Recall(t.Context(), builder.MemoryQuery{Limit: 10})
		for _, d := range drafts.Drafts {
			ids = append(ids, d.SessionID)
		}
		for _, e := range memory.Entries {
			ids = append(ids, e.ID)
		}
		if err = listErr; err == nil {
			err = recallErr
		}
	})
	return ids, err
}
