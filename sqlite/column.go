package sqlite

import (
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
)

// integer, text and blob receive a column whatever is in it. A row that
// somebody changed by hand must not fail a listing.
type integer struct {
	value int64
	ok    bool
	null  bool
}

func (c *integer) Scan(value any) error {
	c.value, c.ok = value.(int64)
	c.null = value == nil
	return nil
}

// order is where an index puts the value among integers: NULL before all of
// them, texts and bytes behind.
func (c *integer) order() int64 {
	switch {
	case c.ok:
		return c.value
	case c.null:
		return math.MinInt64
	}
	return math.MaxInt64
}

type text struct {
	value string
	ok    bool
}

func (c *text) Scan(value any) error {
	c.value, c.ok = value.(string)
	return nil
}

// blob keeps the bytes of a text too: they are what somebody meant to store.
type blob struct {
	value []byte
	ok    bool
}

func (c *blob) Scan(value any) error {
	c.value, c.ok = nil, false
	switch v := value.(type) {
	case []byte:
		// The driver's slice is only lent; an empty one is nil there.
		c.value, c.ok = append([]byte{}, v...), true
	case string:
		c.value = []byte(v)
	}
	return nil
}

// columns turns columns into what they stand for and keeps the first problem.
type columns struct{ problem string }

func (c *columns) complain(format string, args ...any) {
	if c.problem == "" {
		c.problem = fmt.Sprintf(format, args...)
	}
}

// number reads an integer in a range.
func (c *columns) number(name string, v integer, low, high int64) int64 {
	switch {
	case !v.ok:
		c.complain("the column %s holds no integer", name)
	case v.value < low || v.value > high:
		c.complain("the column %s holds %d, which cannot be", name, v.value)
	}
	return v.value
}

// uint32 reads an integer that has to fit.
func (c *columns) uint32(name string, v integer, low, high uint32) uint32 {
	n := c.number(name, v, int64(low), int64(high))
	if n < 0 || n > math.MaxUint32 {
		return 0
	}
	return uint32(n)
}

// The times that a row may hold, see builder.CheckRow.
var (
	firstTime = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC).UnixMicro()
)

// time reads a time. One that cannot be is the zero time, so that the rest of
// its row can still be copied elsewhere.
func (c *columns) time(name string, v integer) time.Time {
	if n := c.number(name, v, firstTime, lastTime); n >= firstTime && n <= lastTime {
		return time.UnixMicro(n).UTC()
	}
	return time.Time{}
}

func (c *columns) text(name string, v text) string {
	if !v.ok {
		c.complain("the column %s holds no text", name)
	}
	return v.value
}

func (c *columns) blob(name string, v blob) []byte {
	if !v.ok {
		c.complain("the column %s does not hold bytes", name)
	}
	return v.value
}

func (c *columns) uuid(name string, v blob) uuid.UUID {
	id, err := uuid.FromBytes(v.value)
	if err != nil || !v.ok || id == uuid.Nil {
		c.complain("the column %s holds no id", name)
	}
	return id
}
