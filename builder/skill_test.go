package builder_test

import (
	"strings"
	"testing"

	"github.com/boternity/boternity/builder"
)

func TestCheckSkillName(t *testing.T) {
	good := []string{"a", "code-review", "0", "a1-b2-c3", strings.Repeat("a", 64)}
	bad := []string{"", "-a", "a-", "a--b", "Code", "code review", "code_review", "../a", "é", "🤖", "con", strings.Repeat("a", 65)}
	for _, name := range good {
		if err := builder.CheckSkillName("name", name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range bad {
		if err := builder.CheckSkillName("name", name); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}
