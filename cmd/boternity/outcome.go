package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// outcome is how a run of build or resume ended, as JSON.
type outcome struct {
	SessionID uuid.UUID        `json:"session_id"`
	Revision  builder.Revision `json:"revision"` // 0 for a session that had finished before
	Done      bool             `json:"done"`
	Phase     builder.Phase    `json:"phase,omitempty"`
	Next      *nextQuestion    `json:"next,omitempty"`
	Resume    string           `json:"resume,omitempty"` // the command that goes on
	Bot       *madeBot         `json:"bot,omitempty"`
}

type nextQuestion struct {
	Field    string `json:"field"`
	Question string `json:"question"`
}

type madeBot struct {
	Slug  string   `json:"slug"`
	Dir   string   `json:"dir"`
	Files []string `json:"files"`
}

// consentField is what the next question is about when all others are
// answered; it is none of the bot's.
const (
	consentField    = "yes"
	consentQuestion = "Write this bot?"
)

func next(turn forge.Turn) *nextQuestion {
	if turn.Kind == forge.Ask {
		return &nextQuestion{turn.Question.Field, turn.Question.Text}
	}
	return &nextQuestion{consentField, consentQuestion}
}

// finished tells what bot a session ended in.
func (b *build) finished(turn forge.Turn) error {
	made := turn.Bot
	b.tellNotices(turn)
	if b.json {
		files := made.Files
		if files == nil {
			files = []string{}
		}
		return b.printJSON(outcome{
			SessionID: turn.SessionID, Revision: turn.Revision, Done: true,
			Bot: &madeBot{Slug: made.Slug, Dir: made.Dir, Files: files},
		})
	}
	if made.Slug == "" {
		b.tell("Session %s has finished; no bot is known of it.", turn.SessionID)
		return nil
	}
	if made.Dir == "" {
		b.tell("Session %s has finished: its bot was called %s. It is not in the bots folder; see --bots.", turn.SessionID, made.Slug)
		return nil
	}
	b.tell("Session %s is finished: the bot %s is in", turn.SessionID, made.Slug)
	var out strings.Builder
	fmt.Fprintln(&out, escape(made.Dir))
	for _, file := range made.Files {
		fmt.Fprintf(&out, "  %s\n", escape(file))
	}
	_, err := b.stdout.Write([]byte(out.String()))
	return err
}

// stopped tells where a session stands and how to go on with it.
func (b *build) stopped(turn forge.Turn) error {
	stopped := &stoppedError{turn.SessionID}
	b.tell("")
	b.tell("Stopped. The draft is saved: session %s, revision %d", turn.SessionID, turn.Revision)
	if turn.Kind == forge.Ready {
		b.tell("Everything is answered; finishing it needs your yes, or --yes")
	}
	b.tellHowToGoOn(turn)
	if b.json {
		err := b.printJSON(outcome{
			SessionID: turn.SessionID, Revision: turn.Revision,
			Phase: turn.Phase, Next: next(turn), Resume: b.goOn(turn.SessionID),
		})
		if err != nil {
			return errors.Join(stopped, err)
		}
	}
	return stopped
}

func (b *build) tellHowToGoOn(turn forge.Turn) {
	if going(turn) {
		b.tell("Go on with: %s", b.goOn(turn.SessionID))
	}
}

// goOn is the command that goes on with a session. It is shown and logged, so it
// holds no password.
func (b *build) goOn(id uuid.UUID) string {
	command := "boternity resume " + id.String()
	for _, flag := range []struct{ name, value string }{{"--db", withoutPassword(b.db)}, {"--owner", b.owner}, {"--bots", b.bots}} {
		if flag.value != "" {
			command += " " + flag.name + " " + shellQuote(flag.value)
		}
	}
	return command
}

// shellQuote writes s so that a shell reads it as one word.
func shellQuote(s string) string {
	bare := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-:@%+=,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !bare(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// viewOnlyError is a draft that this program cannot go on with.
type viewOnlyError struct {
	sessionID uuid.UUID
	reason    error // builder.ErrNewer or builder.ErrUnreadable
}

func (e *viewOnlyError) Error() string {
	if errors.Is(e.reason, builder.ErrNewer) {
		return fmt.Sprintf("%v; a newer boternity can go on with it, and until then \"drafts show %[2]s\" and \"drafts export %[2]s\" work", e.reason, e.sessionID)
	}
	return fmt.Sprintf("%v; nothing of it is lost: look for an earlier revision with \"drafts history %[2]s\" and go back to it with \"drafts restore %[2]s REVISION\", or keep a copy with \"drafts export %[2]s\"", e.reason, e.sessionID)
}

func (e *viewOnlyError) Unwrap() error { return e.reason }

// tell writes a message for the person, and remembers when nobody can see it
// any more: a question that nobody sees is not asked.
func (b *build) tell(format string, args ...any) { b.show(fmt.Sprintf(format, args...) + "\n") }

func (b *build) show(text string) {
	if _, err := b.stderr.Write([]byte(text)); err != nil {
		b.silent = true
	}
}
