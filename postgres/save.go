package postgres

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
	"github.com/boternity/boternity/internal/recent"
	"github.com/boternity/boternity/internal/rules"
)

// SaveDraft takes one round trip where this program saved or loaded the draft
// last, and two otherwise: the statement that replaces the state also proves
// that it is the one that the difference was made from.
func (s *store) SaveDraft(ctx context.Context, d builder.Draft, answered ...string) (saved builder.Draft, err error) {
	seen, err := builder.CheckSave(d)
	if err != nil {
		return builder.Draft{}, err
	}
	d.State = given(bytes.Clone(d.State))
	sv := &saver{store: s, since: s.db.recent.Now(), given: d, seen: seen, answered: keys(answered)}
	if d.Revision == 0 {
		sv.row = &draftRow{} // there is none most of the time
	} else if row, ok := s.db.recent.Get(s.owner, d.SessionID); ok && row.MayReplace(d) == nil && d.Revision != builder.AnyRevision {
		sv.row = &row
	}
	if err := sv.shared(ctx, func() error { return sv.alone(ctx) }); err != nil {
		return builder.Draft{}, err
	}
	return cloned(*sv.saved), nil
}

// saver is a save under way.
type saver struct {
	*store
	since    recent.Mark
	given    builder.Draft
	seen     builder.Inspection
	answered [][]byte
	row      *draftRow      // what is stored, as far as is known
	tried    *builder.Draft // what may have been saved by a statement whose answer was lost
	lost     error          // how a transaction ended that was shared, where that leaves it in doubt
	saved    *builder.Draft
}

// alone saves without others, having learnt how far sharing came.
func (s *saver) alone(ctx context.Context) error {
	if err := builder.CheckOwner(s.owner); err != nil {
		return err
	}
	return s.db.attemptsAfter(ctx, s.lost, func(c *call) error {
		saved, err := s.save(c)
		if err == nil {
			s.saved = &saved
		}
		return err
	})
}

// save repeats reading and replacing for as long as others are faster.
func (s *saver) save(c *call) (builder.Draft, error) {
	if s.tried != nil {
		s.row = nil
	}
	for {
		if s.row == nil {
			saved, done, err := s.look(c)
			if err != nil || done {
				return saved, err
			}
		}
		saved, done, err := s.attempt(c)
		if err != nil || done {
			return saved, err
		}
		s.row = nil
		if err := c.ctx.Err(); err != nil {
			return builder.Draft{}, err
		}
	}
}

func (s *saver) attempt(c *call) (saved builder.Draft, done bool, err error) {
	if s.row.Revision == 0 {
		return s.create(c)
	}
	return s.follow(c)
}

// look reads what is stored and decides, unless the save is to be attempted.
func (s *saver) look(c *call) (saved builder.Draft, done bool, err error) {
	id := s.given.SessionID
	row, found, err := draftOf(c, s.owner, id)
	if err != nil {
		return builder.Draft{}, false, err
	}
	if s.tried != nil {
		if saved, done, err := s.resolve(c, row, found); err != nil || done {
			return saved, done, err
		}
	}
	if gone, err := isGone(c, s.owner, id); err != nil || gone {
		return builder.Draft{}, false, orGone(err, id)
	}
	switch {
	case !found && s.given.Revision != 0 && s.given.Revision != builder.AnyRevision:
		return builder.Draft{}, false, builder.ForSession(id, builder.ErrGone)
	case found && row.Saved(s.given):
		return row.Draft, true, c.settle()
	case found:
		err = row.MayReplace(s.given)
	}
	s.row = &row
	return builder.Draft{}, false, err
}

// resolve says whether the attempt whose answer was lost was saved. What it
// leaves open is decided by the next attempt, which the lost one cannot follow:
// both replace the same revision.
func (s *saver) resolve(c *call, row draftRow, found bool) (saved builder.Draft, done bool, err error) {
	tried := *s.tried
	s.tried = nil
	if !found || row.Revision < tried.Revision {
		return builder.Draft{}, false, nil
	}
	if row.Revision == tried.Revision {
		return tried, rules.SameRevision(row.Draft, tried), nil
	}
	kept, there, err := row.keptRevision(c, s.owner, tried.Revision)
	if err != nil {
		s.tried = &tried
		return builder.Draft{}, false, err
	}
	if !there {
		return builder.Draft{}, false, &ServerError{Err: ErrUnknown}
	}
	return tried, rules.SameRevision(kept, tried), nil
}

