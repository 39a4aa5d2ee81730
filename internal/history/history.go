// Package history is how stores keep the revisions of a draft: each as a
// difference from the one before, and a whole one now and then.
package history

import (
	"fmt"
	"hash/crc32"
	"math/bits"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/boternity/boternity/builder"
)

// How a kept revision holds its state. They are stored, so new ways get new
// numbers.
const (
	Whole  = 1 // zstd of the state
	Delta  = 2 // zstd of the state, with the state of the revision before as dictionary
	Middle = 3 // what changed in one place: see middle.go
)

// WholeEvery bounds how many differences restoring a revision takes.
const WholeEvery = 64

// Encoded is a state as a revision keeps it.
type Encoded struct {
	Encoding int
	Checksum uint32 // of the state
	Content  []byte
}

// Kept is a kept revision: its number, the length of its state, the state.
type Kept struct {
	Revision builder.Revision
	Bytes    int64
	Encoded
}

// BrokenError is a kept revision that does not give back what was saved.
type BrokenError struct{ Problem string }

func (e *BrokenError) Error() string { return e.Problem }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is the CRC-32C of a state.
func Checksum(state []byte) uint32 { return crc32.Checksum(state, castagnoli) }

// The window covers the state before and the new one, or the difference of
// large states would find nothing to refer to.
const smallWindow = 1 << 20

// Encoders are kept, since making one takes longer than using it. A whole
// state is compressed well, because it stays longest; a difference fast,
// because every save waits for one.
var (
	wholeEncoders = encoderPool(zstd.SpeedDefault)
	deltaEncoders = encoderPool(zstd.SpeedFastest)
)

func encoderPool(level zstd.EncoderLevel) *sync.Pool {
	return &sync.Pool{New: func() any { return newEncoder(level, smallWindow) }}
}

// newEncoder never fails: its options are constants, or in their range.
func newEncoder(level zstd.EncoderLevel, window int) *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err)
	}
	return e
}

// Encode encodes the state of revision r, as a difference where before, the
// state of the revision before, is given.
func Encode(r builder.Revision, before, state []byte) (Encoded, error) {
	e := Encoded{Encoding: Whole, Checksum: Checksum(state), Content: []byte{}}
	pool, dictionary := wholeEncoders, zstd.WithEncoderDictDelete()
	if len(before) > 0 && r%WholeEvery != 1 {
		if content, small := encodeMiddle(before, state); small {
			e.Encoding, e.Content = Middle, content
			return e, nil
		}
		e.Encoding = Delta
		pool, dictionary = deltaEncoders, zstd.WithEncoderDictRaw(1, before)
	}
	var encoder *zstd.Encoder
	if window := 1 << bits.Len(uint(len(before)+len(state))); window > smallWindow {
		encoder = newEncoder(zstd.SpeedDefault, min(window, zstd.MaxWindowSize)) // the fast one finds little that far back
	} else {
		encoder = pool.Get().(*zstd.Encoder)
		defer pool.Put(encoder)
	}
	if err := encoder.ResetWithOptions(nil, dictionary); err != nil {
		return Encoded{}, fmt.Errorf("encode revision %d: %w", r, err)
	}
	e.Content = encoder.EncodeAll(state, e.Content)
	return e, nil
}

// Decode is the reverse, for a state of a length. before is the state of the
// revision before. The error is a *BrokenError where what is kept is at fault.
func Decode(e Encoded, length int64, before []byte) ([]byte, error) {
	if length < 0 || length > 1<<30 {
		return nil, &BrokenError{"its length is impossible"}
	}
	options := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeAllCapLimit(true)}
	switch e.Encoding {
	case Whole:
	case Delta:
		options = append(options, zstd.WithDecoderDictRaw(1, before))
	case Middle:
		state, err := decodeMiddle(e.Content, length, before)
		return checked(state, err, e, length)
	default:
		return nil, &BrokenError{fmt.Sprintf("it is encoded in way %d, which this program does not know", e.Encoding)}
	}
	decoder, err := zstd.NewReader(nil, options...)
	if err != nil {
		return nil, fmt.Errorf("decode a revision: %w", err)
	}
	defer decoder.Close()
	state, err := decoder.DecodeAll(e.Content, make([]byte, 0, length))
	return checked(state, err, e, length)
}

// checked is a decoded state, unless it is not what was saved.
func checked(state []byte, err error, e Encoded, length int64) ([]byte, error) {
	if err != nil {
		return nil, &BrokenError{"it does not decompress"}
	}
	if int64(len(state)) != length || Checksum(state) != e.Checksum {
		return nil, &BrokenError{"it does not give the bytes that were saved"}
	}
	return state, nil
}

// Replay decodes revisions that follow each other, the first of them whole, and
// returns the last one's state.
func Replay(chain []Kept) (state []byte, err error) {
	for i, k := range chain {
		if i > 0 && k.Revision != chain[i-1].Revision+1 || i == 0 && k.Encoding != Whole {
			return nil, &BrokenError{"a revision that it is a difference from is missing"}
		}
		if state, err = Decode(k.Encoded, k.Bytes, state); err != nil {
			return nil, err
		}
	}
	return state, nil
}
