package postgres

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
	"github.com/boternity/boternity/internal/rules"
)

// newcomers are the put drafts, entries and revisions that the database does not
// have, as most of a copy's are. What is stored of one depends on nothing that
// may change, so its statements wait in a batch, which takes one round trip: row
// by row each would take several.
type newcomers struct {
	drafts  map[session]bool // that had neither draft nor entry as the call began, and whether they were entered
	entries map[session]bool // that had no trace either
	batch   pgx.Batch
	bytes   int              // of states and entries in it
	waiting map[session]bool // the drafts in it
	counts  map[term]int64   // of entries in it: raised together, for many have the same terms
	raced   bool             // one of them was not new any more

	// The history of the putter's last draft is its newest revision and what
	// this call adds, which waits until it is known what that comes to; where
	// the draft is new, it does too.
	grows     bool
	fresh     bool
	seen      builder.Inspection
	revisions [][]any // as arguments
}

type session struct {
	owner string
	id    uuid.UUID
}

type term struct{ owner, text string }

const (
	newDrafts = `SELECT put.owner, put.id FROM unnest($1::text[] COLLATE "C", $2::text[]::uuid[]) AS put(owner, id)
	WHERE NOT EXISTS (SELECT FROM builder_drafts d WHERE d.owner = put.owner AND d.session_id = put.id)
		AND NOT EXISTS (SELECT FROM builder_memory m WHERE m.owner = put.owner AND m.id = put.id)`
	newEntries = `SELECT put.owner, put.id FROM unnest($1::text[] COLLATE "C", $2::text[]::uuid[], $3::bytea[]) AS put(owner, id, key)
	WHERE NOT EXISTS (SELECT FROM builder_drafts d WHERE d.owner = put.owner AND d.session_id = put.id)
		AND NOT EXISTS (SELECT FROM builder_memory m WHERE m.owner = put.owner AND m.id = put.id)
		AND NOT EXISTS (SELECT FROM builder_gone g WHERE g.key = put.key)`
)

// findNew notes which of the drafts and entries are new. What happens to one
// between this look and its turn makes the attempt fail as raced. Where rows of
// several kinds are put of one session, what comes first decides about the
// others: a draft counts as new only if nothing but its history follows it, an
// entry if it is alone.
func (p *putter) findNew(rows []builder.Row) error {
	const draft, entry, other = 1, 2, 4
	kinds := map[builder.GoneKey]int{}
	follows := func(owner string, id uuid.UUID) {
		if k := builder.MakeGoneKey(owner, id); kinds[k]&draft == 0 {
			kinds[k] |= other
		}
	}
	for _, r := range rows {
		switch {
		case r.Draft != nil:
			kinds[builder.MakeGoneKey(r.Owner, r.Draft.SessionID)] |= draft
		case r.Revision != nil:
			follows(r.Owner, r.Revision.SessionID)
		case r.Pending != nil:
			follows(r.Owner, r.Pending.SessionID)
		case r.Memory != nil:
			kinds[builder.MakeGoneKey(r.Owner, r.Memory.ID)] |= entry
		case r.Gone != nil:
			kinds[r.Gone.Key] |= other
		}
	}
	var owners [2][]string // of drafts and of entries
	var ids [2][]string    // as texts: without prepared statements the driver knows no array of UUIDs
	var keys [][]byte
	for _, r := range rows {
		switch {
		case r.Draft != nil && kinds[builder.MakeGoneKey(r.Owner, r.Draft.SessionID)] == draft:
			owners[0], ids[0] = append(owners[0], r.Owner), append(ids[0], r.Draft.SessionID.String())
		case r.Memory != nil && kinds[builder.MakeGoneKey(r.Owner, r.Memory.ID)] == entry:
			owners[1], ids[1] = append(owners[1], r.Owner), append(ids[1], r.Memory.ID.String())
			keys = append(keys, goneKey(r.Owner, r.Memory.ID))
		}
	}
	var err error
	if p.drafts, err = p.sessions(newDrafts, owners[0], ids[0]); err == nil {
		p.entries, err = p.sessions(newEntries, owners[1], ids[1], keys)
	}
	if err != nil {
		return err
	}
	return p.enterAll(rows)
}

// enterAll enters the sessions of new drafts, in an order that is the same for
// every call.
func (p *putter) enterAll(rows []builder.Row) error {
	at := map[builder.GoneKey]int64{}
	of := map[builder.GoneKey]session{}
	for _, r := range rows {
		if r.Draft == nil {
			continue
		}
		if s := (session{r.Owner, r.Draft.SessionID}); p.drafts[s] {
			k := builder.MakeGoneKey(s.owner, s.id)
			of[k], at[k] = s, builder.StoredTime(r.Draft.UpdatedAt).UnixMicro()
		}
	}
	var keys [][]byte
	var times []int64
	for _, k := range slices.SortedFunc(maps.Keys(of), func(a, b builder.GoneKey) int { return bytes.Compare(a[:], b[:]) }) {
		keys, times = append(keys, k[:]), append(times, at[k])
		p.drafts[of[k]] = false
	}
	if len(keys) == 0 {
		return nil
	}
	if p.opts.Revive {
		if _, err := p.exec(`DELETE FROM builder_gone WHERE key = ANY($1) AND ended = $2`, keys, deleted); err != nil {
			return err
		}
	}
	var key []byte
	return p.each(`INSERT INTO builder_gone (key, ended, at) SELECT key, 0, at FROM unnest($1::bytea[], $2::bigint[]) AS put(key, at)
		ON CONFLICT (key) DO UPDATE SET at = builder_gone.at WHERE builder_gone.ended = 0 RETURNING key`,
		[]any{keys, times}, []any{&key}, func() error {
			p.drafts[of[builder.GoneKey(key)]] = true
			return nil
		})
}

