package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/google/uuid"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/memstore"
)

// rehearse is a dry run: the session is led over a store in memory, and the
// files are printed.
func (b *build) rehearse(ctx context.Context) error {
	known, err := b.loadCatalog()
	if err != nil {
		return err
	}
	bots, err := b.botsToRead()
	if err != nil {
		return err
	}
	if bots != nil {
		defer bots.Close() //nolint:errcheck // it was only read
	}
	return b.withRehearsal(ctx, func(store *rehearsal) error {
		b.store, b.guide = store, forge.New(store, forge.Options{Catalog: known, Bots: bots})
		turn, err := b.begin(ctx)
		if err != nil {
			return err
		}
		switch turn.Kind {
		case forge.ViewOnly:
			return &viewOnlyError{turn.SessionID, turn.Reason}
		case forge.Finished:
			return b.finished(turn)
		}
		if b.from != "" && b.given == nil && turn.Kind == forge.Ready {
			b.tellNotices(turn)
		}
		if b.given != nil {
			turn, err = b.apply(ctx, turn)
		}
		switch {
		case err != nil:
		case b.yes && turn.Kind == forge.Ask:
			_, err = b.guide.AnswerRest(ctx, turn.SessionID, turn.Revision)
		case b.given == nil && !b.resuming():
			err = b.rehearseQuestions(ctx, turn)
		}
		if errors.Is(err, errEnded) {
			return errRehearsalStopped
		}
		if err != nil {
			return err
		}
		return b.printFiles(ctx, turn.SessionID)
	})
}

// botsToRead is the folder of a bot that is changed, or may be. Nothing is made
// where there is none.
func (b *build) botsToRead() (*bot.Folder, error) {
	if b.from == "" && !b.resuming() {
		return nil, nil
	}
	dir, err := b.botsDir(b.bots)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return bot.OpenFolder(dir)
}

var errRehearsalStopped = errors.New("stopped; a dry run stores nothing")

// rehearseQuestions asks until nothing is left to ask. At the end of input the
// rest stays as it would be by default: printing it accepts nothing.
func (b *build) rehearseQuestions(ctx context.Context, turn forge.Turn) error {
	for turn.Kind == forge.Ask {
		next, err := b.askQuestion(ctx, turn)
		if errors.Is(err, errEnded) && !errors.Is(err, errQuit) && !isClosed(b.ended) {
			return nil
		}
		if err != nil {
			return err
		}
		turn = next
	}
	return nil
}

// printFiles prints the bot's files on standard output.
func (b *build) printFiles(ctx context.Context, id uuid.UUID) error {
	files, err := b.guide.Files(ctx, id)
	if err != nil {
		return err
	}
	if !b.json {
		_, err := b.stdout.Write([]byte(filesText(files)))
		return err
	}
	type file struct {
		Path    string `json:"path"`
		Content string `json:"content"`
	}
	printed := struct {
		Files []file `json:"files"`
	}{Files: []file{}}
	for _, f := range files {
		printed.Files = append(printed.Files, file{f.Path, string(f.Content)})
	}
	return b.printJSON(printed)
}

// filesText is every file under a line that names it.
func filesText(files []bot.File) string {
	var out strings.Builder
	for _, f := range files {
		fmt.Fprintf(&out, "==> %s <==\n%s\n", escape(f.Path), escape(string(f.Content)))
	}
	return out.String()
}

// rehearsal is a store whose drafts are in memory and whose memory entries are
// the owner's real ones, which it only reads.
type rehearsal struct {
	builder.Store // in memory

	memory *memstore.Database
	owner  string
	real   builder.Store // an empty one where there is no database yet
}

func newRehearsal(owner string) *rehearsal {
	memory := memstore.New(memstore.Options{})
	nothing := memstore.New(memstore.Options{}).Owner(owner)
	return &rehearsal{Store: memory.Owner(owner), memory: memory, owner: owner, real: nothing}
}

// LoadDraft returns the draft in memory, which begins as a copy of the real
// one.
func (r *rehearsal) LoadDraft(ctx context.Context, id uuid.UUID) (builder.Draft, error) {
	d, err := r.Store.LoadDraft(ctx, id)
	if !errors.Is(err, builder.ErrNotFound) {
		return d, err
	}
	if d, err = r.real.LoadDraft(ctx, id); err != nil {
		return d, err
	}
	_, err = r.memory.PutRows(ctx, []builder.Row{{Owner: r.owner, Draft: &d}}, builder.PutOptions{})
	return d, err
}

func (r *rehearsal) ListDrafts(ctx context.Context, q builder.DraftQuery) (builder.DraftPage, error) {
	return r.real.ListDrafts(ctx, q)
}

func (r *rehearsal) LoadMemory(ctx context.Context, id uuid.UUID) (builder.MemoryEntry, error) {
	return r.real.LoadMemory(ctx, id)
}

func (r *rehearsal) Recall(ctx context.Context, q builder.MemoryQuery) (builder.MemoryPage, error) {
	return r.real.Recall(ctx, q)
}

func (r *rehearsal) RecallSimilar(ctx context.Context, terms []string, limit int) ([]builder.MemoryEntry, error) {
	return r.real.RecallSimilar(ctx, terms, limit)
}

func (r *rehearsal) Preferences(ctx context.Context) (builder.Preferences, error) {
	return r.real.Preferences(ctx)
}

// withRehearsal runs do over a rehearsal, which changes nothing: it opens the
// database for reading only, and not at all where there is none.
func (b *build) withRehearsal(ctx context.Context, do func(*rehearsal) error) error {
	if err := builder.CheckOwner(b.owner); err != nil {
		return err
	}
	name, err := b.databaseName()
	if err != nil {
		return err
	}
	store := newRehearsal(b.owner)
	db, err := openDatabase(ctx, name, toRead)
	if errors.Is(err, fs.ErrNotExist) {
		return do(store)
	}
	if isOlder(err) && !b.resuming() {
		b.tell("The database has not been brought up to date yet; this dry run goes without it.")
		return do(store)
	}
	if err != nil {
		return err
	}
	store.real = db.Owner(b.owner)
	return thenClose(db, do(store))
}
