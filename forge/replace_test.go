package forge_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// Values that somebody edits while the session is under way are taken over, or
// told where the session has changed them too; both need another yes.
func TestReconfigureLooksAgain(t *testing.T) {
	h := newHouse(t, nil)
	slug := h.made("A bot that reviews Go code")
	turn := h.set(h.reconfigure(slug), builder.FieldTone, builder.Text("salty"))
	content := h.read(slug, "SOUL.md")
	at := strings.Index(content, "\ntone: ") + 1
	h.edit(content[at:at+strings.Index(content[at:], "\n")], "tone: sweet", slug, "SOUL.md")
	h.edit("temperature: 0.2", "temperature: 0.9", slug, "IDENTITY.md")
	h.edit("- What to call you:", "- What to call you: Ada", slug, "USER.md")

	opened, err := h.Open(t.Context(), turn.SessionID)
	if err != nil || len(opened.Notices) != 1 || opened.Revision != turn.Revision {
		t.Errorf("opened %+v, %v", opened, err)
	}
	before := filesIn(t, h.dir)
	again, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true)
	if err != nil || again.Kind != forge.Ready || again.Revision != turn.Revision+1 {
		t.Fatalf("turn = %+v, %v", again, err)
	}
	if after := filesIn(t, h.dir); !cmp.Equal(before, after) {
		t.Error("it was written all the same")
	}
	if len(again.Notices) != 2 || again.Notices[0].Field != builder.FieldTone || !strings.Contains(again.Notices[0].Text, ": sweet.") || again.Notices[1].Field != builder.FieldTemperature {
		t.Errorf("notices: %+v", again.Notices)
	}
	if v := values(again); v[builder.FieldTone] != builder.Text("salty") || v[builder.FieldTemperature] != builder.Number(0.9) {
		t.Errorf("values: %v", v)
	}
	done := h.finish(again)
	soul, identity, user := h.read(slug, "SOUL.md"), h.read(slug, "IDENTITY.md"), h.read(slug, "USER.md")
	if done.Kind != forge.Finished || !strings.Contains(soul, "tone: salty") || !strings.Contains(identity, "temperature: 0.9") || !strings.Contains(user, "Ada") {
		t.Errorf("the files are\n%s\n%s\n%s", soul, identity, user)
	}
}

// Words that somebody writes meanwhile need no other yes: they are kept anyway.
func TestReconfigureTakesWordsAsTheyAre(t *testing.T) {
	h := newHouse(t, nil)
	slug := h.made("A bot that reviews Go code")
	turn := h.set(h.reconfigure(slug), builder.FieldTone, builder.Text("salty"))
	h.edit("- What to call you:", "- What to call you: Ada", slug, "USER.md")
	h.edit("description: ", "description: 'Mine' # ", slug, "skills", "code-review", "SKILL.md")
	if done := h.finish(turn); done.Kind != forge.Finished {
		t.Fatalf("turn = %+v", done)
	}
	if !strings.Contains(h.read(slug, "USER.md"), "Ada") || !strings.Contains(h.read(slug, "skills", "code-review", "SKILL.md"), "description: 'Mine'") {
		t.Error("the words are gone")
	}
}

func TestTwoSessionsChangeOneBot(t *testing.T) {
	h := newHouse(t, nil)
	slug := h.made("A bot that reviews Go code")
	first := h.reconfigure(slug)
	s := h.state(first.SessionID)
	s.SessionID = uuid.MustParse("0190a000-0000-7000-8000-00000000dddd")
	h.put(&s, 0)
	second, err := h.Open(t.Context(), s.SessionID)
	must(t, err)
	first = h.set(first, builder.FieldTone, builder.Text("salty"))
	second = h.set(second, builder.FieldBoundaries, builder.Text("never guess"))
	h.finish(first)
	again, err := h.Finish(t.Context(), second.SessionID, second.Revision, true)
	if err != nil || again.Kind != forge.Ready || len(again.Notices) != 2 || values(again)[builder.FieldTone] != builder.Text("salty") {
		t.Fatalf("turn = %+v, %v", again, err)
	}
	h.finish(again)
	if soul := h.read(slug, "SOUL.md"); !strings.Contains(soul, "tone: \"salty\"") || !strings.Contains(soul, "> never guess") {
		t.Errorf("SOUL.md is\n%s", soul)
	}
}

