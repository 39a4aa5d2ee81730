package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/boternity/boternity/builder"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// ago says how long before now t was, the way a person would; beyond a month it
// is the date.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	switch {
	case d < 0, d >= 30*day:
		return t.Local().Format(time.DateOnly)
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < day:
		return fmt.Sprintf("%d h ago", d/time.Hour)
	}
	return count(int64(d/day), "day") + " ago"
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// maxAge keeps an age within what a time.Duration can hold.
const maxAge = 100 * 365 * day

// parseAge reads how old something must be to be pruned: a whole number and a
// unit. Months are 30 days and years 365, since an age is not a date.
func parseAge(s string) (time.Duration, error) {
	units := []struct {
		name string
		is   time.Duration
	}{{"mo", 30 * day}, {"h", time.Hour}, {"d", day}, {"w", week}, {"y", 365 * day}}
	for _, unit := range units {
		digits, ok := strings.CutSuffix(s, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || n == 0 || n > uint64(maxAge/unit.is) {
			break
		}
		return time.Duration(n) * unit.is, nil
	}
	return 0, &builder.InvalidError{Field: "--older-than",
		Problem: "is not an age of up to 100 years; use a whole number with h, d, w, mo or y, such as 12h, 30d, 2w, 6mo"}
}
