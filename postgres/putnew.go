package postgres

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
	"github.com/boternity/boternity/internal/rules"
)

// newcomers are the put drafts that the database does not have, as most of a
// copy's are. What is stored of one depends on nothing that is there, so its
// statements wait in a batch, which takes one round trip: row by row each would
// take several.
type newcomers struct {
	absent map[session]bool // which have neither draft nor entry as the call begins
	batch  pgx.Batch
	raced  bool // one of them was not new any more

	// The putter's last draft is one, and not in the batch until it is known
	// which of its revisions are kept.
	fresh     bool
	seen      builder.Inspection
	revisions [][]any // of it, as arguments
}

type session struct {
	owner string
	id    uuid.UUID
}

const absentSessions = `SELECT put.owner, put.id FROM unnest($1::text[] COLLATE "C", $2::uuid[]) AS put(owner, id)
	WHERE NOT EXISTS (SELECT FROM builder_drafts d WHERE d.owner = put.owner AND d.session_id = put.id)
		AND NOT EXISTS (SELECT FROM builder_memory m WHERE m.owner = put.owner AND m.id = put.id)`

// findAbsent notes which of the drafts are new. What happens to one between
// this look and its turn makes the attempt fail as raced, except for an entry
// among the very rows: a draft with one is looked at when its turn comes.
func (p *putter) findAbsent(rows []builder.Row) error {
	p.absent = map[session]bool{}
	entries := map[session]bool{}
	var owners []string
	var ids []uuid.UUID
	for _, r := range rows {
		switch {
		case r.Draft != nil:
			owners, ids = append(owners, r.Owner), append(ids, r.Draft.SessionID)
		case r.Memory != nil:
			entries[session{r.Owner, r.Memory.ID}] = true
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var s session
	return p.each(absentSessions, []any{owners, ids}, []any{&s.owner, &s.id}, func() error {
		p.absent[s] = !entries[s]
		return nil
	})
}

// putNew makes an absent draft the last one.
func (p *putter) putNew(s *store, d builder.Draft) (builder.Put, error) {
	d.CreatedAt, d.UpdatedAt = builder.StoredTime(d.CreatedAt), builder.StoredTime(d.UpdatedAt)
	delete(p.absent, session{s.owner, d.SessionID})
	p.settle()
	if entered, err := p.enter(s, d); err != nil || !entered {
		return builder.PutGone, err
	}
	p.owner, p.found, p.fresh, p.lastRevision, p.lastState = s.owner, true, true, 0, nil
	p.seen = builder.Inspect(d)
	p.row = newRow(d, p.seen)
	return builder.PutAdded, p.addRevision(d, p.seen.Phase, nil)
}

// putNewRevision puts a revision of a fresh draft. It leaves to others what
// comes out of order.
func (p *putter) putNewRevision(r builder.Draft) (put builder.Put, done bool, err error) {
	r.UpdatedAt = builder.StoredTime(r.UpdatedAt)
	switch {
	case r.Revision > p.row.Revision:
		return builder.PutDiffers, true, nil
	case r.Revision == p.row.Revision:
		return rules.AlreadyIf(rules.SameRevision(p.row.Draft, r)), true, nil
	case r.Revision <= p.lastRevision:
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
	}
	return err
}

// settle puts a fresh draft into the batch.
func (p *putter) settle() {
	if !p.fresh {
		return
	}
	p.fresh = false
	p.batch.Queue(insertDraft, draftArgs(p.owner, p.row.Draft, p.seen, p.row.oldest, p.row.kept)...).Exec(func(tag pgconn.CommandTag) error {
		p.raced = p.raced || tag.RowsAffected() == 0
		return nil
	})
	for _, args := range p.revisions {
		p.batch.Queue(insertRevisionRow, args...)
	}
	p.revisions = nil
}

// send makes the statements that wait. The revisions of a draft that was not new
// any more fail for those that are there, which says no more than that.
func (p *putter) send() error {
	p.settle()
	if p.batch.Len() == 0 {
		return nil
	}
	err := p.conn.SendBatch(p.ctx, &p.batch).Close()
	p.batch = pgx.Batch{}
	if p.raced {
		return errRaced
	}
	return p.sent(err)
}
