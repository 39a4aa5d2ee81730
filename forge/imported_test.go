package forge_test

import (
	"os"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// What a bot leaves open on purpose stays open and is not asked about.
func TestReconfigureKeepsWhatIsOpen(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.answerAll(h.start("A bot that reviews Go code"))
	turn = h.set(turn, builder.FieldBoundaries, builder.Value{})
	slug := h.finish(h.set(turn, builder.FieldSkills, builder.Value{})).Bot.Slug
	turn = h.reconfigure(slug)
	if v := values(turn); turn.Kind != forge.Ready || !v[builder.FieldBoundaries].IsZero() || !v[builder.FieldSkills].IsZero() {
		t.Fatalf("turn = %+v", turn)
	}
	h.finish(turn)
	if identity := h.read(slug, "IDENTITY.md"); strings.Contains(identity, "\nboundaries:") {
		t.Errorf("boundaries were filled in:\n%s", identity)
	}
	if skills := h.read(slug, "skills.toml"); strings.Contains(skills, "[[skills]]") {
		t.Errorf("skills were filled in:\n%s", skills)
	}
}

// An imported answer that is taken back is proposed as the bot has it, not as
// it would be by default.
func TestReconfigureBackProposesTheBotsValue(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.answerAll(h.start("A bot that reviews Go code"))
	slug := h.finish(h.set(turn, builder.FieldSkills, builder.List("my-own", "bird-watching"))).Bot.Slug
	turn = h.reconfigure(slug)
	for values(turn)[builder.FieldSkills] != (builder.Value{}) {
		var err error
		if turn, err = h.Back(t.Context(), turn.SessionID, turn.Revision); err != nil {
			t.Fatal(err)
		}
	}
	if v := turn.Question.Previous; v != builder.List("my-own", "bird-watching") {
		t.Errorf("%s: proposed %v", turn.Question.Field, v)
	}
}

// A skill that the catalogue has lost, and that the person stands by, keeps its
// text: there is no other to put in its place.
func TestReconfigureKeepsTheTextOfALostSkill(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.answerAll(h.start("A bot that reviews Go code"))
	slug := h.finish(h.set(turn, builder.FieldSkills, builder.List("code-review"))).Bot.Slug
	// As if the catalogue had called it otherwise then, and lost it since.
	must(t, os.Rename(h.path(slug, "skills", "code-review"), h.path(slug, "skills", "lost")))
	h.edit("code-review", "lost", slug, "skills", "lost", "SKILL.md")
	h.edit("name = 'code-review'", "name = 'lost'", slug, "skills.toml")
	h.edit("skills/code-review", "skills/lost", slug, "skills.toml")
	h.edit("skills/code-review/", "skills/lost/", slug, "IDENTITY.md")
	before := h.read(slug, "skills", "lost", "SKILL.md")
	turn = h.reconfigure(slug)
	if turn.Kind != forge.Ask || turn.Question.Field != builder.FieldSkills || len(turn.Notices) != 1 {
		t.Fatalf("turn = %+v", turn)
	}
	h.finish(h.set(turn, builder.FieldSkills, builder.List("lost")))
	if now := h.read(slug, "skills", "lost", "SKILL.md"); now != before {
		t.Errorf("its text became\n%s", now)
	}
}

// A change of a bot is no decision for what it leaves as it was.
func TestReconfigureKeepsHowValuesCameToBe(t *testing.T) {
	h := newHouse(t, nil)
	turn := h.start("A bot that reviews Go code")
	turn, err := h.AnswerRest(t.Context(), turn.SessionID, turn.Revision)
	must(t, err)
	first := h.finish(turn)
	turn = h.reconfigure(first.Bot.Slug)
	changed := h.finish(h.set(turn, builder.FieldTone, builder.Text("playful")))
	entry, err := h.store.LoadMemory(t.Context(), changed.SessionID)
	must(t, err)
	if got := entry.Choices[builder.FieldTone].Source; got != builder.Chosen {
		t.Errorf("the new tone is %s", got)
	}
	if got := entry.Choices[builder.FieldModel].Source; got != builder.Default {
		t.Errorf("the model, by default before, is %s", got)
	}
	// Of a bot from elsewhere all that is known is that someone chose it.
	_, err = h.store.ForgetMemory(t.Context(), changed.SessionID)
	must(t, err)
	again := h.finish(h.set(h.reconfigure(first.Bot.Slug), builder.FieldTone, builder.Text("formal")))
	entry, err = h.store.LoadMemory(t.Context(), again.SessionID)
	must(t, err)
	if got := entry.Choices[builder.FieldModel].Source; got != builder.Imported {
		t.Errorf("the model of a bot that is not remembered is %s", got)
	}
}
