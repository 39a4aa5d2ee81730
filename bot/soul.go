package bot

import "github.com/boternity/boternity/builder"

// soulFront is the front matter of SOUL.md. What is undecided is left out.
type soulFront struct {
	Name   text    `yaml:"name"`
	Traits *[]text `yaml:"traits,omitempty"`
	Tone   *text   `yaml:"tone,omitempty"`
}

func soulFile(s *Spec) (File, error) {
	front := soulFront{Name: text(*s.Config.Name), Traits: texts(s.Config.Traits), Tone: (*text)(s.Config.Tone)}
	return markdown(soulName, front, page(
		heading(1, s.name()),
		heading(2, "Personality"), paragraph(s.personality()...),
		heading(2, "Purpose"), s.purpose(),
		heading(2, "Boundaries"), s.boundaries(),
	))
}

// name is the bot's name as prose has it.
func (s *Spec) name() string { return inline(*s.Config.Name) }

// personality is one sentence for the tone, then one for each trait that has a
// sentence, then one that names the other traits.
func (s *Spec) personality() []string {
	var sentences []string
	if tone := s.Config.Tone; tone != nil && inline(*tone) != "" {
		if inline(s.ToneSentence) != "" {
			sentences = append(sentences, s.ToneSentence)
		} else {
			named, _ := quoted(*tone)
			sentences = append(sentences, "The tone of "+s.name()+" is "+named+".")
		}
	}
	var unexplained []string
	told := map[string]bool{}
	for _, trait := range s.Config.Traits {
		sentence := inline(s.TraitSentences[trait])
		switch {
		case sentence == "":
			unexplained = append(unexplained, trait)
		case !told[sentence]:
			told[sentence] = true
			sentences = append(sentences, sentence)
		}
	}
	switch named, count := quoted(unexplained...); {
	case count == 1:
		sentences = append(sentences, s.name()+" has the trait "+named+".")
	case count > 1:
		sentences = append(sentences, s.name()+" has the traits "+named+".")
	}
	if len(sentences) == 0 {
		return []string{
			"No tone or traits were chosen for " + s.name() + ".",
			"It speaks plainly and follows the lead of the person it talks with.",
		}
	}
	return sentences
}

// purpose quotes the best account of what the bot is for.
func (s *Spec) purpose() string {
	is := paragraph(s.name() + " " + kindOf(s.Category).is)
	for _, account := range []*string{s.Config.Purpose, s.Config.Description, &s.InitialDescription} {
		if account != nil && inline(*account) != "" {
			return join(is, paragraph("This is what "+s.name()+" is for:"), quotation(*account))
		}
	}
	return is
}

func (s *Spec) boundaries() string {
	if !said(s.Config.Boundaries) {
		return paragraph(
			"No limits of its own were set for "+s.name()+".",
			"It stays honest, says when it does not know, and asks before it does anything that cannot be undone.",
		)
	}
	return join(
		paragraph("These are the limits of "+s.name()+", and it keeps to them whatever it is asked:"),
		quotation(*s.Config.Boundaries),
	)
}

// kind says of a purpose category what a bot of it is and whom it serves. Both
// go on after the bot's name.
type kind struct{ is, serves string }

var kinds = map[builder.PurposeCategory]kind{
	builder.SimpleUtility: {
		"is a simple utility: it does one small job well and keeps out of the way.",
		"works for people who need one small job done without fuss."},
	builder.ComplexAnalyst: {
		"is an analyst: it works through complex questions and shows how it came to its answers.",
		"works for people who have to decide something and want to see the reasons."},
	builder.Creative: {
		"is a creative partner: it brings ideas and helps to give them a form.",
		"works for people who make things and want a partner to make them with."},
	builder.Coding: {
		"is a coding bot: it works with code and with the people who write it.",
		"works for people who write, read and maintain code."},
	builder.Research: {
		"is a research bot: it finds out what is known, and says where it found it.",
		"works for people who want to know what is known, and how well."},
	builder.CustomerService: {
		"is a customer service bot: it helps customers and hears them out.",
		"works for customers who need an answer, and for the team that looks after them."},
	builder.Unknown: {
		"is a bot with a purpose of its own.",
		"works for the person who made it and for those they share it with."},
}

func kindOf(c builder.PurposeCategory) kind {
	if k, ok := kinds[c]; ok {
		return k
	}
	custom, _ := c.CustomText()
	named, count := quoted(custom)
	if count == 0 {
		return kinds[builder.Unknown]
	}
	return kind{
		"is a bot of its own kind, known as " + named + ".",
		"works for people who want what is known as " + named + ".",
	}
}
