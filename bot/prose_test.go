package bot

import (
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestEnded(t *testing.T) {
	for given, want := range map[string]string{
		"No medical advice":       "No medical advice.",
		"No medical advice.":      "No medical advice.",
		"Really?":                 "Really?",
		"at most 3":               "at most 3.",
		`never say "no"`:          `never say "no".`,
		`it said "stop."`:         `it said "stop."`,
		"(in brackets)":           "(in brackets).",
		"see https://example.org": "see https://example.org",
		"with love 🦉":             "with love 🦉",
		"医療の助言はしない":               "医療の助言はしない。",
		"医療の助言はしない。":              "医療の助言はしない。",
		"कोई सलाह नहीं":           "कोई सलाह नहीं।",
		"никаких советов":         "никаких советов.",
		"ไม่ให้คำแนะนำ":           "ไม่ให้คำแนะนำ",
		"لا نصائح":                "لا نصائح.",
		"cafe\u0301":              "cafe\u0301.",
		"":                        "",
	} {
		if got := ended(given); got != want {
			t.Errorf("ended(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestQuotation(t *testing.T) {
	for given, want := range map[string]string{
		"one line":          "> one line.",
		" \n trimmed \n\n":  "> trimmed.",
		"one\ntwo":          "> one\n> two",
		"one\r\n\r\ntwo":    "> one\n>\n> two",
		"one\rtwo":          "> one\n> two",
		"# one\u2028---":    "> # one\n> ---",
		"> already":         "> > already.",
		"red \x1b[31m text": "> red  [31m text.",
	} {
		if got := quotation(given); got != want {
			t.Errorf("quotation(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestParagraphIsAParagraph(t *testing.T) {
	for given, want := range map[string]string{
		"Lex speaks":    "Lex speaks.",
		"# Lex speaks":  `\# Lex speaks.`,
		"- Lex speaks":  `\- Lex speaks.`,
		"> Lex\nspeaks": `\> Lex speaks.`,
		"1. Lex speaks": `1\. Lex speaks.`,
		"12) Lex":       `12\) Lex.`,
		"1 Lex":         "1 Lex.",
		"2":             `2\.`, // or it would be an empty list
		"":              "",
	} {
		if got := paragraph(given); got != want {
			t.Errorf("paragraph(%q) = %q, want %q", given, got, want)
		}
	}
}

// section is what stands under a heading of SOUL.md.
func section(t *testing.T, s Spec, name string) string {
	t.Helper()
	_, after, found := strings.Cut(mustRender(t, s)[soulName], "\n## "+name+"\n")
	if !found {
		t.Fatalf("no section %s", name)
	}
	text, _, _ := strings.Cut(after, "\n## ")
	return strings.TrimSpace(text)
}

func TestPersonality(t *testing.T) {
	none := "No tone or traits were chosen for Bo. It speaks plainly and follows the lead of the person it talks with."
	for name, c := range map[string]struct {
		tone, sentence string
		traits         []string
		sentences      map[string]string
		want           string
	}{
		"nothing":             {want: none},
		"blank":               {tone: " \n", traits: []string{"", " "}, want: none},
		"free tone":           {tone: "like a pirate", want: "The tone of Bo is “like a pirate”."},
		"tone":                {tone: "formal", sentence: "It is formal", want: "It is formal."},
		"sentence of no tone": {sentence: "It is formal.", want: none},
		"one trait":           {traits: []string{"loves puns"}, want: "Bo has the trait “loves puns”."},
		"traits":              {traits: []string{"kind", "dry\nwit", "kind"}, want: "Bo has the traits “kind” and “dry wit”."},
		"three":               {traits: []string{"a", "b", "c"}, want: "Bo has the traits “a”, “b” and “c”."},
		"mixed": {tone: "x", traits: []string{"a", "b"}, sentences: map[string]string{"b": "It is b."},
			want: "The tone of Bo is “x”. It is b. Bo has the trait “a”."},
		"same sentence": {traits: []string{"a", "b"}, sentences: map[string]string{"a": "It is.", "b": "It is."}, want: "It is."},
	} {
		spec := bareSpec()
		spec.Config.Traits, spec.TraitSentences, spec.ToneSentence = c.traits, c.sentences, c.sentence
		if c.tone != "" {
			spec.Config.Tone = &c.tone
		}
		if got := section(t, spec, "Personality"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPurposeTakesTheBestAccount(t *testing.T) {
	spec := bareSpec()
	const is = "Bo is a bot with a purpose of its own."
	if got := section(t, spec, "Purpose"); got != is {
		t.Errorf("got %q", got)
	}
	spec.InitialDescription = "first words"
	for _, step := range []struct {
		set  func()
		want string
	}{
		{func() {}, "first words."},
		{func() { spec.Config.Description = ptr("a description") }, "a description."},
		{func() { spec.Config.Purpose = ptr(" ") }, "a description."},
		{func() { spec.Config.Purpose = ptr("the purpose") }, "the purpose."},
	} {
		step.set()
		if got, want := section(t, spec, "Purpose"), is+"\n\nThis is what Bo is for:\n\n> "+step.want; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestBoundariesThatAreNone(t *testing.T) {
	for _, b := range []*string{nil, ptr(""), ptr(" \n"), ptr("None."), ptr("n/a"), ptr("-")} {
		spec := bareSpec()
		spec.Config.Boundaries = b
		if got := section(t, spec, "Boundaries"); !strings.HasPrefix(got, "No limits of its own were set for Bo. ") {
			t.Errorf("got %q", got)
		}
	}
}

func TestEveryCategoryHasItsSentences(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range append(builder.FixedCategories(), builder.Custom("game-master"), builder.Unknown) {
		k := kindOf(c)
		if seen[k.is] || seen[k.serves] || !strings.HasSuffix(k.is, ".") || !strings.HasSuffix(k.serves, ".") {
			t.Errorf("%s has %q and %q", c, k.is, k.serves)
		}
		seen[k.is], seen[k.serves] = true, true
	}
	if got, want := kindOf(builder.Custom("game-\nmaster")).is, "is a bot of its own kind, known as “game- master”."; got != want {
		t.Errorf("got %q", got)
	}
}