// sessions are those of some that a query finds.
func (p *putter) sessions(query string, owners, ids []string, more ...any) (map[session]bool, error) {
	found := map[session]bool{}
	if len(ids) == 0 {
		return found, nil
	}
	var s session
	return found, p.each(query, append([]any{owners, ids}, more...), []any{&s.owner, &s.id}, func() error {
		found[s] = true
		return nil
	})
}

// putNewEntry puts an entry that is new.
func (p *putter) putNewEntry(e builder.StoredEntry, owner string) builder.Put {
	delete(p.entries, session{owner, e.ID})
	e.CreatedAt = builder.StoredTime(e.CreatedAt)
	k := goneKey(owner, e.ID)
	args, terms := entryArgs(owner, e)
	p.batch.Queue(holdSession, k).Exec(p.changesOne)
	p.batch.Queue(addEntry+addedEntry, args...).Exec(p.changesOne)
	p.batch.Queue(letGoSession, k)
	p.bytes += len(e.Entry)
	if p.counts == nil {
		p.counts = map[term]int64{}
	}
	for _, t := range terms {
		p.counts[term{owner, t}]++
	}
	return builder.PutAdded
}

// changesOne notes a statement that changed nothing.
func (p *putter) changesOne(tag pgconn.CommandTag) error {
	p.raced = p.raced || tag.RowsAffected() == 0
	return nil
}

// putNew makes a new draft the last one.
func (p *putter) putNew(owner string, d builder.Draft) (builder.Put, error) {
	entered := p.drafts[session{owner, d.SessionID}]
	delete(p.drafts, session{owner, d.SessionID})
	if !entered {
		return builder.PutGone, nil
	}
	p.settle()
	d.CreatedAt, d.UpdatedAt = builder.StoredTime(d.CreatedAt), builder.StoredTime(d.UpdatedAt)
	p.seen = builder.Inspect(d)
	p.owner, p.row, p.found = owner, newRow(d, p.seen), true
	p.grows, p.fresh, p.lastRevision, p.lastState = true, true, 0, nil
	return builder.PutAdded, p.addRevision(d, p.seen.Phase, nil)
}

// putNewRevision puts a revision into a history that grows. It leaves to others
// what comes out of order, and what would be compared with what is stored.
func (p *putter) putNewRevision(r builder.Draft) (put builder.Put, done bool, err error) {
	r.UpdatedAt = builder.StoredTime(r.UpdatedAt)
	switch {
	case r.Revision > p.row.Revision:
		return builder.PutDiffers, true, nil
	case r.Revision == p.row.Revision && p.fresh:
		return rules.AlreadyIf(rules.SameRevision(p.row.Draft, r)), true, nil
	case r.Revision == p.row.Revision, r.Revision <= p.lastRevision:
		return "", false, nil
	}
	if err := p.addRevision(r, builder.Inspect(r).Phase, p.basisOf(r)); err != nil {
		return "", true, err
	}
	p.row.oldest = min(p.row.oldest, r.Revision)
	p.row.kept++
	p.lastRevision, p.lastState = r.Revision, r.State
	return builder.PutAdded, true, nil
}

func (p *putter) addRevision(d builder.Draft, phase builder.Phase, before []byte) error {
	e, err := history.Encode(d.Revision, before, d.State)
	if err == nil {
		p.revisions = append(p.revisions, revisionArgs(p.owner, d, phase, e))
		p.bytes += len(e.Content)
	}
	return err
}

// settle puts what waits of the last draft into the batch.
func (p *putter) settle() {
	switch {
	case p.fresh:
		p.batch.Queue(insertDraft, draftArgs(p.owner, p.row.Draft, p.seen, p.row.oldest, p.row.kept)...).Exec(p.changesOne)
		p.bytes += len(p.row.State)
	case len(p.revisions) > 0:
		p.batch.Queue(keepSince, p.owner, p.row.SessionID, int64(p.row.oldest), p.row.kept)
	}
	for _, args := range p.revisions {
		p.batch.Queue(insertRevisionRow, args...)
	}
	if p.fresh || len(p.revisions) > 0 {
		if p.waiting == nil {
			p.waiting = map[session]bool{}
		}
		p.waiting[session{p.owner, p.row.SessionID}] = true
	}
	p.grows, p.fresh, p.revisions = false, false, nil
}

// send makes the statements that wait. The revisions of a draft that was not new
// any more fail for those that are there, which says no more than that.
func (p *putter) send() error {
	p.settle()
	p.raise()
	if p.batch.Len() == 0 {
		return nil
	}
	err := p.conn.SendBatch(p.ctx, &p.batch).Close()
	p.batch, p.bytes, p.waiting = pgx.Batch{}, 0, nil
	if p.raced {
		return errRaced
	}
	return p.sent(err)
}

// raise puts the counts of the entries' terms into the batch, in an order that
// is the same for every call.
func (p *putter) raise() {
	if len(p.counts) == 0 {
		return
	}
	terms := slices.SortedFunc(maps.Keys(p.counts), func(a, b term) int {
		return cmp.Or(strings.Compare(a.owner, b.owner), strings.Compare(a.text, b.text))
	})
	var owners, texts []string
	var counts []int64
	for _, t := range terms {
		owners, texts, counts = append(owners, t.owner), append(texts, t.text), append(counts, p.counts[t])
	}
	p.batch.Queue(`INSERT INTO builder_term_counts (owner, term, entries) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
		ON CONFLICT (owner, term) DO UPDATE SET entries = builder_term_counts.entries + excluded.entries`, owners, texts, counts)
	p.counts = nil
}
