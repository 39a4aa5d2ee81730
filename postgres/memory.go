package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

const entryByID = `SELECT id, created_at, entry FROM builder_memory WHERE owner = $1 AND id = $2`

// entryColumns receives a row of builder_memory.
type entryColumns struct {
	id      uuid.UUID
	created int64
	entry   []byte
}

func (c *entryColumns) all() []any { return []any{&c.id, &c.created, &c.entry} }

func (c *entryColumns) stored() builder.StoredEntry {
	return builder.StoredEntry{ID: c.id, CreatedAt: moment(c.created), Entry: c.entry}
}

func (c *entryColumns) decoded() builder.MemoryEntry {
	return builder.DecodeEntry(c.id, moment(c.created), c.entry)
}

func (s *store) entry(c *call, id uuid.UUID) (e builder.MemoryEntry, found bool, err error) {
	var cols entryColumns
	if found, err = c.one(entryByID, []any{s.owner, id}, cols.all()...); found {
		e = cols.decoded()
	}
	return e, found, err
}

func (s *store) RecordMemory(ctx context.Context, e builder.MemoryEntry) error {
	if err := builder.CheckEntry(e); err != nil {
		return err
	}
	return s.change(ctx, func(c *call) error {
		_, recorded, err := s.record(c, e)
		if err != nil || recorded {
			return err
		}
		stored, found, err := s.entry(c, e.ID)
		if err != nil {
			return err
		}
		if !found {
			return errRaced // forgotten in this very moment
		}
		same, err := builder.SameEntry(stored, e)
		if err == nil && !same {
			err = builder.ForSession(e.ID, builder.ErrEntryExists)
		}
		if err != nil {
			return err
		}
		return c.touch()
	})
}

// record keeps a new entry and returns it as stored, or reports that there is
// one already.
func (s *store) record(c *call, e builder.MemoryEntry) (stored builder.MemoryEntry, recorded bool, err error) {
	if e.CreatedAt.IsZero() {
		e.CreatedAt = s.db.clock()
	}
	b, err := builder.EncodeEntry(e)
	if err != nil {
		return builder.MemoryEntry{}, false, builder.ForSession(e.ID, err)
	}
	row := builder.StoredEntry{ID: e.ID, CreatedAt: builder.StoredTime(e.CreatedAt), Entry: b}
	recorded, err = s.insertEntry(c, row)
	return builder.DecodeEntry(row.ID, row.CreatedAt, row.Entry), recorded, err
}

// An entry is added with what it is found by, unless there is one. Counts are
// raised in the order of their terms, so that two entries never wait for each
// other.
const (
	insertEntry = addEntry + raiseCounts + addedEntry
	addEntry    = `WITH added AS (
		INSERT INTO builder_memory (owner, id, created_at, category, category_key, terms, entry) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING RETURNING id
	), terms AS (
		INSERT INTO builder_memory_terms (owner, term, created_at, id) SELECT $1, term, $3, id FROM added, unnest($6::text[]) term
	)`
	raiseCounts = `, counts AS (
		INSERT INTO builder_term_counts (owner, term, entries) SELECT $1, term, 1 FROM added, unnest($6::text[]) WITH ORDINALITY t(term, place) ORDER BY place
		ON CONFLICT (owner, term) DO UPDATE SET entries = builder_term_counts.entries + 1
	)`
	addedEntry = ` SELECT 1 FROM added`
)

func (s *store) insertEntry(c *call, e builder.StoredEntry) (inserted bool, err error) {
	args, _ := entryArgs(s.owner, e)
	c.writes = true
	inserted, err = c.is(insertEntry, args...)
	c.writes = false
	return inserted, err
}

// entryArgs are those of adding an entry, and its terms. What it is found by is
// read from its bytes.
func entryArgs(owner string, e builder.StoredEntry) (args []any, terms []string) {
	read := builder.DecodeEntry(e.ID, e.CreatedAt, e.Entry)
	terms = append([]string{}, builder.Terms(read.Description)...)
	for i, t := range terms {
		terms[i] = storable(t)
	}
	slices.Sort(terms)
	terms = slices.Compact(terms)
	category := read.Category.JSONText()
	return []any{owner, e.ID, e.CreatedAt.UnixMicro(), category, key(category), terms, given(e.Entry)}, terms
}

