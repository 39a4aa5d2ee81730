package builder_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/boternity/boternity/builder"
)

var update = flag.Bool("update", false, "rewrite testdata/encoded")

// goldenStates are states as they have been written, by their digest. They are
// on people's disks, so a file listed here is never changed and never removed;
// a new schema version adds files. The unknown members of the last one stand
// for those of programs that are yet to come.
var goldenStates = map[string]string{
	"state_v1_fresh.json":           "b3bc71067a580cf24219158ad5f583f255e189ceb66d028d4f01618ec17e839a",
	"state_v1_midway.json":          "3da8e67aa5ec92c772f54385e4f37effbbfa0e2fc31a1240c0e38b1df8ac8072",
	"state_v1_full.json":            "88b5e94e5a5cba6f85257fd02d557fba7d3e85734a88d65ee0d166e5746adef0",
	"state_v1_custom_category.json": "3b6cffd91ef4709894785e1047b734862134d78dbfb227e10ff33b13ed465b9d",
	"state_v1_nulls.json":           "5991787c82f68c5ee269a801aef1f70eefe0a7a41fbf5e91b0be7233d00fefdf",
	"state_v1_empty_texts.json":     "2177c4c629c7ca527d8564a6bf254717c7d2b13656f46246729cceaa32fe1dd4",
	"state_v1_extended.json":        "5802da904bc3d47270053d4032fbb43f043495e2a45e3b349428d5d0935381aa",
}

func goldenDraft(t testing.TB, name string) builder.Draft {
	t.Helper()
	state, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatalf("a golden state is missing; it has to stay for good: %v", err)
	}
	if sum := sha256.Sum256(state); hex.EncodeToString(sum[:]) != goldenStates[name] {
		t.Fatalf("%s was changed; what was once written stays as it was", name)
	}
	version := regexp.MustCompile(`^state_v(\d+)_`).FindStringSubmatch(name)
	v, err := strconv.ParseUint(version[1], 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`"session_id":"([^"]+)"`).FindSubmatch(state)
	sid, err := builder.ParseID(string(id[1]))
	if err != nil {
		t.Fatal(err)
	}
	return builder.Draft{SessionID: sid, SchemaVersion: uint32(v), State: state}
}

func TestGoldenStatesStayReadable(t *testing.T) {
	versions := map[uint32]bool{}
	for name := range goldenStates {
		t.Run(name, func(t *testing.T) {
			d := goldenDraft(t, name)
			versions[d.SchemaVersion] = true
			s, err := builder.DecodeState(d)
			if err != nil {
				t.Fatal(err)
			}
			got := encode(t, &s)
			encoded := filepath.Join("testdata", "encoded", name)
			if *update {
				if err := errors.Join(os.MkdirAll(filepath.Dir(encoded), 0o755), os.WriteFile(encoded, []byte(got), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(encoded)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("encoded as\n%s\nnot as\n%s", got, want)
			}
			again, err := builder.DecodeState(builder.Draft{SessionID: d.SessionID, SchemaVersion: builder.CurrentSchemaVersion, State: []byte(got)})
			if err != nil {
				t.Fatal(err)
			}
			if twice := encode(t, &again); twice != got {
				t.Errorf("encoding is not stable:\n%s\nthen\n%s", got, twice)
			}
			if _, err := builder.CheckSave(d); err != nil {
				t.Errorf("CheckSave refuses it: %v", err)
			}
		})
	}
	for v := uint32(1); v <= builder.CurrentSchemaVersion; v++ {
		if !versions[v] {
			t.Errorf("schema version %d has no golden state", v)
		}
	}
}

func TestEveryStateInTestdataIsGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/state_v*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if _, ok := goldenStates[filepath.Base(name)]; !ok {
			t.Errorf("%s is not listed in goldenStates", name)
		}
	}
}

// What Boternity writes with whole numbers written the short way, we write back
// byte for byte.
func TestBoternitysFormIsOurs(t *testing.T) {
	for _, name := range []string{"state_v1_fresh.json", "state_v1_midway.json", "state_v1_custom_category.json", "state_v1_nulls.json"} {
		d := goldenDraft(t, name)
		s, err := builder.DecodeState(d)
		if err != nil {
			t.Fatal(err)
		}
		if got := encode(t, &s); got != string(d.State) {
			t.Errorf("%s came back as\n%s\nnot as\n%s", name, got, d.State)
		}
	}
}

func TestGoldenStateDecodesMemberByMember(t *testing.T) {
	s, err := builder.DecodeState(goldenDraft(t, "state_v1_extended.json"))
	if err != nil {
		t.Fatal(err)
	}
	last := s.Conversation[2]
	for what, ok := range map[string]bool{
		"session id":   s.SessionID.String() == "0195b2a4-0000-7000-8000-000000000007",
		"phase":        s.Phase == builder.PhaseSkills,
		"description":  s.Description == "Looks up papers and sums them up",
		"category":     s.Category() == builder.Custom("librarian"),
		"question":     last.Question == "What tone fits best?",
		"answer":       last.Answer == "scholarly",
		"its phase":    last.Phase == builder.PhasePersonality,
		"its field":    last.Field == builder.FieldTone,
		"superseded":   !last.Superseded && s.Conversation[1].Superseded,
		"name":         *s.Config.Name == "Paper trail",
		"tone":         *s.Config.Tone == "scholarly",
		"model":        *s.Config.Model == "retired-model-1",
		"boundaries":   s.Config.Boundaries == nil,
		"temperature":  *s.Config.Temperature == 0.5,
		"max tokens":   *s.Config.MaxTokens == 4096,
		"skill":        s.Config.Skills[0].Name == "search" && s.Config.Skills[0].Description == "searches" && s.Config.Skills[0].SkillType == "local",
		"history":      len(s.PhaseHistory) == 3 && s.PhaseHistory[2] == builder.PhaseModel,
		"source":       s.Source(builder.FieldTone) == builder.Accepted,
		"declined":     s.Declined[0].Field == builder.FieldTone && s.Declined[0].Value == builder.Text("formal"),
		"a list":       s.Declined[1].Value == builder.List("precise"),
		"a number":     s.Declined[2].Value == builder.Number(0.9),
		"confirmed":    s.Confirmed[builder.FieldModel] == builder.Text("retired-model-1"),
		"slug":         *s.BotSlug == "paper-trail",
		"unknown":      string(s.Unknown) == `{"theme":{"accent":null,"Phase":[1,{"phase":2}]}}`,
		"unknown deep": string(s.Config.Skills[0].Unknown) == `{"version":1e400}`,
	} {
		if !ok {
			t.Errorf("%s is not what the file says", what)
		}
	}
}
