package sqlite

import (
	"fmt"
	"hash/crc32"
	"math/bits"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/boternity/boternity/builder"
)

// How a kept revision holds its state. New ways get new numbers.
const (
	encodedWhole = 1 // zstd of the state
	encodedDelta = 2 // zstd of the state, with the state of the revision before as dictionary
)

// wholeEvery bounds how many differences restoring a revision takes.
const wholeEvery = 64

// encodedState is a state as a revision keeps it.
type encodedState struct {
	encoding int
	checksum uint32
	content  []byte
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(state []byte) uint32 { return crc32.Checksum(state, castagnoli) }

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

// encodeState encodes the state of revision r, as a difference where before,
// the state of the revision before, is given.
func encodeState(r builder.Revision, before, state []byte) (encodedState, error) {
	e := encodedState{encoding: encodedWhole, checksum: checksum(state), content: []byte{}}
	pool, dictionary := wholeEncoders, zstd.WithEncoderDictDelete()
	if len(before) > 0 && r%wholeEvery != 1 {
		e.encoding = encodedDelta
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
		return encodedState{}, fmt.Errorf("encode revision %d: %w", r, err)
	}
	e.content = encoder.EncodeAll(state, e.content)
	return e, nil
}

// errRevision is a kept revision that does not give back what was saved.
type errRevision struct{ problem string }

func (e *errRevision) Error() string { return e.problem }

// decodeState is the reverse. before is the state of the revision before.
func decodeState(e encodedState, length int64, before []byte) ([]byte, error) {
	if length < 0 || length > 1<<30 {
		return nil, &errRevision{"its length is impossible"}
	}
	options := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeAllCapLimit(true)}
	switch e.encoding {
	case encodedWhole:
	case encodedDelta:
		options = append(options, zstd.WithDecoderDictRaw(1, before))
	default:
		return nil, &errRevision{fmt.Sprintf("it is encoded in way %d, which this program does not know", e.encoding)}
	}
	decoder, err := zstd.NewReader(nil, options...)
	if err != nil {
		return nil, fmt.Errorf("decode a revision: %w", err)
	}
	defer decoder.Close()
	state, err := decoder.DecodeAll(e.content, make([]byte, 0, length))
	if err != nil {
		return nil, &errRevision{"it does not decompress"}
	}
	if int64(len(state)) != length || checksum(state) != e.checksum {
		return nil, &errRevision{"it does not give the bytes that were saved"}
	}
	return state, nil
}