// keys are those of the fields whose pending text a save removes. A field that
// SavePending would refuse may all the same have been put.
func keys(fields []string) [][]byte {
	var all [][]byte
	for _, f := range fields {
		all = append(all, key(f))
	}
	return all
}

// The statement of a save that follows another. It changes nothing unless the
// draft is what the difference in $17 was made from, and its session goes on.
const (
	followUpdate = `WITH saved AS (
		UPDATE builder_drafts SET revision = $3::bigint + 1, schema_version = $4, updated_at = $5, description = $6, phase = $7, category = $8,
			problem = '', inspected = $9, inspected_digest = $10, state = $11, `
	followKeep = `kept = kept + 1`
	// Past the limit the oldest kept revision moves up; the new one is not
	// visible to this statement yet.
	followTrim = `kept = $22::bigint, oldest = COALESCE((SELECT revision FROM builder_draft_revisions
				WHERE owner = $1 AND session_id = $2 AND revision >= $14 ORDER BY revision OFFSET $15::bigint + 1 - $22::bigint LIMIT 1), $3::bigint + 1)`
	followWhere = ` WHERE owner = $1 AND session_id = $2 AND revision = $3 AND digest = $12 AND schema_version = $13 AND oldest = $14 AND kept = $15
			AND ($16::int = 1 OR EXISTS (SELECT FROM builder_draft_revisions
				WHERE owner = $1 AND session_id = $2 AND revision = $3 AND checksum = $19 AND bytes = $20))
			AND NOT EXISTS (SELECT FROM builder_gone WHERE key = $21 AND ended <> 0)
			AND NOT EXISTS (SELECT FROM builder_memory WHERE owner = $1 AND id = $2)
		RETURNING oldest
	), added AS (
		INSERT INTO builder_draft_revisions (owner, session_id, revision, schema_version, saved_at, bytes, phase, encoding, checksum, content)
		SELECT $1, $2, $3::bigint + 1, $4, $5, octet_length($11::bytea), $7, $16, $18, $17 FROM saved
	)`
	followDrop = `, dropped AS (
		DELETE FROM builder_draft_revisions USING saved WHERE builder_draft_revisions.owner = $1 AND session_id = $2 AND revision < saved.oldest
			AND (saved.oldest = $3::bigint + 1 AND $16::int = 1 OR EXISTS (SELECT FROM builder_draft_revisions whole
				WHERE whole.owner = $1 AND whole.session_id = $2 AND whole.revision = saved.oldest AND whole.encoding = 1))
	)`
	followAnswered = `, answered AS (
		DELETE FROM builder_pending USING saved WHERE owner = $1 AND session_id = $2 AND key = ANY(`
	followEnd = ` SELECT 1::bigint AS n, oldest FROM saved`
)

// stepArgs are the arguments that every step has, in the order in which a batch
// has them as columns.
const stepArgs = 21

// step is a statement that makes a state the draft's next revision, unless the
// draft is no longer what it was. It returns 1 and the oldest revision that is
// kept.
type step struct {
	query string
	args  []any
	draft builder.Draft // once it is saved
	row   draftRow      // then, but for the oldest revision
}

func (s *saver) step() (step, error) {
	row := s.row
	d := s.given
	d.Revision, d.CreatedAt, d.UpdatedAt = row.Revision+1, row.CreatedAt, s.db.clock()
	e, err := history.Encode(d.Revision, row.before(), d.State)
	if err != nil {
		return step{}, err
	}
	next := newRow(d, s.seen)
	next.oldest, next.kept = row.oldest, row.kept+1
	args := []any{s.owner, d.SessionID, int64(row.Revision), int64(d.SchemaVersion), d.UpdatedAt.UnixMicro(),
		storable(s.seen.Description), storable(string(s.seen.Phase)), s.seen.Category.JSONText(), int64(builder.InspectionVersion), next.digest, d.State,
		row.digest, int64(row.SchemaVersion), int64(row.oldest), row.kept, int64(e.Encoding), e.Content, int64(e.Checksum),
		int64(history.Checksum(row.State)), int64(len(row.State)), goneKey(s.owner, d.SessionID)}
	query := followUpdate + followKeep + followWhere
	if limit := int64(s.db.history); next.kept > limit {
		next.kept = limit
		args = append(args, limit)
		query = followUpdate + followTrim + followWhere + followDrop
	}
	if len(s.answered) > 0 {
		args = append(args, s.answered)
		query += followAnswered + "$" + strconv.Itoa(len(args)) + `))`
	}
	return step{query + followEnd, args, d, next}, nil
}

