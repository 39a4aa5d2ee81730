package bot

// userFile is USER.md, which has no front matter: from here on it is the
// user's own.
func userFile(s *Spec) File {
	wanted := ""
	if inline(s.InitialDescription) != "" {
		wanted = join(paragraph("This is what was asked for when "+s.name()+" was made:"), quotation(s.InitialDescription))
	}
	purpose := ""
	if p := s.Config.Purpose; p != nil && inline(*p) != "" && inline(*p) != inline(s.InitialDescription) {
		purpose = join(paragraph("This is what "+s.name()+" is for:"), quotation(*p))
	}
	description := ""
	if d := s.Config.Description; wanted == "" && purpose == "" && d != nil && inline(*d) != "" {
		description = join(paragraph("This is how "+s.name()+" is described:"), quotation(*d))
	}
	return File{Path: userName, Content: []byte(page(
		heading(1, "Who "+s.name()+" is for"),
		paragraph(s.name()+" "+kindOf(s.Category).serves),
		wanted, purpose, description,
		heading(2, "Notes"),
		paragraph("The rest of this page is yours.", "Write here what "+s.name()+" should know about you:"),
		"- What to call you:\n- The languages you prefer:\n- What you are working on:\n- How you like to be answered:",
	))}
}
