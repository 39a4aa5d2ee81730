package transfer

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// ExportDrafts writes drafts of an owner as lines, in the order of the ids
// given; where ids is nil all of them, newest first. It returns how many it wrote.
//
// What no line can hold is left out: a draft that is longer than MaxLine or
// damaged in the database, and pending text that cannot be saved. The error is
// then a *LeftOutError. A draft asked for by its id that is not there is
// ErrNotFound.
func ExportDrafts(ctx context.Context, db builder.Database, owner string, ids []uuid.UUID, w io.Writer) (int, error) {
	e := &draftExport{store: db.Owner(owner), out: w}
	if err := e.run(ctx, ids); err != nil {
		return e.written, fmt.Errorf("export drafts: %w", err)
	}
	return e.written, leftOut(e.problems)
}

// ImportDrafts stores the drafts of an export for an owner, as they are: bytes,
// revisions, times and pending text. Drafts that were deleted here come back,
// since this asks for it; those of finished sessions do not. The first line
// that cannot be read is a *LineError, unless opts say to skip it.
func ImportDrafts(ctx context.Context, db builder.Database, owner string, r io.Reader, opts ImportOptions) (Imported, error) {
	return importLines(ctx, db, owner, r, opts, parseDraft)
}

// draftExport is one call of ExportDrafts.
type draftExport struct {
	store    builder.Store
	out      io.Writer
	written  int
	problems []error
}

func (e *draftExport) run(ctx context.Context, ids []uuid.UUID) error {
	for _, id := range ids {
		if err := e.export(ctx, id); err != nil {
			return err
		}
	}
	if ids != nil {
		return nil
	}
	q := builder.DraftQuery{Limit: builder.MaxPage}
	for {
		page, err := e.store.ListDrafts(ctx, q)
		if err != nil {
			return err
		}
		for _, d := range page.Drafts {
			// What was deleted or finished since it was listed is not there to
			// be exported.
			if err := e.export(ctx, d.SessionID); err != nil && !errors.Is(err, builder.ErrNotFound) {
				return err
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
	}
}

func (e *draftExport) export(ctx context.Context, id uuid.UUID) error {
	d, err := e.store.LoadDraft(ctx, id)
	if errors.Is(err, builder.ErrUnreadable) {
		e.problems = append(e.problems, err)
		return nil
	}
	if err != nil {
		return err
	}
	pending, err := e.store.LoadPending(ctx, id)
	if err != nil {
		return err
	}
	for field, text := range pending {
		if err := builder.CheckPending(field, text); err != nil {
			e.problems = append(e.problems, builder.ForSession(id, fmt.Errorf("pending text left out: %w", err)))
			delete(pending, field)
		}
	}
	text, err := draftLine(d, pending)
	if err != nil {
		e.problems = append(e.problems, builder.ForSession(id, err))
		return nil
	}
	if _, err := e.out.Write(append(text, '\n')); err != nil {
		return err
	}
	e.written++
	return nil
}

// draftLine writes a draft as a line that parseDraft reads back to the byte,
// with the state embedded if that does, and in base64 otherwise.
func draftLine(d builder.Draft, pending map[string]string) (text []byte, err error) {
	if !bytes.ContainsAny(d.State, "\r\n") {
		if text, err = appendDraft(d, pending, "state", d.State); err == nil {
			return text, nil
		}
	}
	encoded := `"` + base64.StdEncoding.EncodeToString(d.State) + `"`
	return appendDraft(d, pending, "state_base64", []byte(encoded))
}

func appendDraft(d builder.Draft, pending map[string]string, member string, state []byte) ([]byte, error) {
	text := fmt.Appendf(nil, `{"session_id":"%s","schema_version":%d,"revision":%d,"created_at":"%s","updated_at":"%s","%s":`,
		d.SessionID, d.SchemaVersion, d.Revision, builder.FormatTime(d.CreatedAt), builder.FormatTime(d.UpdatedAt), member)
	text = append(text, state...)
	if len(pending) > 0 {
		texts, err := json.Marshal(pending, json.Deterministic(true))
		if err != nil {
			return nil, invalid("pending", "cannot be written as JSON")
		}
		text = append(append(text, `,"pending":`...), texts...)
	}
	text = append(text, '}')
	if len(text) >= MaxLine { // with its end
		return nil, &builder.InvalidError{Field: "the line", Problem: "would be too long", Limit: MaxLine, Got: int64(len(text)) + 1}
	}
	p, err := parseDraft(text)
	if err != nil {
		return nil, err
	}
	if !sameDraft(*p.row.Draft, d) || !maps.Equal(pendingOf(p.with), pending) {
		return nil, invalid("the draft", "does not survive being written as JSON")
	}
	return text, nil
}

func pendingOf(rows []builder.Row) map[string]string {
	pending := map[string]string{}
	for _, r := range rows {
		pending[r.Pending.Field] = r.Pending.Text
	}
	return pending
}

// parseDraft reads a line. A state must be one that a store would save; only
// base64 is taken whatever it holds.
func parseDraft(text []byte) (p parcel, err error) {
	o, err := parseObject(text, "session_id", "schema_version", "revision", "created_at", "updated_at",
		"state", "state_base64", "pending", "status", "problem")
	if err != nil {
		return parcel{}, err
	}
	var d builder.Draft
	if d.SessionID, err = o.id("session_id"); err != nil {
		return parcel{}, err
	}
	if d.SchemaVersion, err = o.number("schema_version"); err != nil {
		return parcel{}, err
	}
	revision, err := o.number("revision")
	if err != nil {
		return parcel{}, err
	}
	d.Revision = builder.Revision(revision)
	if d.CreatedAt, err = o.time("created_at"); err != nil {
		return parcel{}, err
	}
	if d.UpdatedAt, err = o.time("updated_at"); err != nil {
		return parcel{}, err
	}
	if d.State, err = o.state(d); err != nil {
		return parcel{}, err
	}
	p = parcel{id: d.SessionID, row: builder.Row{Draft: &d}}
	if err := builder.CheckRow(p.row); err != nil {
		return parcel{}, err
	}
	p.with, err = o.pending(d.SessionID)
	return p, err
}

// state reads the state of a draft whose other members have been read.
func (o object) state(d builder.Draft) ([]byte, error) {
	if o.has("state_base64") {
		if o.has("state") {
			return nil, invalid("state_base64", "stands beside a state; there can be one only")
		}
		return o.base64("state_base64")
	}
	if o["state"] == nil {
		return nil, invalid("state", "is missing")
	}
	d.State = o["state"]
	if _, err := builder.CheckSave(d); err != nil {
		return nil, err
	}
	return d.State, nil
}

func (o object) pending(id uuid.UUID) (rows []builder.Row, err error) {
	if !o.has("pending") {
		return nil, nil
	}
	if o["pending"].Kind() != '{' {
		return nil, invalid("pending", "is not an object")
	}
	var texts map[string]jsontext.Value
	if err := json.Unmarshal(o["pending"], &texts); err != nil {
		return nil, invalid("pending", "is not well-formed JSON")
	}
	for field := range texts {
		text, err := object(texts).text(field)
		if err != nil {
			return nil, invalid("pending", "holds something that is not a text")
		}
		if err := builder.CheckPending(field, text); err != nil {
			return nil, err
		}
		rows = append(rows, builder.Row{Pending: &builder.Pending{SessionID: id, Field: field, Text: text}})
	}
	return rows, nil
}