func (s *store) FinishSession(ctx context.Context, id uuid.UUID, at builder.Revision, e builder.MemoryEntry) (finished builder.MemoryEntry, err error) {
	if err := builder.CheckEntry(e); err != nil {
		return builder.MemoryEntry{}, err
	}
	if e.ID != id {
		return builder.MemoryEntry{}, &builder.InvalidError{Field: "id", Problem: "is not that of the session"}
	}
	err = s.change(ctx, func(c *call) error {
		// The draft's lock comes first: whoever waited for it sees how the
		// session ended.
		row, found, err := lockDraft(c, s.owner, id)
		if err != nil {
			return err
		}
		stored, ended, err := s.entry(c, id)
		if err == nil && ended {
			finished = stored
			return c.touch()
		}
		if err != nil {
			return err
		}
		if gone, err := isGone(c, s.owner, id); err != nil || gone || !found {
			return orGone(err, id)
		}
		if err := row.MayFinish(at); err != nil {
			return err
		}
		recorded, first, err := s.record(c, e)
		if err != nil {
			return err
		}
		if !first {
			return errRaced // with whoever recorded an entry of this id
		}
		finished = recorded
		if err := removeDraft(c, s.owner, id); err != nil {
			return err
		}
		return bury(c, goneKey(s.owner, id), true, s.db.clock())
	})
	return finished, err
}

func (s *store) LoadMemory(ctx context.Context, id uuid.UUID) (e builder.MemoryEntry, err error) {
	err = s.read(ctx, func(c *call) error {
		stored, found, err := s.entry(c, id)
		if err == nil && !found {
			err = builder.ForSession(id, builder.ErrNotFound)
		}
		e = stored
		return err
	})
	return e, err
}

// The condition on the time leaves nothing out; see the first migration for why.
// A category is told by its digest alone: with the text beside it the planner
// would expect too few rows.
const (
	entriesFrom     = `SELECT id, created_at, entry FROM builder_memory WHERE owner = $1 AND created_at >= -62167219200000000`
	ofCategory      = ` AND category_key = $3`
	entriesTo       = ` AND (created_at, id) < ($3, $4)`
	entriesToOfKind = ` AND (created_at, id) < ($4, $5)`
	newestFirst     = ` ORDER BY created_at DESC, id DESC`
)

func (s *store) Recall(ctx context.Context, q builder.MemoryQuery) (page builder.MemoryPage, err error) {
	after, resumed, err := builder.ParsePosition(builder.ListOfMemory, q.Cursor)
	if err != nil {
		return builder.MemoryPage{}, err
	}
	size := builder.PageSize(q.Limit)
	query, to, args := entriesFrom, entriesTo, []any{s.owner, size + 1}
	if q.Category != nil {
		query, to, args = query+ofCategory, entriesToOfKind, append(args, key(q.Category.JSONText()))
	}
	if resumed {
		query, args = query+to, append(args, after.At.UnixMicro(), after.ID)
	}
	err = s.read(ctx, func(c *call) error {
		if size == 0 {
			return nil
		}
		page = builder.MemoryPage{}
		var cols entryColumns
		var last builder.Position // by the row, which need not agree with the entry's own words
		return c.each(limited(query+newestFirst, size+1), args, cols.all(), func() error {
			if len(page.Entries) == size {
				page.Next = last.Cursor(builder.ListOfMemory)
				return nil
			}
			last = builder.Position{At: moment(cols.created), ID: cols.id}
			page.Entries = append(page.Entries, cols.decoded())
			return nil
		})
	})
	return page, err
}

