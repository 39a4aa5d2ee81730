package storetest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/boternity/boternity/builder"
)

// rows reads every row of the database.
func (f *fixture) rows() []builder.Row {
	f.Helper()
	var all []builder.Row
	for r, err := range f.db.Rows(f.ctx, "") {
		f.noError("rows", err)
		if len(all) == maxRows {
			f.Fatalf("rows: no end after %d", maxRows)
		}
		all = append(all, r)
	}
	return all
}

// maxRows is more rows than any case stores.
const maxRows = 20000

// snapshot is everything in the database as sorted text.
func (f *fixture) snapshot() []string {
	f.Helper()
	var lines []string
	for _, r := range f.rows() {
		lines = append(lines, describe(r))
	}
	slices.Sort(lines)
	return lines
}

// unchanged expects do to leave everything as it is.
func (f *fixture) unchanged(what string, do func()) {
	f.Helper()
	before := f.snapshot()
	do()
	f.sameRows(what+" must change nothing", f.snapshot(), before)
}

func (f *fixture) sameRows(what string, got, want []string) {
	f.Helper()
	for _, line := range want {
		if !slices.Contains(got, line) {
			f.Errorf("%s: missing: %s", what, line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			f.Errorf("%s: not expected: %s", what, line)
		}
	}
	if len(got) != len(want) {
		f.Errorf("%s: %d rows, want %d", what, len(got), len(want))
	}
}

// describe tells a row from every other.
func describe(r builder.Row) string {
	owner := fmt.Sprintf("%q ", r.Owner)
	switch {
	case r.Draft != nil:
		return owner + "draft " + describeDraft(*r.Draft)
	case r.Revision != nil:
		return owner + "revision " + describeDraft(*r.Revision)
	case r.Pending != nil:
		return owner + fmt.Sprintf("pending %s %q %q", r.Pending.SessionID, r.Pending.Field, r.Pending.Text)
	case r.Memory != nil:
		return owner + fmt.Sprintf("memory %s %d %q", r.Memory.ID, r.Memory.CreatedAt.UnixMicro(), r.Memory.Entry)
	case r.Preference != nil:
		text, _ := r.Preference.Value.MarshalJSON() // never fails
		return owner + fmt.Sprintf("preference %s %s %t", r.Preference.Field, text, r.Preference.Never)
	case r.Gone != nil:
		return fmt.Sprintf("gone %x %t %d", r.Gone.Key, r.Gone.Finished, r.Gone.At.UnixMicro())
	}
	return "nothing"
}

func describeDraft(d builder.Draft) string {
	return fmt.Sprintf("%s revision %d version %d created %d updated %d, %d bytes %x", d.SessionID, d.Revision, d.SchemaVersion,
		d.CreatedAt.UnixMicro(), d.UpdatedAt.UnixMicro(), len(d.State), sha256.Sum256(d.State))
}

// without leaves out the lines about one kind of row.
func without(lines []string, kind string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		return strings.HasPrefix(line, kind+" ") || strings.Contains(line, `" `+kind+" ")
	})
}

func draftRow(owner string, d builder.Draft) builder.Row { return builder.Row{Owner: owner, Draft: &d} }

func revisionRow(owner string, d builder.Draft) builder.Row {
	return builder.Row{Owner: owner, Revision: &d}
}
