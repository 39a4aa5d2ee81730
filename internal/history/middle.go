package history

import (
	"bytes"
	"encoding/binary"
	"errors"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// An answer changes a state in few places, most often one after the other near
// its end. What is between the first and the last of them is then all there is
// to keep: the number of bytes that are as before in front of it, that of those
// behind it, both as uvarints, and zstd of what is between. It takes a tenth of
// the time of a dictionary, which costs the same for a state of any size.

// middleMost is how much may have changed. Of more a dictionary finds parts
// that have only moved.
const middleMost = 512

var (
	middleEncoders = encoderPool(zstd.SpeedFastest)
	middleDecoders = sync.Pool{New: func() any { return newMiddleDecoder() }}
)

func newMiddleDecoder() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic(err) // its options are constants
	}
	return d
}

// encodeMiddle encodes a state unless too much of it has changed.
func encodeMiddle(before, state []byte) (content []byte, small bool) {
	front := commonPrefix(before, state)
	back := commonSuffix(before[front:], state[front:])
	changed := state[front : len(state)-back]
	if len(changed) > middleMost {
		return nil, false
	}
	content = binary.AppendUvarint(make([]byte, 0, len(changed)/2+32), uint64(front))
	content = binary.AppendUvarint(content, uint64(back))
	encoder := middleEncoders.Get().(*zstd.Encoder)
	defer middleEncoders.Put(encoder)
	return encoder.EncodeAll(changed, content), true
}

var errMiddle = errors.New("impossible lengths")

// decodeMiddle is the reverse. Its content may be damaged in any way.
func decodeMiddle(content []byte, length int64, before []byte) ([]byte, error) {
	front, n := binary.Uvarint(content)
	if n <= 0 {
		return nil, errMiddle
	}
	back, m := binary.Uvarint(content[n:])
	if m <= 0 || front > uint64(len(before)) || back > uint64(len(before))-front || front+back > uint64(length) {
		return nil, errMiddle
	}
	state := append(make([]byte, 0, length), before[:front]...)
	decoder := middleDecoders.Get().(*zstd.Decoder)
	defer middleDecoders.Put(decoder)
	state, err := decoder.DecodeAll(content[n+m:], state[:front:uint64(length)-back])
	if err != nil {
		return nil, err
	}
	return append(state, before[uint64(len(before))-back:]...), nil
}

// block is how many bytes are compared at once.
const block = 64

func commonPrefix(a, b []byte) (n int) {
	most := min(len(a), len(b))
	for n+block <= most && bytes.Equal(a[n:n+block], b[n:n+block]) {
		n += block
	}
	for n < most && a[n] == b[n] {
		n++
	}
	return n
}

func commonSuffix(a, b []byte) (n int) {
	most := min(len(a), len(b))
	for n+block <= most && bytes.Equal(a[len(a)-n-block:len(a)-n], b[len(b)-n-block:len(b)-n]) {
		n += block
	}
	for n < most && a[len(a)-n-1] == b[len(b)-n-1] {
		n++
	}
	return n
}
