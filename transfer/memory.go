package transfer

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// ExportMemory writes the memory of an owner as lines, newest first. It returns
// how many entries it wrote.
//
// An entry that no line can hold, because it is longer than MaxLine, is left
// out. The error is then a *LeftOutError.
func ExportMemory(ctx context.Context, db builder.Database, owner string, w io.Writer) (int, error) {
	e := &memoryExport{db: db, owner: owner, out: w, unreadable: map[uuid.UUID]bool{}}
	if err := e.run(ctx); err != nil {
		return e.written, fmt.Errorf("export memory: %w", err)
	}
	return e.written, leftOut(e.problems)
}

// ImportMemory stores the entries of an export for an owner, as they are.
// Entries that were forgotten here come back, since this asks for it. The first
// line that cannot be read is a *LineError, unless opts say to skip it.
func ImportMemory(ctx context.Context, db builder.Database, owner string, r io.Reader, opts ImportOptions) (Imported, error) {
	return importLines(ctx, db, owner, r, opts, parseEntry)
}

// memoryExport is one call of ExportMemory.
type memoryExport struct {
	db         builder.Database
	owner      string
	out        io.Writer
	unreadable map[uuid.UUID]bool // their bytes are still to be written
	written    int
	problems   []error
}

func (e *memoryExport) run(ctx context.Context) error {
	q := builder.MemoryQuery{Limit: builder.MaxPage}
	for {
		page, err := e.db.Owner(e.owner).Recall(ctx, q)
		if err != nil {
			return err
		}
		for _, entry := range page.Entries {
			if err := e.export(entry); err != nil {
				return err
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	if len(e.unreadable) == 0 {
		return nil
	}
	return e.exportUnreadable(ctx)
}

func (e *memoryExport) export(entry builder.MemoryEntry) error {
	if entry.Problem != "" {
		e.unreadable[entry.ID] = true
		return nil
	}
	stored, err := builder.EncodeEntry(entry)
	if err != nil {
		return err
	}
	row := builder.StoredEntry{ID: entry.ID, CreatedAt: entry.CreatedAt, Entry: stored}
	if !bytes.ContainsAny(stored, "\r\n") && readsBack(stored, row) {
		return e.write(stored)
	}
	return e.writeRaw(row)
}

// exportUnreadable writes the entries that say nothing but that they cannot be
// read. Only the whole database's rows have their bytes.
func (e *memoryExport) exportUnreadable(ctx context.Context) error {
	for row, err := range e.db.Rows(ctx, "") {
		if err != nil {
			return err
		}
		if row.Memory == nil || row.Owner != e.owner || !e.unreadable[row.Memory.ID] {
			continue
		}
		delete(e.unreadable, row.Memory.ID)
		if err := e.writeRaw(*row.Memory); err != nil {
			return err
		}
	}
	return nil
}

// writeRaw writes an entry by its bytes, whatever they are.
func (e *memoryExport) writeRaw(row builder.StoredEntry) error {
	text := fmt.Appendf(nil, `{"id":"%s","created_at":"%s","entry_base64":"%s"}`,
		row.ID, builder.FormatTime(row.CreatedAt), base64.StdEncoding.EncodeToString(row.Entry))
	if len(text) >= MaxLine { // with its end
		e.problems = append(e.problems, fmt.Errorf("entry %s: %w", row.ID,
			&builder.InvalidError{Field: "the line", Problem: "would be too long", Limit: MaxLine, Got: int64(len(text)) + 1}))
		return nil
	}
	if !readsBack(text, row) {
		e.problems = append(e.problems, fmt.Errorf("entry %s does not survive being written as JSON", row.ID))
		return nil
	}
	return e.write(text)
}

func (e *memoryExport) write(text []byte) error {
	if _, err := e.out.Write(append(text, '\n')); err != nil {
		return err
	}
	e.written++
	return nil
}

// readsBack reports whether importing a line gives the very row.
func readsBack(text []byte, row builder.StoredEntry) bool {
	p, err := parseEntry(text)
	return err == nil && p.row.Memory.ID == row.ID && p.row.Memory.CreatedAt.Equal(row.CreatedAt) &&
		bytes.Equal(p.row.Memory.Entry, row.Entry)
}

// parseEntry reads a line. An entry must be one that a store would record; only
// base64 is taken whatever it holds.
func parseEntry(text []byte) (parcel, error) {
	var form struct {
		Base64 any `json:"entry_base64"`
	}
	if json.Unmarshal(text, &form) == nil && form.Base64 != nil {
		return parseRawEntry(text)
	}
	var e builder.MemoryEntry
	if err := e.UnmarshalJSON(text); err != nil {
		return parcel{}, err
	}
	if err := builder.CheckEntry(e); err != nil {
		return parcel{}, err
	}
	stored, err := builder.EncodeEntry(e)
	if err != nil {
		return parcel{}, invalid("the entry", "cannot be written as JSON")
	}
	return entryParcel(e.ID, e.CreatedAt, stored), nil
}

func parseRawEntry(text []byte) (parcel, error) {
	o, err := parseObject(text, "id", "created_at", "entry_base64")
	if err != nil {
		return parcel{}, err
	}
	id, err := o.id("id")
	if err != nil {
		return parcel{}, err
	}
	created, err := o.time("created_at")
	if err != nil {
		return parcel{}, err
	}
	stored, err := o.base64("entry_base64")
	if err != nil {
		return parcel{}, err
	}
	return entryParcel(id, created, stored), nil
}

func entryParcel(id uuid.UUID, created time.Time, stored []byte) parcel {
	return parcel{id: id, row: builder.Row{Memory: &builder.StoredEntry{ID: id, CreatedAt: created, Entry: stored}}}
}
