package bot

import (
	"strconv"

	"github.com/boternity/boternity/builder"
)

// identityFront is the front matter of IDENTITY.md. What is undecided is left
// out.
type identityFront struct {
	Slug               text     `yaml:"slug"`
	DisplayName        text     `yaml:"display_name"`
	Description        *text    `yaml:"description,omitempty"`
	Category           *text    `yaml:"category,omitempty"`
	Tags               *[]text  `yaml:"tags,omitempty"`
	Model              *text    `yaml:"model,omitempty"`
	Temperature        *float64 `yaml:"temperature,omitempty"`
	MaxTokens          *uint32  `yaml:"max_tokens,omitempty"`
	Purpose            *text    `yaml:"purpose,omitempty"`
	Boundaries         *text    `yaml:"boundaries,omitempty"`
	PurposeCategory    text     `yaml:"purpose_category"`
	InitialDescription text     `yaml:"initial_description"`
	SessionID          text     `yaml:"session_id"`
	CreatedAt          text     `yaml:"created_at"`
	Fingerprint        text     `yaml:"fingerprint"`
	Generated          *[]text  `yaml:"generated,omitempty"` // what was generated, by file; see record
}

// identityFile is IDENTITY.md of a bot with these other files. Its fingerprint
// covers them and itself, so that a retry knows its own work again even where
// someone has edited it since.
func identityFile(s *Spec, others []File) (File, error) {
	front := identityFront{
		Slug: text(s.Slug), DisplayName: text(*s.Config.Name),
		Description: (*text)(s.Config.Description), Category: (*text)(s.Config.Category), Tags: texts(s.Config.Tags),
		Model: (*text)(s.Config.Model), Temperature: s.Config.Temperature, MaxTokens: s.Config.MaxTokens,
		Purpose: (*text)(s.Config.Purpose), Boundaries: (*text)(s.Config.Boundaries),
		PurposeCategory: text(s.Category.String()), InitialDescription: text(s.InitialDescription),
		SessionID: text(s.SessionID.String()), CreatedAt: text(builder.FormatTime(s.CreatedAt)),
	}
	body := s.identityBody()
	generated := []text{}
	for _, file := range others {
		made := recordOf(file)
		if kept, ok := s.recorded[file.Path]; ok {
			made = kept
		}
		if made.whole != "" && file.Path != skillsName {
			generated = append(generated, made.line(file.Path))
		}
	}
	own := recordOf(File{Path: identityName, Content: []byte(body)})
	own.whole = "" // it would be a digest of itself
	generated = append(generated, own.line(identityName))
	front.Generated = &generated
	unsigned, err := markdown(identityName, front, body)
	if err != nil {
		return File{}, err
	}
	front.Fingerprint = text(fingerprint(append([]File{unsigned}, others...)))
	return markdown(identityName, front, body)
}

func (s *Spec) identityBody() string {
	description := ""
	if d := s.Config.Description; d != nil && inline(*d) != "" {
		description = join(paragraph("This is how "+s.name()+" is described:"), quotation(*d))
	}
	return page(heading(1, s.name()), description, paragraph(s.filing(), s.running()))
}

// filing is a sentence about the category and tags, as far as there are any.
func (s *Spec) filing() string {
	category, tags := "", ""
	if s.Config.Category != nil {
		category, _ = quoted(*s.Config.Category)
	}
	named, count := quoted(s.Config.Tags...)
	switch {
	case count == 1:
		tags = " the tag " + named
	case count > 1:
		tags = " the tags " + named
	}
	switch {
	case category != "" && tags != "":
		return s.name() + " is filed under " + category + " with" + tags + "."
	case category != "":
		return s.name() + " is filed under " + category + "."
	case tags != "":
		return s.name() + " has" + tags + "."
	}
	return ""
}

// running is a sentence about the model and its settings, as far as they are
// decided.
func (s *Spec) running() string {
	var settings []string
	if t := s.Config.Temperature; t != nil {
		settings = append(settings, "a temperature of "+strconv.FormatFloat(*t, 'g', -1, 64))
	}
	if n := s.Config.MaxTokens; n != nil {
		settings = append(settings, "a limit of "+strconv.FormatUint(uint64(*n), 10)+" tokens an answer")
	}
	sentence := s.name() + " answers"
	if s.Config.Model != nil {
		if model, count := quoted(*s.Config.Model); count > 0 {
			settings = append([]string{"the model " + model}, settings...)
		}
	}
	switch len(settings) {
	case 0:
		return ""
	case 1:
		return sentence + " with " + settings[0] + "."
	case 2:
		return sentence + " with " + settings[0] + " and " + settings[1] + "."
	}
	return sentence + " with " + settings[0] + ", " + settings[1] + " and " + settings[2] + "."
}
