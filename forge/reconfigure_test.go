package forge_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/forge"
)

func (h *house) reconfigure(slug string) forge.Turn {
	h.t.Helper()
	turn, err := h.Reconfigure(h.t.Context(), slug)
	if err != nil {
		h.t.Fatal(err)
	}
	return turn
}

// set answers a field, asked or not.
func (h *house) set(turn forge.Turn, field string, v builder.Value) forge.Turn {
	h.t.Helper()
	next, err := h.Answer(h.t.Context(), turn.SessionID, turn.Revision, forge.Answer{Field: field, Value: v})
	if err != nil {
		h.t.Fatal(err)
	}
	return next
}

// made builds a bot and returns its folder's name.
func (h *house) made(description string) string {
	h.t.Helper()
	return h.finish(h.answerAll(h.start(description))).Bot.Slug
}

func (h *house) path(elements ...string) string {
	return filepath.Join(append([]string{h.dir}, elements...)...)
}

func (h *house) read(elements ...string) string {
	h.t.Helper()
	b, err := os.ReadFile(h.path(elements...))
	must(h.t, err)
	return string(b)
}

// edit replaces a text that must be in the file.
func (h *house) edit(old, new string, elements ...string) {
	h.t.Helper()
	content := h.read(elements...)
	if !strings.Contains(content, old) {
		h.t.Fatalf("%v has no %q:\n%s", elements, old, content)
	}
	must(h.t, os.WriteFile(h.path(elements...), []byte(strings.Replace(content, old, new, 1)), 0o600))
}

func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	must(t, filepath.WalkDir(dir, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := os.ReadFile(at)
		name, _ := filepath.Rel(dir, at)
		files[filepath.ToSlash(name)] = string(b)
		return err
	}))
	return files
}

// values are what a turn's preview shows as decided.
func values(turn forge.Turn) map[string]builder.Value {
	all := map[string]builder.Value{}
	for _, l := range turn.Preview {
		if l.Decided && !l.Value.IsZero() {
			all[l.Field] = l.Value
		}
	}
	return all
}

// Every value of a bot of any category comes back, nothing is asked, and
// finishing without a change leaves every file as it was, but for the session
// and the fingerprint, which says what the session has rendered.
func TestReconfigureChangesNothingByItself(t *testing.T) {
	for _, description := range descriptions {
		h := newHouse(t, nil)
		ready := h.answerAll(h.start(description))
		t.Run(ready.Category.Name(), func(t *testing.T) {
			h.t = t
			made := h.finish(ready)
			before := filesIn(t, made.Bot.Dir)
			turn := h.reconfigure(made.Bot.Slug)
			if turn.Kind != forge.Ready || turn.Phase != builder.PhaseReview || turn.Category != ready.Category || len(turn.Notices) != 0 {
				t.Fatalf("turn = %+v", turn)
			}
			entry, err := h.store.LoadMemory(t.Context(), made.SessionID)
			must(t, err)
			want := map[string]builder.Value{}
			for field, choice := range entry.Choices {
				if items, isList := choice.Value.AsList(); !isList || len(items) > 0 || field != builder.FieldSkills {
					want[field] = choice.Value
				}
			}
			if diff := cmp.Diff(want, values(turn), cmp.Comparer(func(a, b builder.Value) bool { return a == b })); diff != "" {
				t.Errorf("(-chosen +imported):\n%s", diff)
			}
			s := h.state(turn.SessionID)
			for _, field := range builder.Fields() {
				if s.Sources[field] != builder.Imported {
					t.Errorf("%s counts as %q", field, s.Sources[field])
				}
			}
			if s.Description != description {
				t.Errorf("description %q", s.Description)
			}
			again := h.finish(turn)
			after := filesIn(t, again.Bot.Dir)
			if again.Bot.Dir != made.Bot.Dir || !slices.Equal(again.Bot.Files, made.Bot.Files) {
				t.Errorf("made %+v, then %+v", made.Bot, again.Bot)
			}
			differs := []string{"session_id:", "fingerprint:"}
			for name, content := range before {
				old, now := strings.Split(content, "\n"), strings.Split(after[name], "\n")
				for i := range min(len(old), len(now)) {
					excused := slices.ContainsFunc(differs, func(p string) bool { return name == "IDENTITY.md" && strings.HasPrefix(old[i], p) })
					if old[i] != now[i] && !excused {
						t.Errorf("%s: %q became %q", name, old[i], now[i])
					}
				}
				if len(old) != len(now) {
					t.Errorf("%s has %d lines, not %d", name, len(now), len(old))
				}
			}
			if len(after) != len(before) || !strings.Contains(after["IDENTITY.md"], again.SessionID.String()) {
				t.Errorf("the files are %d", len(after))
			}
			if _, err := h.store.LoadMemory(t.Context(), again.SessionID); err != nil {
				t.Error(err)
			}
			if _, err := h.store.LoadDraft(t.Context(), again.SessionID); !errors.Is(err, builder.ErrNotFound) {
				t.Errorf("the draft: %v", err)
			}
		})
	}
}

