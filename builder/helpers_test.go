package builder_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// tester is what the helpers need of a *testing.T, *testing.F or *rapid.T.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// secret stands for users' words: it is in every text and every unknown name
// of everyMember, and must be in no error text.
const secret = "Zanzibar"

var sessionID = uuid.MustParse("0195b2a4-0000-7000-8000-00000000000a")

// everyMember is a state with every member that this program knows, and an
// unknown one in every object.
const everyMember = `{"session_id":"0195b2a4-0000-7000-8000-00000000000a","phase":"skills","initial_description":"Zanzibar",` +
	`"purpose_category":{"custom":"Zanzibar","Zanzibar":"Zanzibar"},` +
	`"conversation":[{"question":"Zanzibar","answer":"Zanzibar","phase":"basics","field":"tone","superseded":true,"Zanzibar":"Zanzibar"}],` +
	`"config":{"name":"Zanzibar","description":"Zanzibar","category":"Zanzibar","tags":["Zanzibar"],"tone":"Zanzibar","traits":["Zanzibar"],` +
	`"purpose":"Zanzibar","boundaries":"Zanzibar","model":"Zanzibar","temperature":0.5,"max_tokens":4096,` +
	`"skills":[{"name":"Zanzibar","description":"Zanzibar","skill_type":"local","Zanzibar":"Zanzibar"}],"Zanzibar":["Zanzibar"]},` +
	`"phase_history":["basics"],"sources":{"tone":"chosen","Zanzibar":"Zanzibar"},` +
	`"declined":[{"field":"tone","value":"Zanzibar","Zanzibar":"Zanzibar"}],` +
	`"confirmed":{"model":"Zanzibar","Zanzibar":"Zanzibar"},"bot_slug":"Zanzibar",` +
	`"replaces":{"slug":"Zanzibar","session_id":"0195b2a4-0000-7000-8000-00000000000c","values":{"tone":"Zanzibar","Zanzibar":"Zanzibar"},"Zanzibar":"Zanzibar"},"Zanzibar":{"Zanzibar":[{"Zanzibar":1}]}}`

// objectsOfState are the places of all objects of everyMember that have known
// names, with those names.
var objectsOfState = map[string][]string{
	"":                 {"session_id", "phase", "initial_description", "purpose_category", "conversation", "config", "phase_history", "sources", "declined", "confirmed", "bot_slug", "replaces"},
	"purpose_category": {"custom"},
	"conversation[0]":  {"question", "answer", "phase", "field", "superseded"},
	"config":           builder.Fields(),
	"config.skills[0]": {"name", "description", "skill_type"},
	"sources":          builder.Fields(),
	"declined[0]":      {"field", "value"},
	"confirmed":        builder.Fields(),
	"replaces":         {"slug", "session_id", "values"},
	"replaces.values":  builder.Fields(),
}

func draftOf(state string) builder.Draft {
	return builder.Draft{SessionID: sessionID, SchemaVersion: 1, State: []byte(state)}
}

func decode(t tester, state string) builder.State {
	t.Helper()
	s, err := builder.DecodeState(draftOf(state))
	if err != nil {
		t.Fatalf("DecodeState: %v\n%s", err, state)
	}
	return s
}

func encode(t tester, s *builder.State) string {
	t.Helper()
	b, version, err := s.Encode()
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	if version != builder.CurrentSchemaVersion {
		t.Fatalf("Encode wrote version %d", version)
	}
	return string(b)
}

// place joins the path of an object and the name of a member.
func place(object, name string) string {
	if object == "" {
		return name
	}
	return object + "." + name
}

// withMember returns the JSON with the member at a path like
// "conversation[0].answer" set to a raw value.
func withMember(t tester, text, path, value string) string {
	t.Helper()
	return edit(t, text, path, func(object map[string]any, name string) { object[name] = jsontext.Value(value) })
}

// withoutMember returns the JSON without the member at a path.
func withoutMember(t tester, text, path string) string {
	t.Helper()
	return edit(t, text, path, func(object map[string]any, name string) {
		if _, ok := object[name]; !ok {
			t.Fatalf("there is no %s to remove", path)
		}
		delete(object, name)
	})
}

var step = regexp.MustCompile(`[^.\[\]]+`)

func edit(t tester, text, path string, change func(object map[string]any, name string)) string {
	t.Helper()
	var root any
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	at, steps := root, step.FindAllString(path, -1)
	for _, s := range steps[:len(steps)-1] {
		switch v := at.(type) {
		case map[string]any:
			at = v[s]
		case []any:
			i, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			at = v[i]
		}
	}
	change(at.(map[string]any), steps[len(steps)-1])
	b, err := json.Marshal(root, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// number is a JSON number as it was written.
type number string

// tree reads JSON with numbers as they are written.
func tree(t tester, text string) any {
	t.Helper()
	var read func(raw jsontext.Value) any
	read = func(raw jsontext.Value) any {
		var err error
		switch raw.Kind() {
		case '0':
			return number(raw)
		case '{':
			var members map[string]jsontext.Value
			err = json.Unmarshal(raw, &members)
			object := map[string]any{}
			for name, value := range members {
				object[name] = read(value)
			}
			if err == nil {
				return object
			}
		case '[':
			var elements []jsontext.Value
			err = json.Unmarshal(raw, &elements)
			array := []any{}
			for _, element := range elements {
				array = append(array, read(element))
			}
			if err == nil {
				return array
			}
		default:
			var v any
			if err = json.Unmarshal(raw, &v); err == nil {
				return v
			}
		}
		t.Fatalf("%v\n%s", err, text)
		return nil
	}
	return read(jsontext.Value(text))
}

// lost returns the places where have lacks something of want. Arrays may have
// grown at the end.
func lost(want, have any, at string) []string {
	var places []string
	switch want := want.(type) {
	case map[string]any:
		object, _ := have.(map[string]any)
		for name, value := range want {
			if member, ok := object[name]; ok {
				places = append(places, lost(value, member, place(at, name))...)
			} else {
				places = append(places, place(at, name))
			}
		}
	case []any:
		array, _ := have.([]any)
		for i, element := range want {
			here := fmt.Sprintf("%s[%d]", at, i)
			if i < len(array) {
				places = append(places, lost(element, array[i], here)...)
			} else {
				places = append(places, here)
			}
		}
	default:
		if want != have {
			places = append(places, at)
		}
	}
	return places
}

func wantNoSecret(t tester, err error) {
	t.Helper()
	if err != nil && strings.Contains(strings.ToLower(err.Error()), strings.ToLower(secret)) {
		t.Errorf("the error repeats the user's words: %v", err)
	}
}

// quoted is a text as JSON.
func quoted(s string) string {
	b, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