// similarEntries takes the newest entries of the rarest term, then of the next,
// until it has enough. An entry counts where it comes first. OFFSET 0 keeps each
// look-up one by a whole key, whatever the statistics make of the terms. Limits
// in the text and terms in a SELECT are estimated alike whatever they are, so
// that the plan is kept.
func similarEntries(size int) string {
	return fmt.Sprintf(`WITH rarest AS (
		SELECT given.term, held.entries FROM (SELECT DISTINCT unnest((SELECT $2::text[])) COLLATE "C" AS term) given, LATERAL (
			SELECT entries FROM builder_term_counts c WHERE c.owner = $1 AND c.term = given.term OFFSET 0) held
		ORDER BY held.entries, given.term LIMIT %[2]d
	), candidates AS (
		SELECT rarest.entries, rarest.term, newest.created_at, newest.id FROM rarest, LATERAL (
			SELECT created_at, id FROM builder_memory_terms t WHERE t.owner = $1 AND t.term = rarest.term
			ORDER BY created_at DESC, id DESC LIMIT %[1]d) newest
	), first AS (
		SELECT DISTINCT ON (id) entries, term, created_at, id FROM candidates ORDER BY id, entries, term
	), picked AS (
		SELECT created_at, id FROM first ORDER BY entries, term, created_at DESC, id DESC LIMIT %[1]d
	)
	SELECT entry.id, entry.created_at, entry.entry FROM picked, LATERAL (
		SELECT id, created_at, entry FROM builder_memory m WHERE m.owner = $1 AND m.id = picked.id OFFSET 0) entry
	ORDER BY picked.created_at DESC, picked.id DESC`, size, builder.SimilarTerms)
}

func (s *store) RecallSimilar(ctx context.Context, terms []string, limit int) (entries []builder.MemoryEntry, err error) {
	size := builder.PageSize(limit)
	err = s.read(ctx, func(c *call) error {
		if size == 0 || len(terms) == 0 {
			return nil
		}
		entries = nil
		var cols entryColumns
		return c.each(similarEntries(size), []any{s.owner, held(terms)}, cols.all(), func() error {
			entries = append(entries, cols.decoded())
			return nil
		})
	})
	return entries, err
}

// held leaves out terms that no entry can hold.
func held(terms []string) []string {
	return slices.DeleteFunc(slices.Clone(terms), func(t string) bool { return t != storable(t) })
}

// ForgetMemory counts as DeleteDraft does.
func (s *store) ForgetMemory(ctx context.Context, id uuid.UUID) (forgotten bool, err error) {
	seen := false
	err = s.change(ctx, func(c *call) error {
		found, _, err := removeEntry(c, s.owner, id)
		if err != nil {
			return err
		}
		forgotten = found || c.doubt && seen
		if seen = found; !found {
			return c.touch()
		}
		return bury(c, goneKey(s.owner, id), true, s.db.clock())
	})
	return forgotten && err == nil, err
}

// removeEntry removes an entry with its terms, and says how many those were.
func removeEntry(c *call, owner string, id uuid.UUID) (found bool, terms int64, err error) {
	var held []string
	var created int64
	found, err = c.one(`DELETE FROM builder_memory WHERE owner = $1 AND id = $2 RETURNING terms, created_at`, []any{owner, id}, &held, &created)
	if err != nil || !found || len(held) == 0 {
		return found, 0, err
	}
	slices.Sort(held)
	terms, err = c.exec(`DELETE FROM builder_memory_terms WHERE owner = $1 AND term = ANY($2::text[]) AND created_at = $3 AND id = $4`, owner, held, created, id)
	if err != nil {
		return found, 0, err
	}
	if _, err := c.exec(`SELECT FROM builder_term_counts WHERE owner = $1 AND term = ANY($2::text[]) ORDER BY term FOR UPDATE`, owner, held); err != nil {
		return found, 0, err
	}
	if _, err := c.exec(`UPDATE builder_term_counts SET entries = entries - 1 WHERE owner = $1 AND term = ANY($2::text[])`, owner, held); err != nil {
		return found, 0, err
	}
	_, err = c.exec(`DELETE FROM builder_term_counts WHERE owner = $1 AND term = ANY($2::text[]) AND entries <= 0`, owner, held)
	return found, terms, err
}
