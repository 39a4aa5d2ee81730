package transfer

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// The nil UUID is nobody's session: a row that has it would be taken and never
// be found again.
func TestNilIDsAreRefused(t *testing.T) {
	w := newBoternity(t)
	w.draft(uuid.Nil.String(), testState(uuid.Nil, "secret"), 1, someTime, someTime)
	w.entry(uuid.Nil.String(), nil)
	result := mustAdopt(t, newDatabase(), w.close())
	want := []Named{{"builder_drafts", 1, "session_id is the nil UUID"}, {"builder_memory", 1, "id is the nil UUID"}}
	if result.Drafts != 0 || result.Memory != 0 || !slices.Equal(result.Refused, want) {
		t.Errorf("adopted: %+v", result)
	}
	db := newDatabase()
	_, err := ImportDrafts(t.Context(), db, "", strings.NewReader(draftLineOf(uuid.Nil)), ImportOptions{})
	var invalid *builder.InvalidError
	if !errors.As(err, &invalid) || invalid.Field != "session_id" {
		t.Errorf("imported: %v", err)
	}
}
