package main

import (
	"errors"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

func TestAgo(t *testing.T) {
	now := time.Date(2026, 5, 3, 12, 0, 0, 0, time.Local)
	for _, c := range []struct {
		before time.Duration
		want   string
	}{
		{0, "just now"},
		{59 * time.Second, "just now"},
		{time.Minute, "1 min ago"},
		{59 * time.Minute, "59 min ago"},
		{time.Hour, "1 h ago"},
		{47 * time.Hour, "1 day ago"},
		{29*day + time.Hour, "29 days ago"},
		{30 * day, "2026-04-03"},
		{-time.Hour, "2026-05-03"}, // another machine's clock is ahead
	} {
		if got := ago(now, now.Add(-c.before)); got != c.want {
			t.Errorf("%v ago: got %q, want %q", c.before, got, c.want)
		}
	}
}

func TestParseAge(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"12h": 12 * time.Hour, "30d": 30 * day, "2w": 14 * day, "6mo": 180 * day, "1y": 365 * day, "100y": maxAge, "036500d": maxAge,
	} {
		if got, err := parseAge(text); err != nil || got != want {
			t.Errorf("parseAge(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "30", "0d", "-1d", "+1d", "1.5d", "1d2h", "30m", "30 d", "101y", "99999999999999999999d", "4294967295h", "１d"} {
		if got, err := parseAge(text); !errors.Is(err, builder.ErrInvalid) {
			t.Errorf("parseAge(%q) = %v, %v; want an error", text, got, err)
		}
	}
}
