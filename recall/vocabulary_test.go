package recall

import (
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestVocabularyCoversEveryCategory(t *testing.T) {
	v, err := parseVocabulary(vocabularyText)
	if err != nil {
		t.Fatal(err)
	}
	entries := map[builder.PurposeCategory]int{}
	for _, list := range v.byTerm {
		for _, e := range list {
			entries[v.categories[e.category]]++
			if e.weight < 1 || e.weight > 4 {
				t.Errorf("%q weighs %g", e.words, e.weight)
			}
		}
	}
	for _, category := range append(builder.FixedCategories(), builder.Custom("role-play"), builder.Custom("games"),
		builder.Custom("coaching"), builder.Custom("health"), builder.Custom("law")) {
		if entries[category] < 20 {
			t.Errorf("%s has %d entries", category, entries[category])
		}
	}
	if !v.common["bot"] || v.common["code"] {
		t.Error("the common words are not those of the file")
	}
}

func TestParseVocabularyRefuses(t *testing.T) {
	tests := []struct{ name, text, problem string }{
		{"words before a section", "3: code", "line 1"},
		{"a section that is no category", "[cooking]\n3: pan", "line 1"},
		{"no weight", "[coding]\ncode", "line 2"},
		{"a weight that is none", "[coding]\nx: code", "line 2"},
		{"words without a term", "[coding]\n3: the", "line 2"},
		{"words twice", "[coding]\n3: code\n[creative]\n2: coding", "line 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := parseVocabulary(test.text); err == nil || !strings.Contains(err.Error(), test.problem) {
				t.Errorf("got %v, want an error about %s", err, test.problem)
			}
		})
	}
}
