package main

import (
	"errors"
	"maps"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

func TestParseAnswers(t *testing.T) {
	got, err := parseAnswers([]byte(` { "name" : "A\u0041" , "tags": [], "traits": ["a, b"], "temperature": 1e0 } ` + "\n"))
	want := answers{
		builder.FieldName: builder.Text("AA"), builder.FieldTags: builder.List(),
		builder.FieldTraits: builder.List("a, b"), builder.FieldTemperature: builder.Number(1),
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v and %v, want %v", got, err, want)
	}
}

// Whatever the file holds: it is refused with the place named, or every answer
// in it is one that the guide takes, and parsing it twice is the same.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"name":"A","tone":"formal","traits":["a"],"temperature":0.5,"max_tokens":10,"skills":["web-search"]}`,
		`{"name":null}`, `{"name":"A","name":"B"}`, `{"Name":"A"}`, `{"x":{"y":[1]}}`, `[]`, `{"name":"\ud800"}`, `{"name":"A"}{}`,
		`{"max_tokens":1e99}`, `{"tags":["a",["b"]]}`, "{\"name\":\"\x00\"}", `{"name":"A",}`, "\xef\xbb\xbf{}",
	} {
		f.Add([]byte(seed))
	}
	guide := forge.New(nil, forge.Options{})
	f.Fuzz(func(t *testing.T, text []byte) {
		given, err := parseAnswers(text)
		if err == nil {
			err = given.check(guide)
		}
		if err != nil {
			var invalid *builder.InvalidError
			if !errors.As(err, &invalid) || invalid.Field == "" {
				t.Fatalf("%v names no field", err)
			}
			return
		}
		for field, value := range given {
			if !builder.IsField(field) || builder.CheckValue(field, value) != nil {
				t.Errorf("%q is accepted as %s", field, value)
			}
		}
		again, err := parseAnswers(text)
		if err != nil || !maps.Equal(given, again) {
			t.Errorf("a second time it is %v and %v", again, err)
		}
	})
}
