package builder_test

import (
	stdjson "encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// longDraft is a session of 20 exchanges, about 8 KB of JSON.
func longDraft(t tester) builder.Draft {
	s := newState()
	for i := range 20 {
		answer(t, &s, builder.FieldBoundaries, fmt.Sprintf("answer %d: %s", i, strings.Repeat("it says what it would need to know ", 8)), builder.Chosen)
	}
	if err := s.Set(builder.FieldSkills, builder.List("code-review", "code-generation"), builder.Accepted); err != nil {
		t.Fatal(err)
	}
	return draftOf(encode(t, &s))
}

// plainState is what a reader without our strictness would decode into.
type plainState struct {
	SessionID    uuid.UUID `json:"session_id"`
	Phase        string    `json:"phase"`
	Description  string    `json:"initial_description"`
	Purpose      any       `json:"purpose_category"`
	Conversation []struct {
		Question   string `json:"question"`
		Answer     string `json:"answer"`
		Phase      string `json:"phase"`
		Field      string `json:"field"`
		Superseded bool   `json:"superseded"`
	} `json:"conversation"`
	Config struct {
		Name        *string  `json:"name"`
		Description *string  `json:"description"`
		Category    *string  `json:"category"`
		Tags        []string `json:"tags"`
		Tone        *string  `json:"tone"`
		Traits      []string `json:"traits"`
		Purpose     *string  `json:"purpose"`
		Boundaries  *string  `json:"boundaries"`
		Model       *string  `json:"model"`
		Temperature *float64 `json:"temperature"`
		MaxTokens   *uint32  `json:"max_tokens"`
		Skills      []struct {
			Name        string `json:"name"`
			Description string `json:"description"`
			SkillType   string `json:"skill_type"`
		} `json:"skills"`
	} `json:"config"`
	PhaseHistory []string          `json:"phase_history"`
	Sources      map[string]string `json:"sources"`
}

// Reading strictly has to cost no more than half of what encoding/json takes to
// read loosely.
func BenchmarkDecode(b *testing.B) {
	d := longDraft(b)
	run := func(name string, decode func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(d.State)))
			b.ReportAllocs()
			for b.Loop() {
				if err := decode(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("DecodeState", func() error {
		_, err := builder.DecodeState(d)
		return err
	})
	run("CheckSave", func() error {
		_, err := builder.CheckSave(d)
		return err
	})
	run("encoding_json", func() error {
		var s plainState
		return stdjson.Unmarshal(d.State, &s)
	})
}

func BenchmarkEncode(b *testing.B) {
	s, err := builder.DecodeState(longDraft(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTerms(b *testing.B) {
	for name, text := range map[string]string{
		"sentence": "A bot that reviews Go code and explains what it finds to people who are new to the language",
		"longest":  strings.Repeat("word ", builder.MaxDescription/5),
		"one_word": strings.Repeat("a", builder.MaxDescription),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				builder.Terms(text)
			}
		})
	}
}
