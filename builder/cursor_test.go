package builder_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/boternity/boternity/builder"
)

func TestPositionCursor(t *testing.T) {
	lists := []builder.ListName{builder.ListOfDrafts, builder.ListOfMemory, builder.ListOfRows, builder.ListOfRevisions}
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64().Draw(t, "time")).UTC()
		p := builder.Position{At: at, ID: uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))}
		list := rapid.SampledFrom(lists).Draw(t, "list")
		for _, other := range lists {
			got, ok, err := builder.ParsePosition(other, p.Cursor(list))
			if other == list && (err != nil || !ok || got != p) {
				t.Fatalf("%v came back as %v, %v, %v", p, got, ok, err)
			}
			if other != list && !errors.Is(err, builder.ErrBadCursor) {
				t.Fatalf("a cursor of list %d was taken for one of %d", list, other)
			}
		}
		if _, err := builder.ParseRevisionCursor(p.Cursor(list)); !errors.Is(err, builder.ErrBadCursor) {
			t.Fatal("a position was taken for a revision")
		}
	})
}

func TestPositionBefore(t *testing.T) {
	at, id := time.UnixMicro(1_700_000_000_000_000), uuid.MustParse("0195b2a4-0000-7000-8000-000000000005")
	low, high := uuid.MustParse("0195b2a4-0000-7000-8000-000000000004"), uuid.MustParse("ffffffff-0000-7000-8000-000000000005")
	p := builder.Position{At: at, ID: id}
	for _, c := range []struct {
		at   time.Time
		id   uuid.UUID
		want bool
	}{
		{at, id, false}, {at, low, true}, {at, high, false}, {at.In(time.FixedZone("", 3600)), low, true},
		{at.Add(-time.Microsecond), high, true}, {at.Add(time.Microsecond), low, false},
	} {
		if p.Before(c.at, c.id) != c.want {
			t.Errorf("%v, %v comes after the position: %v", c.at, c.id, !c.want)
		}
	}
}

func TestRevisionCursor(t *testing.T) {
	for _, r := range []builder.Revision{0, 1, 255, 256, 1 << 31, builder.AnyRevision} {
		if got, err := builder.ParseRevisionCursor(builder.RevisionCursor(r)); err != nil || got != r {
			t.Errorf("%d came back as %d, %v", r, got, err)
		}
		if _, _, err := builder.ParsePosition(builder.ListOfRevisions, builder.RevisionCursor(r)); !errors.Is(err, builder.ErrBadCursor) {
			t.Error("a revision was taken for a position")
		}
	}
}

func TestCursorsFromElsewhere(t *testing.T) {
	if _, ok, err := builder.ParsePosition(builder.ListOfDrafts, ""); ok || err != nil {
		t.Errorf("the beginning: %v, %v", ok, err)
	}
	if r, err := builder.ParseRevisionCursor(""); r != builder.AnyRevision || err != nil {
		t.Errorf("the beginning: %v, %v", r, err)
	}
	good := builder.Position{At: time.UnixMicro(1), ID: sessionID}.Cursor(builder.ListOfDrafts)
	for _, c := range []builder.Cursor{" ", "x", "!!!!", "AQ", good + "A", good[1:], good + "=", good[:len(good)-1] + "_", "\x00", builder.Cursor(secret)} {
		_, _, err := builder.ParsePosition(builder.ListOfDrafts, c)
		_, revisionErr := builder.ParseRevisionCursor(c)
		if !errors.Is(err, builder.ErrBadCursor) || !errors.Is(revisionErr, builder.ErrBadCursor) {
			t.Errorf("%q: %v, %v", c, err, revisionErr)
		}
		wantNoSecret(t, err)
	}
}