// follow saves what follows what is stored.
func (s *saver) follow(c *call) (saved builder.Draft, done bool, err error) {
	next, err := s.step()
	if err != nil {
		return builder.Draft{}, false, err
	}
	var n, oldest int64
	c.writes = true
	s.tried = &next.draft
	found, err := c.one(next.query, next.args, &n, &oldest)
	c.writes = false
	if fateOf(err) != unknown {
		s.tried = nil
	}
	if err != nil || !found {
		return builder.Draft{}, false, err
	}
	s.stands(next, oldest)
	return next.draft, true, nil
}

// stands notes what is stored now.
func (s *saver) stands(next step, oldest int64) {
	next.row.oldest = builder.Revision(oldest)
	s.db.remember(s.since, s.owner, next.row)
	s.saved = &next.draft
}

// errRaced is an attempt that another was faster than.
var errRaced = errors.New("another was faster")

const insertDraft = `INSERT INTO builder_drafts (owner, session_id, revision, schema_version, created_at, updated_at,
		description, phase, category, problem, inspected, inspected_digest, oldest, kept, state)
	SELECT $1, $2, $3::bigint, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::bigint, $14::bigint, $15
	WHERE NOT EXISTS (SELECT FROM builder_memory WHERE owner = $1 AND id = $2)
	ON CONFLICT DO NOTHING`

// create stores the first revision, unless there is one by now.
func (s *saver) create(c *call) (saved builder.Draft, done bool, err error) {
	d := s.given
	d.Revision, d.UpdatedAt = 1, s.db.clock()
	d.CreatedAt = d.UpdatedAt
	s.tried = &d
	err = c.transact(func(c *call) error {
		// Whoever enters the session first goes on; others wait here, and then
		// see what became of it.
		entered, err := enterSession(c, goneKey(s.owner, d.SessionID), d.UpdatedAt)
		if err != nil {
			return err
		}
		if !entered {
			return errRaced
		}
		return addDraft(c, s.owner, d, s.seen)
	})
	if fateOf(err) != unknown {
		s.tried = nil
	}
	if errors.Is(err, errRaced) {
		return builder.Draft{}, false, nil
	}
	if err != nil {
		return builder.Draft{}, false, err
	}
	s.db.remember(s.since, s.owner, newRow(d, s.seen))
	return d, true, nil
}

// newRow is the row of a draft that was just saved, if for the first time.
func newRow(d builder.Draft, seen builder.Inspection) draftRow {
	return draftRow{Stored: rules.Stored{Draft: d}, bytes: len(d.State), seen: seen, oldest: d.Revision, kept: 1, basis: true, digest: digest(d.State)}
}

// addDraft adds a draft with what is so far its only kept revision. It fails
// with errRaced where there is one, or an entry that ended the session.
func addDraft(c *call, owner string, d builder.Draft, seen builder.Inspection) error {
	e, err := history.Encode(1, nil, d.State)
	if err != nil {
		return err
	}
	n, err := c.exec(insertDraft, draftArgs(owner, d, seen, d.Revision, 1)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return errRaced
	}
	return insertRevision(c, owner, d, seen.Phase, e)
}

// draftArgs are those of insertDraft, for a draft of whose revisions so many are
// kept.
func draftArgs(owner string, d builder.Draft, seen builder.Inspection, oldest builder.Revision, kept int64) []any {
	return []any{owner, d.SessionID, int64(d.Revision), int64(d.SchemaVersion), d.CreatedAt.UnixMicro(), d.UpdatedAt.UnixMicro(),
		storable(seen.Description), storable(string(seen.Phase)), seen.Category.JSONText(), storable(seen.Problem), builder.InspectionVersion,
		digest(d.State), int64(oldest), kept, given(d.State)}
}

// enterSession makes sure that a session is entered as one under way, and that
// it stays so until the transaction ends. It reports false for one that ended.
func enterSession(c *call, key []byte, at time.Time) (bool, error) {
	n, err := c.exec(`INSERT INTO builder_gone (key, ended, at) VALUES ($1, 0, $2)
		ON CONFLICT (key) DO UPDATE SET at = builder_gone.at WHERE builder_gone.ended = 0`, key, at.UnixMicro())
	return n == 1, err
}

func goneKey(owner string, id uuid.UUID) []byte {
	k := builder.MakeGoneKey(owner, id)
	return k[:]
}
