package sqlite

import (
	"math"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/rules"
)

// draftRow is a row of builder_drafts.
type draftRow struct {
	number int64 // the row's key
	draft  builder.Draft
	bytes  int                // length of the state
	seen   builder.Inspection // what a listing shows
	stale  bool               // seen is of another validator, or the state was changed by hand
	damage string             // a column that holds what it cannot
	oldest builder.Revision   // the lowest that is kept
	kept   int                // how many revisions are kept
	at     time.Time          // where the listing has it
}

// rules are what the row allows.
func (r *draftRow) rules() rules.Stored { return rules.Stored{Draft: r.draft, Problem: r.seen.Problem} }

// summaryColumns are those that the index of the listing holds.
const summaryColumns = `draft, session_id, revision, schema_version, created_at, updated_at, bytes, description, phase, category, problem, inspected`

const allDraftColumns = summaryColumns + `, oldest, kept, state`

// ofOwner limits a statement to the owner of a name, its first argument.
const ofOwner = `owner = (SELECT owner FROM builder_owners WHERE name = ?)`

const draftBySession = `SELECT ` + allDraftColumns + ` FROM builder_drafts WHERE ` + ofOwner + ` AND session_id = ?`

// draftColumns receives a row of builder_drafts.
type draftColumns struct {
	number, revision, version, created, updated, bytes, inspected, oldest, kept integer
	description, phase, category, problem                                       text
	id, state                                                                   blob
}

func (c *draftColumns) summary() []any {
	return []any{&c.number, &c.id, &c.revision, &c.version, &c.created, &c.updated, &c.bytes, &c.description, &c.phase, &c.category, &c.problem, &c.inspected}
}

func (c *draftColumns) all() []any { return append(c.summary(), &c.oldest, &c.kept, &c.state) }

// summaryRow is what the columns of the index say.
func (c *draftColumns) summaryRow() draftRow {
	var read columns
	id := read.uuid("session_id", c.id)
	r := draftRow{number: c.number.value, bytes: int(c.bytes.value), draft: c.draft(&read, id)}
	r.damage = read.problem
	r.at = time.UnixMicro(c.updated.order())

	var seen columns
	r.seen.Description = seen.text("description", c.description)
	r.seen.Phase = builder.Phase(seen.text("phase", c.phase))
	r.seen.Problem = seen.text("problem", c.problem)
	category, err := builder.ParsePurposeCategory(seen.text("category", c.category))
	r.seen.Category = category
	inspected := seen.number("inspected", c.inspected, builder.InspectionVersion, builder.InspectionVersion)
	seen.number("bytes", c.bytes, 0, math.MaxInt32)
	r.stale = err != nil || seen.problem != "" || inspected != builder.InspectionVersion
	return r
}

// draft is the draft without its state.
func (c *draftColumns) draft(read *columns, id uuid.UUID) builder.Draft {
	return builder.Draft{
		SessionID:     id,
		Revision:      builder.Revision(read.uint32("revision", c.revision, 1, uint32(builder.AnyRevision)-1)),
		SchemaVersion: read.uint32("schema_version", c.version, 0, math.MaxUint32),
		CreatedAt:     read.time("created_at", c.created),
		UpdatedAt:     read.time("updated_at", c.updated),
	}
}

// row is what all columns say; the state is at hand to be inspected again.
func (c *draftColumns) row() draftRow {
	r := c.summaryRow()
	r.draft.State = c.state.value
	var read columns
	r.oldest = builder.Revision(read.uint32("oldest", c.oldest, 1, uint32(builder.AnyRevision)-1))
	r.kept = int(read.number("kept", c.kept, 1, math.MaxUint32))
	if r.oldest > r.draft.Revision {
		read.complain("the column oldest holds %d, which is above the revision", r.oldest)
	}
	read.blob("state", c.state)
	if r.damage == "" {
		r.damage = read.problem
	}
	r.refresh(c.state)
	return r
}

// refresh makes seen what the state says now, where that may differ.
func (r *draftRow) refresh(state blob) {
	if r.stale {
		d := r.draft
		d.State = state.value
		r.seen, r.bytes, r.stale = builder.Inspect(d), len(state.value), false
	}
	if !state.ok && r.damage == "" {
		r.damage = "the column state does not hold bytes"
	}
	if r.damage != "" {
		r.seen.Problem = r.damage
	}
}

// draftOf reads a draft with its state.
func draftOf(c *conn, owner string, id uuid.UUID) (row draftRow, found bool, err error) {
	var cols draftColumns
	found, err = c.one(draftBySession, []any{owner, id[:]}, cols.all()...)
	if err != nil || !found {
		return draftRow{}, false, err
	}
	return cols.row(), true, nil
}
