package postgres

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
	"github.com/boternity/boternity/internal/rules"
)

// draftRow is a row of builder_drafts.
type draftRow struct {
	rules.Stored
	bytes  int
	seen   builder.Inspection // what a listing shows
	stale  bool               // seen is of another validator, or the state was changed by hand
	oldest builder.Revision   // the lowest that is kept
	kept   int64              // how many revisions are kept
	basis  bool               // the history holds these very bytes as the newest revision
	digest []byte             // of the state
}

// What a listing shows of a row: from the index of lists, and from the table where
// the index has no room for it. They never touch a state.
const (
	listedColumns = `session_id, revision, schema_version, created_at, updated_at, bytes,
		COALESCE(listing, (SELECT ` + listing + ` FROM builder_drafts l WHERE l.owner = d.owner AND l.session_id = d.session_id)), ` + inspectedColumns
	allDraftColumns = `session_id, revision, schema_version, created_at, updated_at, bytes, ` + listing + `, ` + inspectedColumns + `, oldest, kept, state`

	listing          = `ARRAY[description, phase, category, problem]`
	inspectedColumns = `inspected, inspected_digest = digest, digest`
)

// basisColumn is the checksum that the history has of the newest revision.
const basisColumn = `COALESCE((SELECT checksum FROM builder_draft_revisions r WHERE r.owner = d.owner AND r.session_id = d.session_id
	AND r.revision = d.revision AND r.bytes = octet_length(d.state)), -1)`

const draftBySession = `SELECT ` + allDraftColumns + `, ` + basisColumn + ` FROM builder_drafts d WHERE owner = $1 AND session_id = $2`

// draftColumns receives a row of builder_drafts.
type draftColumns struct {
	id                                             uuid.UUID
	revision, version, created, updated, inspected int64
	bytes                                          int
	listing                                        []string // description, phase, category, problem
	same                                           bool
	oldest, kept, basis                            int64
	digest, state                                  []byte
}

func (c *draftColumns) summary() []any {
	return []any{&c.id, &c.revision, &c.version, &c.created, &c.updated, &c.bytes, &c.listing, &c.inspected, &c.same, &c.digest}
}

func (c *draftColumns) all() []any { return append(c.summary(), &c.oldest, &c.kept, &c.state) }

func (c *draftColumns) allAndBasis() []any { return append(c.all(), &c.basis) }

// summaryRow is what the columns of a listing say.
func (c *draftColumns) summaryRow() draftRow {
	r := draftRow{bytes: c.bytes, digest: c.digest}
	r.Draft = builder.Draft{
		SessionID: c.id, Revision: builder.Revision(c.revision), SchemaVersion: uint32(c.version),
		CreatedAt: moment(c.created), UpdatedAt: moment(c.updated),
	}
	shown := c.listing
	if len(shown) != 4 { // an entry of a damaged index may lead to no row
		shown = make([]string, 4)
	}
	category, err := builder.ParsePurposeCategory(shown[2])
	r.seen = builder.Inspection{Description: shown[0], Phase: builder.Phase(shown[1]), Category: category, Problem: shown[3]}
	r.Problem = r.seen.Problem
	r.stale = err != nil || len(c.listing) != 4 || !c.same || c.inspected != builder.InspectionVersion
	return r
}

// row is what all columns say; the state is at hand to be inspected again.
func (c *draftColumns) row() draftRow {
	r := c.summaryRow()
	r.State = c.state
	r.oldest, r.kept = builder.Revision(c.oldest), c.kept
	r.refresh(c.state)
	return r
}

// refresh makes seen what the state says now, where that may differ.
func (r *draftRow) refresh(state []byte) {
	if !r.stale {
		return
	}
	d := r.Draft
	d.State = state
	r.seen, r.bytes, r.stale = builder.Inspect(d), len(state), false
	r.Problem = r.seen.Problem
}

// draftOf reads a draft with its state.
func draftOf(c *call, owner string, id uuid.UUID) (row draftRow, found bool, err error) {
	return readDraft(c, draftBySession, owner, id)
}

// lockDraft reads a draft that stays as it is until the transaction ends.
func lockDraft(c *call, owner string, id uuid.UUID) (row draftRow, found bool, err error) {
	return readDraft(c, draftBySession+` FOR UPDATE OF d`, owner, id)
}

func readDraft(c *call, query, owner string, id uuid.UUID) (row draftRow, found bool, err error) {
	var cols draftColumns
	found, err = c.one(query, []any{owner, id}, cols.allAndBasis()...)
	if err != nil || !found {
		return draftRow{}, false, err
	}
	row = cols.row()
	row.basis = cols.basis == int64(history.Checksum(row.State))
	return row, true, nil
}

// before is the state that the next revision can be a difference from.
func (r *draftRow) before() []byte {
	if r.basis {
		return r.State
	}
	return nil
}

func moment(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

func digest(state []byte) []byte {
	sum := sha256.Sum256(state)
	return sum[:]
}

// key is a digest of texts that may be too long for an index.
func key(parts ...string) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum(nil)[:16]
}

// storable is a text as a column of text can hold it. Whatever the validator
// says can be.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// given are bytes as they are stored: never nil, which would be NULL.
func given(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func cloned(d builder.Draft) builder.Draft {
	d.State = bytes.Clone(d.State)
	return d
}
