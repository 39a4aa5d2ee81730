package recall

import (
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestVocabularyCoversEveryCategory(t *testing.T) {
	v := loadVocabulary()
	entries := map[builder.PurposeCategory]int{}
	count := func(e *entry) {
		for _, p := range e.points {
			entries[v.sections[p.section].category]++
			if p.points < 1 || p.points > 12 {
				t.Errorf("%q gives %g points", e.written, p.points)
			}
		}
	}
	for _, e := range v.words {
		count(e)
	}
	for _, e := range v.stems {
		count(e)
	}
	for _, list := range v.phrases {
		for _, e := range list {
			count(e)
		}
	}
	families := []builder.PurposeCategory{
		builder.Custom("role-play"), builder.Custom("games"), builder.Custom("coaching"), builder.Custom("health"),
		builder.Custom("law"), builder.Custom("spirituality"), builder.Custom("leisure"),
	}
	for _, category := range append(builder.FixedCategories(), families...) {
		if entries[category] < 50 {
			t.Errorf("%s has %d entries", category, entries[category])
		}
	}
	if !v.common["bot"] || v.common["code"] {
		t.Error("the common words are not those of the file")
	}
}

func TestVocabularyRefuses(t *testing.T) {
	tests := []struct{ name, text, problem string }{
		{"words before a section", "3: code", "line 1"},
		{"a section that is no category", "[cooking]\n3: pan", "line 1"},
		{"a section twice", "[coding]\n3: code\n[coding]\n3: bug", "line 3"},
		{"no points", "[coding]\ncode", "line 2"},
		{"points that are none", "[coding]\nx: code", "line 2"},
		{"negative points", "[coding]\n-1: code", "line 2"},
		{"words without a term", "[coding]\n3: the", "line 2"},
		{"a stem of one letter", "[coding]\n3: c*", "line 2"},
		{"words twice", "[coding]\n3: code\n2: coding", "line 3"},
		{"words in two families", "[custom: law]\n3: tax\n[custom: games]\n2: tax", "line 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := newVocabulary().parse(test.text); err == nil || !strings.Contains(err.Error(), test.problem) {
				t.Errorf("got %v, want an error about %s", err, test.problem)
			}
		})
	}
}

func TestEntriesOfWords(t *testing.T) {
	v := newVocabulary()
	if err := v.parse("[coding]\n3: code, 코드*, program*, programming language, برمجة, 数据库\n[creative]\n2: code"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ text, want string }{
		{"codes", "code"},
		{"코드를 검토하는", "코드*"}, // with its particle
		{"programador", "program*"},
		{"the language of programming", "program* programming language"},
		{"البرمجة", "برمجة"}, // with its article
		{"大数据库", "数据库"},
		{"cod", ""},
	} {
		var got []string
		for _, h := range v.hits(termsOf(test.text)) {
			if h.section == 0 {
				got = append(got, h.written)
			}
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%q holds %q, want %q", test.text, s, test.want)
		}
	}
}
