package builder_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestTerms(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // separated by spaces
	}{
		{"", ""},
		{" \n\t.,;—🤖🎲", ""},
		{"the and of a", ""},
		{"A bot that reviews Go code", "bot review go code"},
		{"Reviewing reviewed REVIEWS review", "review"},
		{"node.js, 24/7; e-mail", "node.j 24 mail"},
		{"x y 7", ""}, // single letters and digits say nothing
		{"Schöne Grüße, naïve café", "schöne grüße naïv café"},
		{"Проверяет проверяли код", "проверя код"},
		{"コード", "コー ード"},
		{"代码审查 bot 代码", "代码 码审 审查 bot"},
		{"愛", "愛"},
		{"ภาษาไทย", "ภา าษ ษา าไ ไท ทย"},
		{"코드를 검토하는 봇", "코드를 검토하는 봇"},
		{"سلام دنیا", "سلام دنیا"},
	} {
		if got := strings.Join(builder.Terms(c.text), " "); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTermsAreBounded(t *testing.T) {
	var words []string
	for i := range 10 * builder.MaxTerms {
		words = append(words, fmt.Sprintf("word%d", i))
	}
	got := builder.Terms(strings.Join(words, " "))
	if len(got) != builder.MaxTerms || got[0] != "word0" || got[builder.MaxTerms-1] != fmt.Sprintf("word%d", builder.MaxTerms-1) {
		t.Errorf("not the first %d words: %d, %q", builder.MaxTerms, len(got), got)
	}
	var characters strings.Builder
	for i := range rune(10 * builder.MaxTerms) {
		characters.WriteRune('一' + i)
	}
	if got := builder.Terms(characters.String()); len(got) != builder.MaxTerms {
		t.Errorf("%d pairs of neighbouring characters", len(got))
	}
	if got := builder.Terms(strings.Repeat("一二三四五", 20_000)); len(got) != 5 {
		t.Errorf("pairs of five characters: %q", got)
	}
	if got := builder.Terms(strings.Repeat("a", builder.MaxDescription) + " short"); !slices.Equal(got, []string{"short"}) {
		t.Errorf("a word that nobody repeats is kept: %d terms", len(got))
	}
}

// More words than are remembered at a time, from many goroutines, have the
// stems that each of them has alone.
func TestTermsOfManyWords(t *testing.T) {
	const goroutines, words = 4, 6000
	var group sync.WaitGroup
	for g := range goroutines {
		group.Go(func() {
			for n := range words {
				text := fmt.Sprintf("review%08ds", g*words/2+n)
				if got, want := builder.Terms(text), text[:len(text)-1]; len(got) != 1 || got[0] != want {
					t.Errorf("%q: %q, want %q", text, got, want)
					return
				}
			}
		})
	}
	group.Wait()
	if got := strings.Join(builder.Terms("Reviewing reviewed проверяет"), " "); got != "review проверя" {
		t.Errorf("%q", got)
	}
}
