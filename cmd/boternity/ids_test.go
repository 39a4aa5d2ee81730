package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// pagesOf is a list of ids, handed out two at a time, that counts its reads.
func pagesOf(ids []uuid.UUID, reads *int) func(builder.Cursor) ([]uuid.UUID, builder.Cursor, error) {
	return func(at builder.Cursor) ([]uuid.UUID, builder.Cursor, error) {
		*reads++
		from := 0
		if at != "" {
			fmt.Sscan(string(at), &from) //nolint:errcheck // it is our own
		}
		to := min(from+2, len(ids))
		if to == len(ids) {
			return ids[from:], "", nil
		}
		return ids[from:to], builder.Cursor(fmt.Sprint(to)), nil
	}
}

func numbered(n int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("0190a1b2-c3d4-7000-8000-%012d", n))
}

func TestResolve(t *testing.T) {
	ids := []uuid.UUID{numbered(1), numbered(2), uuid.MustParse("0191ffff-0000-7000-8000-000000000000"), numbered(12), numbered(3)}
	for _, c := range []struct {
		given string
		want  uuid.UUID
		reads int
		is    error
	}{
		{"0190a1b2-c3d4-7000-8000-000000000099", numbered(99), 0, nil}, // a whole id is never looked for
		{"0190A1B2C3D470008000000000000099", numbered(99), 0, nil},
		{"0191", ids[2], 3, nil},
		{"0191-ffff", ids[2], 3, nil},
		{"0190a1b2-c3d4-7000-8000-00000000001", ids[3], 3, nil}, // of no other, to the last page
		{"0190a1b2-c3d4-7000-8000-00000000000", uuid.Nil, 3, builder.ErrInvalid},
		{"0190", uuid.Nil, 3, builder.ErrInvalid},
		{"0192", uuid.Nil, 3, builder.ErrNotFound},
		{"019", uuid.Nil, 0, builder.ErrInvalid},
		{"", uuid.Nil, 0, builder.ErrInvalid},
		{"0190zzzz", uuid.Nil, 0, builder.ErrInvalid},
		{"0190a1b2-c3d4-7000-8000-0000000000990", uuid.Nil, 0, builder.ErrInvalid},
		{"{0190a1b2-c3d4-7000-8000-000000000099}", uuid.Nil, 0, builder.ErrInvalid},
	} {
		reads := 0
		got, err := resolve("draft", c.given, pagesOf(ids, &reads))
		if got != c.want || !errors.Is(err, c.is) || reads != c.reads {
			t.Errorf("resolve(%q) = %v, %v after %d pages; want %v, %v after %d", c.given, got, err, reads, c.want, c.is, c.reads)
		}
	}
}

func TestResolveStopsLookingOnceItKnowsEnough(t *testing.T) {
	ids := make([]uuid.UUID, 1000)
	for i := range ids {
		ids[i] = numbered(i)
	}
	reads := 0
	_, err := resolve("draft", "0190a1b2", pagesOf(ids, &reads))
	if !errors.Is(err, builder.ErrInvalid) || reads != namedMatches/2+1 {
		t.Fatalf("%v after %d pages", err, reads)
	}
	if named := strings.Count(err.Error(), "-7000-"); named != namedMatches || !strings.HasSuffix(err.Error(), ", …") {
		t.Errorf("names %d: %v", named, err)
	}
}

func TestResolveReportsAFailedRead(t *testing.T) {
	failed := errors.New("the disk is gone")
	_, err := resolve("draft", "0190", func(builder.Cursor) ([]uuid.UUID, builder.Cursor, error) { return nil, "", failed })
	if !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}

func TestShortIDs(t *testing.T) {
	apart := []uuid.UUID{numbered(1), uuid.MustParse("0191ffff-0000-7000-8000-000000000000")}
	if got := fmt.Sprint(shortIDs(apart)); got != "[0190a1b2-c3d4 0191ffff-0000]" {
		t.Errorf("got %s", got)
	}
	alike := []uuid.UUID{numbered(1), numbered(2)}
	if got := shortIDs(alike); got[0] != alike[0].String() || got[1] != alike[1].String() {
		t.Errorf("two that begin alike are shortened: %v", got)
	}
}
