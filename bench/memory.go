package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/recall"
)

const (
	workRecall  = "newest 10 of a category"
	workSuggest = "suggest"
	workOwners  = "suggest, all entries shared" // by the number of owners

	recalled       = 10
	leastEntries   = 10_000
	entriesOfOwner = 100
)

// measureRecall compares the newest entries of a category among few and many.
func (b *bench) measureRecall(ctx context.Context) (err error) {
	c := contest{name: "recall", rounds: 4 * b.rounds}
	for _, entries := range tenfold(leastEntries, b.largest) {
		db, err := b.memory(ctx, 1, entries)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		store := db.Owner(ownerOf(0))
		c.sides = append(c.sides, side{series: series{Work: workRecall, Side: ours, At: entries, Unit: inSeconds},
			round: b.repeat(50, func(ctx context.Context, _ int) error {
				page, err := store.Recall(ctx, builder.MemoryQuery{Category: &builder.Coding, Limit: recalled})
				if err == nil && len(page.Entries) != recalled {
					err = fmt.Errorf("%d entries of the category, not %d", len(page.Entries), recalled)
				}
				return err
			})})
	}
	return b.compete(ctx, c)
}

// measureSuggest compares suggestions from few entries and many, and from as
// many that are one owner's with as many that are shared among owners.
func (b *bench) measureSuggest(ctx context.Context) (err error) {
	type file struct {
		work                string
		at, owners, entries int // entries of each owner
	}
	var files []file
	for _, entries := range tenfold(leastEntries, b.largest) {
		files = append(files, file{workSuggest, entries, 1, entries})
	}
	files = append(files, file{workOwners, 1, 1, b.largest}, file{workOwners, b.largest / entriesOfOwner, b.largest / entriesOfOwner, entriesOfOwner})
	c := contest{name: "suggest", rounds: 4 * b.rounds}
	for _, f := range files {
		db, err := b.memory(ctx, f.owners, f.entries)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		now := timeOf(f.owners*f.entries).AddDate(0, 1, 0)
		guide := forge.New(db.Owner(ownerOf(f.owners/2)), forge.Options{Now: func() time.Time { return now }})
		c.sides = append(c.sides, side{series: series{Work: f.work, Side: ours, At: f.at, Unit: inSeconds},
			round: b.repeat(5, func(ctx context.Context, n int) error {
				s, err := guide.Suggest(ctx, descriptionOf(n*7919+3))
				if err == nil && len(s.Suggestions) == 0 {
					err = errors.New("nothing was suggested")
				}
				return err
			})})
	}
	return b.compete(ctx, c)
}

// memory is a database with so many entries of each of so many owners.
func (b *bench) memory(ctx context.Context, owners, entries int) (builder.Database, error) {
	return b.engine.filled(ctx, fmt.Sprintf("memory-%d-%d", owners, entries), func(db builder.Database) error {
		return b.putRows(ctx, number(owners*entries)+" entries", db, owners*entries, func(n int) (builder.Row, error) {
			return entryRow(n, ownerOf(n%owners))
		})
	})
}

func ownerOf(n int) string { return fmt.Sprintf("owner-%05d", n) }

func entryRow(n int, owner string) (builder.Row, error) {
	text := descriptionOf(n)
	random := rand.New(rand.NewPCG(uint64(n), 2))
	e := builder.MemoryEntry{
		ID: idOf(n), Description: text, Category: recall.Classify(text).Category, CreatedAt: timeOf(n),
		Choices: map[string]builder.Choice{
			builder.FieldTone:   {Value: builder.Text(pick(random, "formal", "technical", "friendly", "direct")), Source: builder.Chosen},
			builder.FieldModel:  {Value: builder.Text(pick(random, "model-large", "model-small", "model-tiny")), Source: builder.Chosen},
			builder.FieldSkills: {Value: builder.List(pick(random, "code-review", "testing"), pick(random, "web-search", "reading")), Source: builder.Chosen},
		},
	}
	encoded, err := builder.EncodeEntry(e)
	return builder.Row{Owner: owner, Memory: &builder.StoredEntry{ID: e.ID, CreatedAt: e.CreatedAt, Entry: encoded}}, err
}

func pick(random *rand.Rand, values ...string) string { return values[random.IntN(len(values))] }

// purposes are what the bots of the files are for.
var purposes = []string{
	"reviews code and finds bugs", "writes unit tests", "writes stories for children", "writes marketing copy",
	"explains research papers", "analyses sales data and reports", "answers customers about orders", "sorts e-mail and reminders",
}

// descriptionOf is the text of entry n: a purpose, common to an eighth of all,
// and words whose frequencies fall as those of a language do.
func descriptionOf(n int) string {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	var text strings.Builder
	fmt.Fprintf(&text, "A bot that %s for the %s team ", purposes[random.IntN(len(purposes))], word(random))
	text.WriteString(words(random, 8))
	return text.String()
}
