package forge

import "testing"

func TestNameFromDescription(t *testing.T) {
	for description, want := range map[string]string{
		"A bot that reviews Go code and finds bugs": "Reviews Go Code",
		"I want a bot for C++ and C#":               "C++ And C#",
		"Remind me to water the plants":             "Remind Me To Water",
		"企業系統架構與安全專家：精通架構設計、Linux、網絡安全及合規的長長長長長長長長長": "企業系統架構與安全專家 精通架構設計 Linux 網絡安全及合規的長長長長長長長長長",
		"🤖":              "My Bot",
		"a bot":          "My Bot",
		"école de danse": "École De Danse",
	} {
		if got := nameFrom(description); got != want {
			t.Errorf("%q gives %q, not %q", description, got, want)
		}
	}
}
