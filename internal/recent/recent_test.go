package recent_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/internal/recent"
)

func id(n byte) uuid.UUID { return uuid.UUID{15: n} }

func TestKeepsWhatWasUsedLast(t *testing.T) {
	c := recent.New[string](20 << 10)
	has := func(want string) {
		t.Helper()
		var got strings.Builder
		for n := range byte(20) {
			if v, found := c.Get("", id(n)); found {
				got.WriteString(v)
			}
		}
		if got.String() != want {
			t.Errorf("keeps %s, want %s", got.String(), want)
		}
	}
	for n, v := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		c.Put(c.Now(), "", id(byte(n)), v, 1<<10)
	}
	has("abcdefghij")
	c.Put(c.Now(), "", id(10), "k", 1<<10)
	has("bcdefghijk")
	c.Get("", id(1))
	c.Put(c.Now(), "", id(11), "l", 1<<10)
	has("bdefghijkl")
	c.Put(c.Now(), "", id(3), "D", 1<<10)
	has("bDefghijkl")
	c.Put(c.Now(), "", id(3), "too large", 3<<10)
	has("befghijkl")
	c.Drop("", id(1))
	c.Drop("", id(19))
	has("efghijkl")
	c.Put(c.Now(), "other", id(4), "E", 0)
	c.DropOwner("")
	has("")
	if v, _ := c.Get("other", id(4)); v != "E" {
		t.Errorf("the other owner's is %q", v)
	}
	late := c.Now()
	c.Drop("", id(1))
	c.Put(late, "", id(1), "erased", 0)
	has("")
	c.Clear()
	if _, found := c.Get("other", id(4)); found {
		t.Error("something is left")
	}
	off := recent.New[string](-1)
	off.Put(off.Now(), "", id(1), "a", 0)
	if _, found := off.Get("", id(1)); found {
		t.Error("one without room keeps something")
	}
}
