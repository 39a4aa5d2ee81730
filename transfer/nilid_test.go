package transfer

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

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
	for _, imported := range []struct {
		read        importFunc
		text, field string
	}{
		{ImportDrafts, draftLineOf(uuid.Nil), "session_id"},
		{ImportMemory, entryLineOf(uuid.Nil, "reviews code"), "id"},
	} {
		_, err := imported.read(t.Context(), newDatabase(), "", strings.NewReader("\n"+imported.text), ImportOptions{})
		var line *LineError
		var invalid *builder.InvalidError
		if !errors.As(err, &line) || line.Line != 2 || !errors.As(err, &invalid) || invalid.Field != imported.field {
			t.Errorf("imported: %v", err)
		}
	}
}

// A row that no store would keep stops none of the others.
func TestRowsThatCannotBeKeptAreNamed(t *testing.T) {
	w := newBoternity(t)
	w.draft(testID(1).String(), testState(testID(1), "one"), 1, "whenever", someTime)
	w.draft(testID(2).String(), testState(testID(2), "two"), 1, someTime, someTime)
	source, err := openBoternity(t.Context(), w.close())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := source.close(); err != nil {
			t.Error(err)
		}
	}()
	db := newDatabase()
	var result Adoption
	late := time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) // stands in for the time that cannot be read
	a := &adopter{db: db, store: db.Owner(""), source: source, fileTime: late, result: &result}
	if err := a.run(t.Context()); err != nil || result.Drafts != 1 || len(result.Refused) != 1 || result.Refused[0].RowID != 1 {
		t.Errorf("adopted: %+v, %v", result, err)
	}
}