func TestReconfigureKeepsWhatPeopleWrote(t *testing.T) {
	h := newHouse(t, nil)
	slug := h.made("A bot that reviews Go code")
	h.edit("- What to call you:", "- What to call you: Ada", slug, "USER.md")
	h.edit("## Boundaries", "## Mine\n\nmy words\n\n## Boundaries", slug, "SOUL.md")
	h.edit("temperature: 0.2", "temperature: 0.35000000000000003 # mine\nowner: me", slug, "IDENTITY.md")
	must(t, os.WriteFile(h.path(slug, "notes.txt"), []byte("notes"), 0o600))
	turn := h.reconfigure(slug)
	if v := values(turn)[builder.FieldTemperature]; v != builder.Number(0.35000000000000003) {
		t.Errorf("temperature = %v", v)
	}
	turn = h.set(turn, builder.FieldName, builder.Text("Gordon"))
	turn = h.set(turn, builder.FieldTone, builder.Text("salty"))
	turn = h.set(turn, builder.FieldSkills, builder.List("code-review", "my-own"))
	files, err := h.Files(t.Context(), turn.SessionID)
	must(t, err)
	done := h.finish(turn)
	if done.Bot.Slug != slug || len(done.Notices) != 0 {
		t.Errorf("done %+v, %+v", done.Bot, done.Notices)
	}
	after := filesIn(t, done.Bot.Dir)
	for _, file := range files {
		if after[file.Path] != string(file.Content) {
			t.Errorf("%s is not what Files said: %s", file.Path, cmp.Diff(string(file.Content), after[file.Path]))
		}
	}
	for name, words := range map[string][]string{
		"USER.md":                {"- What to call you: Ada", "# Who Gordon is for"},
		"SOUL.md":                {"## Mine\n\nmy words\n\n## Boundaries", `name: "Gordon"`, "“salty”"},
		"IDENTITY.md":            {"temperature: 0.35000000000000003 # mine\nowner: me\n", "a temperature of 0.35000000000000003", `display_name: "Gordon"`},
		"notes.txt":              {"notes"},
		"skills/my-own/SKILL.md": {"# My own"},
	} {
		for _, w := range words {
			if !strings.Contains(after[name], w) {
				t.Errorf("%s lacks %q:\n%s", name, w, after[name])
			}
		}
	}
	// The bot of a name of its own can be changed again and again.
	again := h.reconfigure(slug)
	if v := values(again); v[builder.FieldName] != builder.Text("Gordon") || v[builder.FieldSkills] != builder.List("code-review", "my-own") {
		t.Errorf("values = %v", v)
	}
	h.finish(again)
}

func TestReconfigureTellsOfWordsBesideNewOnes(t *testing.T) {
	h := newHouse(t, nil)
	slug := h.made("A bot that reviews Go code")
	content := h.read(slug, "SOUL.md")
	at := strings.Index(content, "## Personality\n\n") + len("## Personality\n\n")
	h.edit(content[at:at+20], "My own account. "+content[at:at+20], slug, "SOUL.md")
	turn := h.set(h.reconfigure(slug), builder.FieldTone, builder.Text("salty"))
	done := h.finish(turn)
	soul := h.read(slug, "SOUL.md")
	if !strings.Contains(soul, "My own account.") || !strings.Contains(soul, "“salty”") {
		t.Errorf("SOUL.md is\n%s", soul)
	}
	if len(done.Notices) != 1 || !strings.HasPrefix(done.Notices[0].Text, "SOUL.md: ") {
		t.Errorf("notices: %+v", done.Notices)
	}
}

func TestReconfigureAsksWhatIsStale(t *testing.T) {
	var old catalog.Model
	for _, m := range catalog.Default().Models() {
		if m.Retired {
			old = m
		}
	}
	h := newHouse(t, nil)
	slug := h.made("A bot that reviews Go code")
	content := h.read(slug, "IDENTITY.md")
	at := strings.Index(content, "\nmodel: ") + 1
	h.edit(content[at:at+strings.Index(content[at:], "\n")], "model: "+old.ID, slug, "IDENTITY.md")
	turn := h.reconfigure(slug)
	if turn.Kind != forge.Ask || turn.Question.Field != builder.FieldModel || len(turn.Notices) != 1 || !strings.Contains(turn.Notices[0].Text, old.ID) {
		t.Fatalf("turn = %+v", turn)
	}
	if turn = h.answer(turn, builder.Text(old.ReplacedBy)); turn.Kind != forge.Ready {
		t.Errorf("then %s", turn.Kind)
	}
}

