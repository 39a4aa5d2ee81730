package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/recall"
)

func TestReadAnswer(t *testing.T) {
	tones := []catalog.Option{
		{Value: builder.Text("formal"), Label: "Very formal"}, {Value: builder.Text("friendly"), Label: "friendly"},
	}
	skills := []catalog.Option{
		{Value: builder.Text("web-search"), Label: "web-search"}, {Value: builder.Text("calendar"), Label: "calendar"},
	}
	numbers := []catalog.Option{{Value: builder.Number(0.2), Label: "0.2"}, {Value: builder.Number(0.7), Label: "0.7"}}
	tone := catalog.Question{Field: builder.FieldTone, Options: tones, FreeText: true}
	closed := catalog.Question{Field: builder.FieldTone, Options: tones}
	many := catalog.Question{Field: builder.FieldSkills, Options: skills, FreeText: true, Many: true, Optional: true}
	closedMany := catalog.Question{Field: builder.FieldSkills, Options: skills, Many: true}
	name := catalog.Question{Field: builder.FieldName, FreeText: true}
	temperature := catalog.Question{Field: builder.FieldTemperature, Options: numbers, FreeText: true}
	suggested := &recall.Suggestion{Field: builder.FieldTone, Value: builder.Text("friendly")}

	refused := builder.Text("(refused)")
	tests := []struct {
		of     forge.Question
		line   string
		value  builder.Value
		source builder.Source
	}{
		{forge.Question{Question: tone}, "1", builder.Text("formal"), builder.Chosen},
		{forge.Question{Question: tone}, " 2 ", builder.Text("friendly"), builder.Chosen},
		{forge.Question{Question: tone}, "FORMAL", builder.Text("formal"), builder.Chosen},
		{forge.Question{Question: tone}, "very formal", builder.Text("formal"), builder.Chosen},
		{forge.Question{Question: tone}, "gruff", builder.Text("gruff"), builder.Chosen},
		{forge.Question{Question: tone}, "3", refused, ""},
		{forge.Question{Question: tone}, "0", refused, ""},
		{forge.Question{Question: tone}, "-1", refused, ""},
		{forge.Question{Question: tone}, `\3`, builder.Text("3"), builder.Chosen},
		{forge.Question{Question: tone}, `\\3`, builder.Text(`\3`), builder.Chosen},
		{forge.Question{Question: tone}, `\FORMAL`, builder.Text("FORMAL"), builder.Chosen},
		{forge.Question{Question: tone}, "-", refused, ""},
		{forge.Question{Question: tone}, `\-`, builder.Text("-"), builder.Chosen},
		{forge.Question{Question: tone}, "1, 2", refused, ""},
		{forge.Question{Question: tone}, `\1, 2`, builder.Text("1, 2"), builder.Chosen},
		{forge.Question{Question: tone}, "1, maybe", builder.Text("1, maybe"), builder.Chosen},
		{forge.Question{Question: tone}, "Yes", refused, ""},
		{forge.Question{Question: tone}, `\yes`, builder.Text("yes"), builder.Chosen},
		{forge.Question{Question: tone}, "yes and no", builder.Text("yes and no"), builder.Chosen},
		{forge.Question{Question: name}, "ok", refused, ""},
		{forge.Question{Question: many}, "no", refused, ""},
		{forge.Question{Question: many}, `calendar, \no`, builder.List("calendar", "no"), builder.Chosen},
		{forge.Question{Question: closed}, "gruff", refused, ""},
		{forge.Question{Question: closed}, "formal", builder.Text("formal"), builder.Chosen},

		{forge.Question{Question: tone, Default: builder.Text("formal")}, "", builder.Text("formal"), builder.Default},
		{forge.Question{Question: tone, Default: builder.Text("formal"), Suggestion: suggested}, "", builder.Text("friendly"), builder.Accepted},
		{forge.Question{Question: tone, Suggestion: suggested, Previous: builder.Text("gruff")}, "", builder.Text("gruff"), builder.Chosen},
		{forge.Question{Question: tone, Suggestion: suggested}, "friendly", builder.Text("friendly"), builder.Chosen},
		{forge.Question{Question: name}, "", builder.Value{}, builder.Default},

		{forge.Question{Question: name}, "7", builder.Text("7"), builder.Chosen},
		{forge.Question{Question: name}, `\back`, builder.Text("back"), builder.Chosen},

		{forge.Question{Question: many}, "2, my-own ,1,2", builder.List("calendar", "my-own", "web-search"), builder.Chosen},
		{forge.Question{Question: many}, "CALENDAR,", builder.List("calendar"), builder.Chosen},
		{forge.Question{Question: many}, "1, 3", refused, ""},
		{forge.Question{Question: many}, `1, \3`, builder.List("web-search", "3"), builder.Chosen},
		{forge.Question{Question: many}, ", ,", refused, ""},
		{forge.Question{Question: many}, "-", builder.Value{}, builder.Chosen},
		{forge.Question{Question: many}, "None", builder.Value{}, builder.Chosen},
		{forge.Question{Question: closedMany}, "1,my-own", refused, ""},

		{forge.Question{Question: many, Pending: "2, my-own, half a"}, " + ", builder.List("calendar", "my-own", "half a"), builder.Chosen},
		{forge.Question{Question: name, Pending: "\\back"}, "+", builder.Text("back"), builder.Chosen},
		{forge.Question{Question: name, Pending: "Gopher"}, `\+`, builder.Text("+"), builder.Chosen},
		{forge.Question{Question: name}, "+", refused, ""},
		{forge.Question{Question: name}, `\+`, builder.Text("+"), builder.Chosen},

		{forge.Question{Question: temperature}, "2", builder.Number(0.7), builder.Chosen},
		{forge.Question{Question: temperature}, "2.0", builder.Number(2), builder.Chosen},
		{forge.Question{Question: temperature}, `\2`, builder.Number(2), builder.Chosen},
		{forge.Question{Question: temperature}, "0", builder.Number(0), builder.Chosen},
		{forge.Question{Question: temperature}, "0.9", builder.Number(0.9), builder.Chosen},
		{forge.Question{Question: temperature}, "3", refused, ""},
		{forge.Question{Question: temperature}, "hot", refused, ""},
	}
	for _, test := range tests {
		got, err := readAnswer(&test.of, test.line)
		if test.value == refused {
			if !errors.Is(err, builder.ErrInvalid) {
				t.Errorf("%s: %q gives %s and %v, want it refused", test.of.Field, test.line, got.Value, err)
			}
			continue
		}
		want := forge.Answer{Field: test.of.Field, Value: test.value, Source: test.source, Shown: test.of.Suggestion != nil}
		if err != nil || got != want {
			t.Errorf("%s: %q gives %+v and %v, want %+v", test.of.Field, test.line, got, err, want)
		}
	}
}

func TestQuestionTextIsSafeForATerminal(t *testing.T) {
	turn := forge.Turn{
		Notices: []forge.Notice{{Field: builder.FieldTone, Text: "gone\x1b[2J"}},
		Question: &forge.Question{
			Question:   catalog.Question{Field: builder.FieldTone, Text: "Which?\x1b[0m", Hint: "\x07", Options: []catalog.Option{{Value: builder.Text("a"), Label: "a\x1b", Fits: "b\x9b"}}},
			Suggestion: &recall.Suggestion{Value: builder.Text("c\x1b"), Reason: "d\x1b"},
			Previous:   builder.Text("e\x1b"),
			Pending:    "f\x1b" + strings.Repeat(" and on", 200),
		},
	}
	if !strings.Contains(questionText(turn), `f\x1b`+strings.Repeat(" and on", 200)+"\n") {
		t.Error("what was begun is cut off")
	}
	for _, r := range questionText(turn) {
		if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0) {
			t.Errorf("%q reaches the terminal", r)
		}
	}
}
