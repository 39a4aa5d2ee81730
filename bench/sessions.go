package main

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// begun is when the first row of a file was made; the others follow a minute
// apart.
var begun = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

func timeOf(n int) time.Time { return begun.Add(time.Duration(n) * time.Minute) }

// idOf is the UUID (v7) that session n would have got then.
func idOf(n int) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[:8], uint64(timeOf(n).UnixMilli())<<16|0x7000)
	binary.BigEndian.PutUint64(id[8:], rand.New(rand.NewPCG(uint64(n), 0)).Uint64()>>2|1<<63)
	return id
}

// session is one that someone is working on.
type session struct {
	builder.State
	random *rand.Rand
}

func newSession(id uuid.UUID, seed int) *session {
	random := rand.New(rand.NewPCG(uint64(seed), 3))
	return &session{builder.NewState(id, "A bot that "+words(random, 12), builder.Coding), random}
}

// answer adds an exchange: about 400 bytes of state.
func (s *session) answer() error {
	exchange := builder.Exchange{
		Question: "What should it " + words(s.random, 8) + "?", Answer: words(s.random, 35),
		Phase: s.Phase, Field: builder.FieldBoundaries,
	}
	// Its value is replaced by that of the next, so that only the conversation
	// grows.
	return s.Record(exchange, builder.Text("none"), builder.Chosen)
}

// amend adds two words to the last answer.
func (s *session) amend() {
	last := &s.Conversation[len(s.Conversation)-1]
	last.Answer += " " + words(s.random, 2)
}

func (s *session) encoded() ([]byte, error) {
	state, _, err := s.Encode()
	return state, err
}

// usualExchanges make a state of 8 KB.
const usualExchanges = 20

// usualStates are the states of a session of 8 KB over so many saves. Each is a
// little longer than the one before: SQLite overwrites states of one size in
// place, which flatters whoever keeps them so.
func usualStates(id uuid.UUID, seed, saves int) ([][]byte, error) {
	s := newSession(id, seed)
	for range usualExchanges {
		if err := s.answer(); err != nil {
			return nil, err
		}
	}
	states := make([][]byte, saves)
	for i := range states {
		s.amend()
		var err error
		if states[i], err = s.encoded(); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// growingStates are the states of a session that is saved after every answer.
func growingStates(id uuid.UUID, seed, answers int) ([][]byte, error) {
	s := newSession(id, seed)
	states := make([][]byte, answers)
	for i := range states {
		if err := s.answer(); err != nil {
			return nil, err
		}
		var err error
		if states[i], err = s.encoded(); err != nil {
			return nil, err
		}
	}
	return states, nil
}

func words(random *rand.Rand, n int) string {
	chosen := make([]string, n)
	for i := range chosen {
		chosen[i] = word(random)
	}
	return strings.Join(chosen, " ")
}

const vocabulary = 20_000 // made-up words

// word draws from a Zipf distribution of exponent 1, as that of a language is:
// the logarithm of the rank is even.
func word(random *rand.Rand) string {
	rank := int(math.Exp(random.Float64() * math.Log(vocabulary)))
	// Three syllables of a hundred each; ranks that are near get words that are
	// not. A vocabulary of one beginning would compress too well.
	var spelled [6]byte
	for i, n := 0, rank*314_159%1_000_000; i < len(spelled); i, n = i+2, n/100 {
		spelled[i], spelled[i+1] = "bcdfghjklmnpqrstvwxz"[n%20], "aeiou"[n/20%5]
	}
	return string(spelled[:])
}
