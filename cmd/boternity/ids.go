package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

const (
	// leastPrefix is how many digits an abbreviated id has at least.
	leastPrefix = 4
	// namedMatches is how many ids an ambiguous prefix is answered with.
	namedMatches = 5
	// shortID is as much of an id as lists show: with the dash, the 48 bits
	// that hold the time a session began.
	shortID = 13
)

// idPrefix is the beginning of an id, as hexadecimal digits without hyphens.
type idPrefix string

// parseID reads an id as a person gives it: whole, or its beginning.
func parseID(s string) (id uuid.UUID, prefix idPrefix, err error) {
	digits := strings.ToLower(strings.ReplaceAll(s, "-", ""))
	if strings.Trim(digits, "0123456789abcdef") != "" || len(digits) > 32 {
		return uuid.Nil, "", &builder.InvalidError{Field: "id", Problem: "is not an id, nor the beginning of one"}
	}
	if len(digits) < leastPrefix {
		return uuid.Nil, "", &builder.InvalidError{Field: "id", Problem: fmt.Sprintf("is too short: give at least %d digits", leastPrefix)}
	}
	if len(digits) == 32 {
		id, err = uuid.Parse(digits)
		return id, "", err
	}
	return uuid.Nil, idPrefix(digits), nil
}

func (p idPrefix) matches(id uuid.UUID) bool {
	return strings.HasPrefix(strings.ReplaceAll(id.String(), "-", ""), string(p))
}

// resolveDraft turns what a person gave as a draft's id into the id. A whole
// id is taken as it is, whether there is such a draft or not; a prefix is
// looked for among all the owner's drafts. Errors: builder.ErrInvalid for a
// prefix that is too short, or that several drafts share; builder.ErrNotFound.
func (a *app) resolveDraft(ctx context.Context, store builder.Store, prefix string) (uuid.UUID, error) {
	return resolve("draft", prefix, func(at builder.Cursor) (ids []uuid.UUID, next builder.Cursor, err error) {
		page, err := store.ListDrafts(ctx, builder.DraftQuery{Limit: builder.MaxPage, Cursor: at})
		for _, d := range page.Drafts {
			ids = append(ids, d.SessionID)
		}
		return ids, page.Next, err
	})
}

// resolveEntry is resolveDraft for memory entries.
func (a *app) resolveEntry(ctx context.Context, store builder.Store, prefix string) (uuid.UUID, error) {
	return resolve("memory entry", prefix, func(at builder.Cursor) (ids []uuid.UUID, next builder.Cursor, err error) {
		page, err := store.Recall(ctx, builder.MemoryQuery{Limit: builder.MaxPage, Cursor: at})
		for _, e := range page.Entries {
			ids = append(ids, e.ID)
		}
		return ids, page.Next, err
	})
}

// resolve reads a list to its end, because only then is a prefix known to be
// unique; lists are by time, not by id. It stops early when there are more
// matches than it would name.
func resolve(what, given string, page func(at builder.Cursor) ([]uuid.UUID, builder.Cursor, error)) (uuid.UUID, error) {
	id, prefix, err := parseID(given)
	if err != nil || prefix == "" {
		return id, err
	}
	var found []uuid.UUID
	for at := builder.Cursor(""); len(found) <= namedMatches; {
		ids, next, err := page(at)
		if err != nil {
			return uuid.Nil, err
		}
		for _, id := range ids {
			if prefix.matches(id) {
				found = append(found, id)
			}
		}
		if at = next; at == "" {
			break
		}
	}
	switch len(found) {
	case 0:
		return uuid.Nil, fmt.Errorf("%s %s…: %w", what, given, builder.ErrNotFound)
	case 1:
		return found[0], nil
	}
	return uuid.Nil, &builder.InvalidError{Field: "id", Problem: fmt.Sprintf("%s… is the beginning of several: %s", prefix, several(found))}
}

func several(ids []uuid.UUID) string {
	texts := make([]string, 0, namedMatches+1)
	for i, id := range ids {
		if i == namedMatches {
			texts = append(texts, "…")
			break
		}
		texts = append(texts, id.String())
	}
	return strings.Join(texts, ", ")
}

// shortIDs are ids as a list shows them: their beginnings, or, where two of the
// list share that, all of them whole.
func shortIDs(ids []uuid.UUID) []string {
	texts := make([]string, len(ids))
	seen := map[string]bool{}
	for i, id := range ids {
		texts[i] = id.String()[:shortID]
		seen[texts[i]] = true
	}
	if len(seen) < len(ids) {
		for i, id := range ids {
			texts[i] = id.String()
		}
	}
	return texts
}
