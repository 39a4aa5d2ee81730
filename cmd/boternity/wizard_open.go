package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/transfer"
)

// pickDraft asks which draft to go on with, where there are several.
func (w *wizard) pickDraft() tea.Cmd {
	var page builder.DraftPage
	return w.perform(&deed{
		what: "Looking",
		do: func(ctx context.Context) (forge.Turn, error) {
			var err error
			if page, err = w.store.ListDrafts(ctx, builder.DraftQuery{Limit: choiceOfDrafts, Cursor: w.older}); err != nil {
				return forge.Turn{}, err
			}
			switch {
			case len(page.Drafts) == 0 && w.older == "":
				return forge.Turn{}, errNoDraft()
			case len(page.Drafts) == 1 && w.older == "" && page.Next == "":
				return w.guide.Open(ctx, page.Drafts[0].SessionID)
			}
			return forge.Turn{}, nil
		},
		done: func(w *wizard, turn forge.Turn) tea.Cmd {
			if turn.SessionID != uuid.Nil {
				return w.take(turn)
			}
			return w.show(w.newPicking(page))
		},
	})
}

func (w *wizard) newPicking(page builder.DraftPage) screen {
	var choices []choice
	for _, d := range page.Drafts {
		label, fits := ago(time.Now(), d.UpdatedAt), excerpt(d.Description)
		if status := d.Status(); status != builder.StatusOK {
			fits = string(status) + ": " + fits
		}
		choices = append(choices, choice{item{label: label, mark: string(d.Phase), fits: fits}, func(w *wizard) tea.Cmd {
			return w.perform(&deed{what: "Opening", do: func(ctx context.Context) (forge.Turn, error) { return w.guide.Open(ctx, d.SessionID) }})
		}})
	}
	if page.Next != "" {
		choices = append(choices, choice{item{label: "Older drafts…"}, func(w *wizard) tea.Cmd { w.older = page.Next; return w.pickDraft() }})
	}
	if w.older != "" {
		choices = append(choices, choice{item{label: "The newest drafts…"}, func(w *wizard) tea.Cmd { w.older = ""; return w.pickDraft() }})
	}
	return newChoosing("Which session do you want to go on with?", "", 0, choices...)
}

// viewOnly is the screen of a draft that cannot be gone on with: it says why and
// what can be done with it.
func (w *wizard) viewOnly() tea.Cmd {
	turn := w.turn
	title := "This draft cannot be read"
	var choices []choice
	if errors.Is(turn.Reason, builder.ErrNewer) {
		title = "This draft was written by a newer program"
	}
	if turn.LastReadable > 0 && !w.json {
		choices = append(choices, choice{
			item{label: fmt.Sprintf("Go back to revision %d", turn.LastReadable), fits: "Saved " + ago(time.Now(), turn.ReadableAt) + "; what is stored now stays in the history."},
			func(w *wizard) tea.Cmd { return w.perform(w.restoring()) },
		})
	}
	choices = append(choices,
		choice{item{label: "See what is stored"}, func(w *wizard) tea.Cmd { return w.seeStored() }},
		choice{item{label: "Keep a copy in a file"}, func(w *wizard) tea.Cmd { return w.exportDraft() }},
		choice{item{label: "Stop; nothing is changed"}, func(w *wizard) tea.Cmd { w.end = nil; return tea.Quit }},
	)
	c := newChoosing(title, plain(turn.Reason.Error()), len(choices)-1, choices...)
	return w.show(c)
}

func (w *wizard) restoring() *deed {
	return &deed{what: "Restoring", saves: true, do: func(ctx context.Context) (forge.Turn, error) {
		return w.guide.Restore(ctx, w.turn.SessionID, w.turn.LastReadable, w.turn.Revision)
	}}
}

// seeStored shows the bytes of the draft.
func (w *wizard) seeStored() tea.Cmd {
	var text string
	return w.perform(&deed{
		what: "Reading",
		do: func(ctx context.Context) (forge.Turn, error) {
			d, err := w.store.LoadDraft(ctx, w.turn.SessionID)
			text = escape(string(d.State))
			return w.turn, err
		},
		done: func(w *wizard, _ forge.Turn) tea.Cmd {
			return w.show(newScrolling("The draft as it is stored", text, func(w *wizard) tea.Cmd { return w.viewOnly() }))
		},
	})
}

// exportDraft writes the draft as a JSON line into the folder one is in, under a
// name that nothing has yet.
func (w *wizard) exportDraft() tea.Cmd {
	path := fmt.Sprintf("draft-%s-revision-%d.jsonl", w.turn.SessionID, w.turn.Revision)
	return w.perform(&deed{
		what: "Writing the copy",
		do:   func(ctx context.Context) (forge.Turn, error) { return w.turn, w.exportOne(ctx, w.turn.SessionID, path) },
		done: func(w *wizard, _ forge.Turn) tea.Cmd {
			w.notes = []string{"A copy is in " + path + " in this folder; \"boternity drafts import\" reads it."}
			return w.viewOnly()
		},
	})
}

// exportOne writes a draft into a new file.
func (b *build) exportOne(ctx context.Context, id uuid.UUID, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return &builder.InvalidError{Field: path, Problem: "is there already; nothing was written"}
	}
	return b.withOwner(ctx, toUse, func(db builder.Database) error {
		return writeWhole(path, func(out io.Writer) error {
			_, err := transfer.ExportDrafts(ctx, db, b.owner, []uuid.UUID{id}, out)
			return err
		})
	})
}
