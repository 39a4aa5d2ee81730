package history_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/history"
)

// changed is a state after a change: something put in, taken out or replaced in
// a few places.
func changed(random *rand.Rand, state []byte) []byte {
	next := bytes.Clone(state)
	for range 1 + random.IntN(3) {
		at := random.IntN(len(next) + 1)
		until := min(len(next), at+random.IntN(3)*random.IntN(200))
		put := make([]byte, random.IntN(3)*random.IntN(900))
		for i := range put {
			put[i] = 'a' + byte(random.IntN(26))
		}
		next = bytes.Join([][]byte{next[:at], put, next[until:]}, nil)
	}
	return next
}

func TestEveryRevisionComesBack(t *testing.T) {
	used := map[int]int{}
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 1))
		state := changed(random, bytes.Repeat([]byte(`{"question":"what?","answer":"that"}`), random.IntN(300)))
		var before []byte
		var chain []history.Kept
		for r := builder.Revision(1); r < 12; r++ {
			e, err := history.Encode(r, before, state)
			if err != nil {
				t.Fatal(err)
			}
			used[e.Encoding]++
			chain = append(chain, history.Kept{Revision: r, Bytes: int64(len(state)), Encoded: e})
			got, err := history.Replay(chain)
			if err != nil || !bytes.Equal(got, state) {
				t.Fatalf("seed %d, revision %d, encoding %d: %v", seed, r, e.Encoding, err)
			}
			if len(e.Content) > len(state)+100 {
				t.Errorf("seed %d, revision %d: %d bytes for %d", seed, r, len(e.Content), len(state))
			}
			before, state = state, changed(random, state)
		}
	}
	for _, encoding := range []int{history.Whole, history.Delta, history.Middle} {
		if used[encoding] == 0 {
			t.Errorf("encoding %d was never used", encoding)
		}
	}
}

// Damage anywhere is told, whatever the encoding; no other bytes come back.
func FuzzDecode(f *testing.F) {
	before := bytes.Repeat([]byte("as it was before. "), 100)
	state := append(bytes.Clone(before), "and something new"...)
	for r := range builder.Revision(3) {
		e, err := history.Encode(r, before, state)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(e.Encoding, e.Content, int64(len(state)))
	}
	f.Add(history.Middle, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1}, int64(10))
	f.Add(history.Middle, []byte{200, 20, 0}, int64(0))
	f.Fuzz(func(t *testing.T, encoding int, content []byte, length int64) {
		e := history.Encoded{Encoding: encoding, Checksum: history.Checksum(state), Content: content}
		got, err := history.Decode(e, length%(1<<20), before)
		var broken *history.BrokenError
		if err != nil && !errors.As(err, &broken) {
			t.Fatal(err)
		}
		if err == nil && !bytes.Equal(got, state) {
			t.Fatal("other bytes were taken for the state")
		}
	})
}
