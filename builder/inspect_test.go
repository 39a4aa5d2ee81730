package builder_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

func TestInspect(t *testing.T) {
	i := builder.Inspect(draftOf(everyMember))
	if i != (builder.Inspection{Description: secret, Phase: builder.PhaseSkills, Category: builder.Custom(secret)}) {
		t.Errorf("%+v", i)
	}
	summary := builder.DraftSummary{SchemaVersion: 1, Inspection: i}
	if summary.Status() != builder.StatusOK {
		t.Errorf("status %s", summary.Status())
	}
}

// Another program may know more versions than the one that saved.
func TestInspectNewer(t *testing.T) {
	d := draftOf(`{"initial_description":"from the future","initial_description":"twice","phase":{"step":3},"x":[1e400]}`)
	d.SchemaVersion = 2
	i, err := builder.CheckSave(d)
	if err != nil || i != (builder.Inspection{Description: "from the future"}) {
		t.Errorf("%+v, %v", i, err)
	}
	if status, problem := builder.StatusOf(d); status != builder.StatusNewer || problem != "" {
		t.Errorf("%s, %q", status, problem)
	}

	for _, state := range []string{``, `[]`, `null`, `{`, `{} {}`, `{"a":1}x`, `"Zanzibar"`, "{\"a\":\"\xff\"}"} {
		d.State = []byte(state)
		i, err := builder.CheckSave(d)
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "state" || i.Problem == "" {
			t.Errorf("%q: %+v, %v", state, i, err)
		}
		if status, _ := builder.StatusOf(d); status != builder.StatusUnreadable {
			t.Errorf("%q is %s", state, status)
		}
		wantNoSecret(t, err)
	}
}

// A person should know a draft by its words even when it cannot be opened.
func TestInspectUnreadableShowsTheDescription(t *testing.T) {
	for state, want := range map[string]string{
		everyMember[:len(everyMember)-9]: secret,
		everyMember + "x":                secret,
		strings.Replace(everyMember, `"phase":"skills"`, `"phase":7`, 1):                                    secret,
		strings.Replace(everyMember, `"phase":"skills"`, `"phase":"a","phase":"b"`, 1):                      secret,
		strings.Replace(everyMember, `"initial_description":"`, `"initial_description":"a\u0000`+"\xff", 1): "a\uFFFD\uFFFD" + secret,
		`{"initial_description":{"text":"V2"}}`:                                                             "", `{"initial_description":"cut`: "", `[]`: "", ``: "", "\xff": "", `{"a":[}`: "",
	} {
		d := draftOf(state)
		i := builder.Inspect(d)
		if i.Description != want || i.Problem == "" || i.Phase != "" {
			t.Errorf("%.60q: %+v, want description %q", state, i, want)
		}
		if !utf8.ValidString(i.Description) || strings.Contains(i.Description, "\x00") {
			t.Errorf("%.60q: the description is not one that every database keeps: %q", state, i.Description)
		}
	}
}

func TestDescriptionIsCutAtRunes(t *testing.T) {
	for _, c := range []struct {
		text string
		want int // runes
	}{
		{"", 0}, {strings.Repeat("a", 200), 200}, {strings.Repeat("a", 201), 200}, {strings.Repeat("愛", 199), 199}, {strings.Repeat("🤖", 300), 200},
	} {
		s := builder.NewState(sessionID, c.text, builder.Unknown)
		i := builder.Inspect(draftOf(encode(t, &s)))
		if !strings.HasPrefix(c.text, i.Description) || utf8.RuneCountInString(i.Description) != c.want {
			t.Errorf("%d runes became %d", utf8.RuneCountInString(c.text), utf8.RuneCountInString(i.Description))
		}
		broken := builder.Inspect(draftOf(encode(t, &s) + "x"))
		if broken.Description != i.Description {
			t.Errorf("unreadable, it is cut at %d", utf8.RuneCountInString(broken.Description))
		}
	}
	for n, want := range []string{"", "a", "a\xff", "a\xff愛", "a\xff愛b", "a\xff愛b"} {
		if got := builder.CutRunes("a\xff愛b", n); got != want {
			t.Errorf("CutRunes to %d: %q", n, got)
		}
	}
}

// What is over a limit is refused on the way in; already stored it is readable.
func TestCheckSaveLimits(t *testing.T) {
	text := func(n int) string { return quoted(strings.Repeat("a", n)) }
	for _, c := range []struct {
		path  string
		limit int
		field string
		wrap  string
	}{
		{"initial_description", builder.MaxDescription, "initial_description", "%s"},
		{"purpose_category.custom", builder.MaxAnswer, "purpose_category", "%s"},
		{"conversation[0].answer", builder.MaxAnswer, "conversation[0].answer", "%s"},
		{"config.name", builder.MaxAnswer, "config.name", "%s"},
		{"config.boundaries", builder.MaxAnswer, "config.boundaries", "%s"},
		{"config.tags", builder.MaxAnswer, "config.tags[1]", `["",%s]`},
		{"config.traits", builder.MaxAnswer, "config.traits[0]", `[%s]`},
		{"config.skills[0].name", builder.MaxAnswer, "config.skills[0].name", "%s"},
	} {
		d := draftOf(withMember(t, everyMember, c.path, fmt.Sprintf(c.wrap, text(c.limit))))
		if _, err := builder.CheckSave(d); err != nil {
			t.Errorf("%s of the longest length: %v", c.path, err)
		}
		d = draftOf(withMember(t, everyMember, c.path, fmt.Sprintf(c.wrap, text(c.limit+1))))
		i, err := builder.CheckSave(d)
		var invalid *builder.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != c.field || invalid.Limit != int64(c.limit) || invalid.Got != int64(c.limit+1) {
			t.Errorf("%s: %v", c.path, err)
		}
		if _, err := builder.DecodeState(d); err != nil || i.Problem != "" {
			t.Errorf("%s: what is stored became unreadable: %v, %q", c.path, err, i.Problem)
		}
	}
}

func TestCheckSaveRefusesHugeStates(t *testing.T) {
	d := draftOf(everyMember + strings.Repeat(" ", builder.MaxState-len(everyMember)))
	if _, err := builder.CheckSave(d); err != nil {
		t.Errorf("a state of the largest size: %v", err)
	}
	d.State = append(d.State, ' ')
	for _, version := range []uint32{1, 2} {
		d.SchemaVersion = version
		var invalid *builder.InvalidError
		if _, err := builder.CheckSave(d); !errors.As(err, &invalid) || invalid.Field != "state" || invalid.Limit != builder.MaxState || invalid.Got != builder.MaxState+1 {
			t.Errorf("version %d: %v", version, err)
		}
	}
	d.SessionID = uuid.Nil
	if _, err := builder.CheckSave(d); !errors.Is(err, builder.ErrInvalid) {
		t.Errorf("the nil id: %v", err)
	}
}