func TestReconfigureRefuses(t *testing.T) {
	h := newHouse(t, nil)
	must(t, os.Mkdir(h.path("empty"), 0o700))
	slug := h.made("A bot that reviews Go code")
	for name, want := range map[string]error{"nobody": builder.ErrNotFound, "..": builder.ErrNotFound, "empty": builder.ErrNotFound, "": builder.ErrNotFound} {
		if _, err := h.Reconfigure(t.Context(), name); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	turn := h.reconfigure(slug)
	must(t, os.WriteFile(h.path(slug, "SOUL.md"), []byte("---\nname: [\n---\n"), 0o600))
	before := filesIn(t, h.dir)
	if _, err := h.Reconfigure(t.Context(), slug); !errors.Is(err, builder.ErrUnreadable) {
		t.Errorf("damaged: %v", err)
	}
	if failed, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true); !errors.Is(err, builder.ErrUnreadable) || failed.Revision != turn.Revision {
		t.Errorf("finishing: %+v, %v", failed, err)
	}
	if !cmp.Equal(before, filesIn(t, h.dir)) {
		t.Error("something was changed")
	}
	must(t, os.RemoveAll(h.path(slug)))
	if _, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true); !errors.Is(err, builder.ErrNotFound) || !strings.Contains(err.Error(), "name the folder") {
		t.Errorf("gone: %v", err)
	}
	if opened, err := h.Open(t.Context(), turn.SessionID); err != nil || len(opened.Notices) != 1 {
		t.Errorf("opened: %+v, %v", opened, err)
	}
}

// A crash before, within or after any call of the store leaves one bot, the old
// or the new, and a session that finishes.
func TestReconfigureSurvivesACrashAtEveryCall(t *testing.T) {
	for at := 1; ; at++ {
		for _, after := range []bool{false, true} {
			store := &crashing{}
			h := newHouse(t, func(s builder.Store) builder.Store { store.Store = s; return store })
			slug := h.made("A bot that reviews Go code")
			turn := h.set(h.reconfigure(slug), builder.FieldTone, builder.Text("salty"))
			before := filesIn(t, h.path(slug))
			store.at, store.calls, store.after = at, 0, after
			_, err := h.Finish(t.Context(), turn.SessionID, turn.Revision, true)
			store.at = 0
			if err == nil {
				if at == 1 {
					t.Fatal("nothing was interrupted")
				}
				return
			}
			now := filesIn(t, h.path(slug))
			if changed := strings.Contains(now["SOUL.md"], "salty"); !changed && !cmp.Equal(before, now) {
				t.Fatalf("call %d: the bot is neither the old nor the new one", at)
			}
			again := h.reconfigure(slug) // finds the session, or the finished bot
			if again.SessionID == turn.SessionID && again.Kind == forge.Ready {
				h.finish(again)
			}
			if !strings.Contains(h.read(slug, "SOUL.md"), "salty") {
				t.Errorf("call %d: the change is lost", at)
			}
			if _, err := h.store.LoadMemory(t.Context(), turn.SessionID); err != nil {
				t.Errorf("call %d: %v", at, err)
			}
			kept := 0
			entries, err := os.ReadDir(h.dir)
			must(t, err)
			for _, e := range entries {
				if strings.HasPrefix(e.Name(), ".replaced-"+turn.SessionID.String()) {
					kept++
				}
			}
			if kept != 1 {
				t.Errorf("call %d: %d old folders were kept", at, kept)
			}
		}
	}
}