// Values that no answer may have are told, not taken.
func TestReconfigureTellsOfImpossibleValues(t *testing.T) {
	h := newHouse(t, nil)
	slug := h.made("A bot that reviews Go code")
	h.edit("temperature: 0.2", "temperature: 3", slug, "IDENTITY.md")
	turn := h.reconfigure(slug)
	if len(turn.Notices) != 1 || turn.Notices[0].Field != builder.FieldTemperature {
		t.Errorf("notices: %+v", turn.Notices)
	}
	if _, decided := values(turn)[builder.FieldTemperature]; decided {
		t.Error("the temperature was taken")
	}
	if done := h.finish(turn); !strings.Contains(h.read(slug, "IDENTITY.md"), "temperature: 0.2\n") {
		t.Errorf("finished %+v", done)
	}
}

func TestReconfigureGoesOnWithWhatWasBegun(t *testing.T) {
	h := newHouse(t, nil)
	slug, other := h.made("A bot that reviews Go code"), h.made("A bot that reviews Go code")
	turn := h.set(h.reconfigure(slug), builder.FieldTone, builder.Text("salty"))
	if again := h.reconfigure(slug); again.SessionID != turn.SessionID || again.Revision != turn.Revision {
		t.Errorf("began another: %+v", again)
	}
	if elsewhere := h.reconfigure(other); elsewhere.SessionID == turn.SessionID {
		t.Error("the session of another bot was taken")
	}
	h.finish(turn)
	if next := h.reconfigure(slug); next.SessionID == turn.SessionID || next.Kind != forge.Ready {
		t.Errorf("after finishing: %+v", next)
	}
}

func TestReconfigureBack(t *testing.T) {
	h := newHouse(t, nil)
	slug := h.made("A bot that reviews Go code")
	turn := h.reconfigure(slug)
	before := values(turn)
	back, err := h.Back(t.Context(), turn.SessionID, turn.Revision)
	if err != nil || back.Kind != forge.Ask {
		t.Fatalf("turn = %+v, %v", back, err)
	}
	v, _ := back.Question.Proposal()
	if v != before[back.Question.Field] {
		t.Errorf("%s: proposed %v, not the bot's %v", back.Question.Field, v, before[back.Question.Field])
	}
}

func TestReconfigureBoternitysBot(t *testing.T) {
	h := newHouse(t, nil)
	for name, content := range map[string]string{
		"SOUL.md":                     "---\nname: Luna: two\ntraits:\n  - precise\ntone: technical\n---\n\n# Personality\n\nYou embody a technical personality with these core traits: precise.\n\n# Purpose\n\nHelp developers write Rust code.\n\n# Boundaries\n\nOnly programming.\n",
		"IDENTITY.md":                 "---\nmodel: claude-sonnet-5-5\ntemperature: 0.1\nmax_tokens: 100\n---\n",
		"USER.md":                     "# User Context for Luna: two\n\nThis bot was created with the following purpose: A coding assistant\n\n## Preferences\n(mine)\n",
		"skills/code-review/SKILL.md": "---\nname: code-review\ndescription: Theirs\n---\n\nTheir words.\n",
		"skills.toml":                 "[skills.code-review]\nskill_name = \"code-review\"\nenabled = true\n",
	} {
		must(t, os.MkdirAll(filepath.Dir(h.path("Lüna 2", name)), 0o700))
		must(t, os.WriteFile(h.path("Lüna 2", name), []byte(content), 0o600))
	}
	turn := h.reconfigure("Lüna 2")
	if turn.Kind != forge.Ready || turn.Category != builder.Coding || len(turn.Notices) != 1 {
		t.Fatalf("turn = %+v", turn)
	}
	v := values(turn)
	for field, want := range map[string]builder.Value{
		builder.FieldName: builder.Text("Luna: two"), builder.FieldPurpose: builder.Text("Help developers write Rust code."),
		builder.FieldBoundaries: builder.Text("Only programming."), builder.FieldDescription: builder.Text("A coding assistant"),
		builder.FieldTemperature: builder.Number(0.1), builder.FieldMaxTokens: builder.Number(100), builder.FieldSkills: builder.List("code-review"),
	} {
		if v[field] != want {
			t.Errorf("%s = %v, want %v", field, v[field], want)
		}
	}
	if _, decided := v[builder.FieldTags]; decided {
		t.Error("tags were made up")
	}
	turn = h.set(turn, builder.FieldTone, builder.Text("formal"))
	done := h.finish(turn)
	after := filesIn(t, done.Bot.Dir)
	if done.Bot.Slug != "Lüna 2" || !strings.Contains(after["skills/code-review/SKILL.md"], "Their words.") || strings.Contains(after["SOUL.md"], "You embody") || !strings.Contains(after["USER.md"], "(mine)") {
		t.Errorf("files: %v", after)
	}
	if next := h.reconfigure("Lüna 2"); next.Kind != forge.Ready || values(next)[builder.FieldTone] != builder.Text("formal") {
		t.Errorf("again: %+v", next)
	}
}
