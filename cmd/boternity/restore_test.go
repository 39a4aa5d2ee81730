package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/sqlite"
)

// putUnreadable stores a draft whose last state cannot be read and whose first
// can.
func putUnreadable(t *testing.T, data string, id uuid.UUID) {
	t.Helper()
	s := builder.NewState(id, descriptions["coding"], builder.Coding)
	text, version, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now().Add(-2 * time.Hour)
	kept := builder.Draft{SessionID: id, Revision: 1, SchemaVersion: version, State: text, CreatedAt: begun, UpdatedAt: begun}
	newest := builder.Draft{SessionID: id, Revision: 2, SchemaVersion: version, State: []byte(`{"phase":`), CreatedAt: begun, UpdatedAt: begun.Add(time.Hour)}
	db, err := sqlite.Open(t.Context(), filepath.Join(data, "builder.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.PutRows(t.Context(), []builder.Row{{Draft: &newest}, {Revision: &kept}}, builder.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestResumeRestoresByAYesAlone(t *testing.T) {
	id := uuid.MustParse("0190a000-0000-7000-8000-00000000dddd")
	for name, c := range map[string]struct {
		typed    string
		flags    []string
		restored bool
		code     int
	}{
		"yes":           {"maybe\nYes\nGopher\nq\n", nil, true, exitStopped},
		"no":            {"no\n", nil, false, exitUnreadable},
		"Enter":         {"\n", nil, false, exitUnreadable},
		"q":             {"q\n", nil, false, exitUnreadable},
		"end of input":  {"", nil, false, exitUnreadable},
		"half a line":   {"yes", nil, false, exitUnreadable},
		"--yes":         {"yes\n", []string{"--yes"}, false, exitUnreadable},
		"--json":        {"yes\n", []string{"--json"}, false, exitUnreadable},
		"--answers":     {"{}", []string{"--answers", "-"}, false, exitUnreadable},
		"--dry-run":     {"yes\n", []string{"--dry-run"}, false, exitUnreadable},
		"a second time": {"what?\nno\n", nil, false, exitUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			putUnreadable(t, data, id)
			got := runCommand(data, c.typed, append([]string{"resume", id.String()}, c.flags...)...)
			if got.code != c.code {
				t.Fatalf("exit %d: %s", got.code, got.stderr)
			}
			withData(t, data, func(store builder.Store) {
				d, err := store.LoadDraft(t.Context(), id)
				if err != nil || (d.Revision == 2) == c.restored {
					t.Errorf("the draft is at revision %d, %v", d.Revision, err)
				}
			})
			asked := strings.Contains(got.stderr, "The last revision that can be read is 1, saved 2 h ago")
			if asked != (c.flags == nil) {
				t.Errorf("asked: %v, in %s", asked, got.stderr)
			}
			if !c.restored {
				if len(c.flags) == 0 && !strings.Contains(got.stderr, "drafts restore") {
					t.Errorf("no way out is named: %s", got.stderr)
				}
				return
			}
			for _, want := range []string{"Restored revision 1, saved (revision 3)", "Going on with session", "name: Gopher, saved (revision 4)"} {
				if !strings.Contains(got.stderr, want) {
					t.Errorf("%q is not in %s", want, got.stderr)
				}
			}
		})
	}
}
