package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/recall"
	"github.com/boternity/boternity/sqlite"
)

// begun is when the first entry was finished; the others follow a minute apart.
var begun = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)

const batch = 5000 // entries put at once

// build makes a file with so many owners and entries of each, unless it is
// there. One that was interrupted is built anew.
func build(ctx context.Context, path string, owners, entries int) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	unfinished := path + ".building"
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.RemoveAll(unfinished + suffix); err != nil {
			return err
		}
	}
	db, err := sqlite.Open(ctx, unfinished, sqlite.Options{})
	if err != nil {
		return err
	}
	if err := errors.Join(fill(ctx, db, owners, entries), db.Close()); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}

func fill(ctx context.Context, db builder.Database, owners, entries int) error {
	total := owners * entries
	start := time.Now()
	rows := make([]builder.Row, 0, batch)
	for n := range total {
		row, err := entryRow(n, ownerName(n%owners))
		if err != nil {
			return err
		}
		rows = append(rows, row)
		if len(rows) < batch && n < total-1 {
			continue
		}
		if _, err := db.PutRows(ctx, rows, builder.PutOptions{}); err != nil {
			return err
		}
		rows = rows[:0]
		if (n+1)%(20*batch) == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d entries, %v\n", n+1, total, time.Since(start).Round(time.Second))
		}
	}
	return nil
}

func ownerName(n int) string { return fmt.Sprintf("owner-%05d", n) }

func entryRow(n int, owner string) (builder.Row, error) {
	id := uuid.UUID{6: 0x70, 8: 0x80}
	binary.BigEndian.PutUint64(id[8:], uint64(n)|1<<63)
	text := description(n)
	random := rand.New(rand.NewPCG(uint64(n), 2))
	e := builder.MemoryEntry{
		ID: id, Description: text, Category: recall.Classify(text).Category, CreatedAt: begun.Add(time.Duration(n) * time.Minute),
		Choices: map[string]builder.Choice{
			builder.FieldTone:   {Value: builder.Text(pick(random, "formal", "technical", "friendly", "direct")), Source: builder.Chosen},
			builder.FieldModel:  {Value: builder.Text(pick(random, "model-large", "model-small", "model-tiny")), Source: builder.Chosen},
			builder.FieldSkills: {Value: builder.List(pick(random, "code-review", "testing"), pick(random, "web-search", "reading")), Source: builder.Chosen},
		},
	}
	encoded, err := builder.EncodeEntry(e)
	return builder.Row{Owner: owner, Memory: &builder.StoredEntry{ID: id, CreatedAt: e.CreatedAt, Entry: encoded}}, err
}

func pick(random *rand.Rand, values ...string) string { return values[random.IntN(len(values))] }

// kinds are what the bots of the files are for.
var kinds = []string{
	"reviews code and finds bugs", "writes unit tests", "writes stories for children", "writes marketing copy",
	"explains research papers", "analyses sales data and reports", "answers customers about orders", "sorts e-mail and reminders",
}

const vocabulary = 20_000 // made-up words

// description is the text of entry n: a kind, common to an eighth of all, and
// words whose frequencies fall as those of a language do.
func description(n int) string {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	var text strings.Builder
	fmt.Fprintf(&text, "A bot that %s for the %s team", kinds[random.IntN(len(kinds))], word(random))
	for range 8 {
		text.WriteByte(' ')
		text.WriteString(word(random))
	}
	return text.String()
}

// word draws from a Zipf distribution of exponent 1: the logarithm of the rank
// is even.
func word(random *rand.Rand) string {
	rank := int(math.Exp(random.Float64() * math.Log(vocabulary)))
	return "word" + strings.Map(func(r rune) rune { return 'a' + (r - '0') }, fmt.Sprint(rank))
}
