package sqlite

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// joinTerms writes terms as builder_memory keeps them. No term holds a line
// end: it would not be a word.
func joinTerms(terms []string) string { return strings.Join(terms, "\n") }

func splitTerms(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, "\n")
}

func insertTerms(c *conn, owner int64, id uuid.UUID, at time.Time, terms []string) error {
	for _, term := range terms {
		if _, err := c.exec(`INSERT INTO builder_memory_terms (owner, term, created_at, id) VALUES (?, ?, ?, ?)`, owner, term, at.UnixMicro(), id[:]); err != nil {
			return err
		}
		if _, err := c.exec(`INSERT INTO builder_term_counts (owner, term, entries) VALUES (?, ?, 1)
			ON CONFLICT (owner, term) DO UPDATE SET entries = entries + 1`, owner, term); err != nil {
			return err
		}
	}
	return nil
}

// deleteTerms removes an entry's terms and returns how many there were.
func deleteTerms(c *conn, owner int64, id []byte, at int64, terms []string) (deleted int64, err error) {
	for _, term := range terms {
		n, err := c.exec(`DELETE FROM builder_memory_terms WHERE owner = ? AND term = ? AND created_at = ? AND id = ?`, owner, term, at, id)
		if err != nil {
			return 0, err
		}
		deleted += n
		if err := uncount(c, owner, term, n); err != nil {
			return 0, err
		}
	}
	return deleted, nil
}

func uncount(c *conn, owner int64, term string, n int64) error {
	if _, err := c.exec(`UPDATE builder_term_counts SET entries = entries - ? WHERE owner = ? AND term = ?`, n, owner, term); err != nil {
		return err
	}
	_, err := c.exec(`DELETE FROM builder_term_counts WHERE owner = ? AND term = ? AND entries <= 0`, owner, term)
	return err
}

// searchTerms removes the terms of an entry whose own row does not say any
// more which they are.
func searchTerms(c *conn, owner int64, id []byte) (deleted int64, err error) {
	var term text
	var terms []string
	err = c.each(`SELECT term FROM builder_memory_terms WHERE owner = ? AND id = ?`, []any{owner, id}, []any{&term}, func() (bool, error) {
		terms = append(terms, term.value)
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	for _, term := range terms {
		n, err := c.exec(`DELETE FROM builder_memory_terms WHERE owner = ? AND term = ? AND id = ?`, owner, term, id)
		if err != nil {
			return 0, err
		}
		deleted += n
		if err := uncount(c, owner, term, n); err != nil {
			return 0, err
		}
	}
	return deleted, nil
}

// heldTerm is a term that the owner's entries hold, and how many do.
type heldTerm struct {
	term    string
	entries int64
}

func (s *store) RecallSimilar(ctx context.Context, terms []string, limit int) (entries []builder.MemoryEntry, err error) {
	size := builder.PageSize(limit)
	err = s.snapshot(ctx, func(c *conn) error {
		var owner int64
		found, err := c.one(`SELECT owner FROM builder_owners WHERE name = ?`, []any{s.owner}, &owner)
		if err != nil || !found || size == 0 {
			return err
		}
		rarest, err := rarestTerms(c, owner, terms)
		if err != nil {
			return err
		}
		positions, err := newestOf(c, owner, rarest, size)
		if err != nil {
			return err
		}
		for _, p := range positions {
			e, found, err := s.entry(c, p.ID)
			if err != nil {
				return err
			}
			if found {
				entries = append(entries, e)
			}
		}
		return nil
	})
	return entries, err
}

// rarestTerms picks from the given terms those that the fewest entries hold.
func rarestTerms(c *conn, owner int64, terms []string) ([]heldTerm, error) {
	var held []heldTerm
	terms = slices.Clone(terms)
	slices.Sort(terms)
	for _, term := range slices.Compact(terms) {
		var entries integer
		found, err := c.one(`SELECT entries FROM builder_term_counts WHERE owner = ? AND term = ?`, []any{owner, term}, &entries)
		if err != nil {
			return nil, err
		}
		if found {
			held = append(held, heldTerm{term, entries.value})
		}
	}
	slices.SortFunc(held, func(a, b heldTerm) int {
		return cmp.Or(cmp.Compare(a.entries, b.entries), cmp.Compare(a.term, b.term))
	})
	return held[:min(len(held), builder.SimilarTerms)], nil
}

const entriesOfTerm = `SELECT created_at, id FROM builder_memory_terms
	WHERE owner = ? AND term = ? ORDER BY created_at DESC, id DESC LIMIT ?`

// newestOf takes the newest entries of the first term, then of the next, until
// it has enough, and returns them newest first.
func newestOf(c *conn, owner int64, terms []heldTerm, size int) ([]builder.Position, error) {
	var found []builder.Position
	taken := map[uuid.UUID]bool{}
	for _, t := range terms {
		var created integer
		var id blob
		// Those taken already are at most size, so this many are enough.
		err := c.each(entriesOfTerm,
			[]any{owner, t.term, size}, []any{&created, &id}, func() (bool, error) {
				var read columns
				p := builder.Position{At: time.UnixMicro(created.value).UTC(), ID: read.uuid("id", id)}
				if !taken[p.ID] && len(found) < size {
					taken[p.ID] = true
					found = append(found, p)
				}
				return len(found) < size, nil
			})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b builder.Position) int {
		if a.Before(b.At, b.ID) {
			return -1
		}
		return 1
	})
	return found, nil
}
