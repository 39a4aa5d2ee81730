package transfer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/bits"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// identity is what tells a row from the others of a database.
type identity struct {
	table string
	owner string
	id    []byte // of the session, the entry or the trace
	more  string // the revision, the field or the value
	name  string // for people; of content it holds the names of known fields alone
}

func (i identity) key() string {
	return i.table + "\x00" + i.owner + "\x00" + string(i.id) + i.more
}

// identify is where every kind of row is named.
func identify(r builder.Row) identity {
	i := identity{owner: r.Owner}
	session := func(table string, id uuid.UUID) {
		i.table, i.id, i.name = table, id[:], id.String()
	}
	switch {
	case r.Draft != nil:
		session(builder.TableDrafts, r.Draft.SessionID)
	case r.Revision != nil:
		session(builder.TableRevisions, r.Revision.SessionID)
		i.more = string(binary.BigEndian.AppendUint32(nil, uint32(r.Revision.Revision)))
		i.name += fmt.Sprintf(" revision %d", r.Revision.Revision)
	case r.Pending != nil:
		session(builder.TablePending, r.Pending.SessionID)
		i.more = r.Pending.Field
		i.name += ofField(r.Pending.Field)
	case r.Memory != nil:
		session(builder.TableMemory, r.Memory.ID)
	case r.Preference != nil:
		value, _ := r.Preference.Value.MarshalJSON() // never fails
		i.table, i.more = builder.TablePreferences, r.Preference.Field+"\x00"+string(value)
		i.name = "a value" + ofField(r.Preference.Field)
	case r.Gone != nil:
		i.table, i.id, i.name = builder.TableGone, r.Gone.Key[:], fmt.Sprintf("%x", r.Gone.Key)
	}
	return i
}

// ofField keeps users' words out of what is reported.
func ofField(field string) string {
	if builder.IsField(field) {
		return " of field " + field
	}
	return " of a field of another name"
}

// digest is a hash of everything in a row, its table and owner included. b is
// scratch space.
func digest(i identity, r builder.Row, b *bytes.Buffer) [sha256.Size]byte {
	b.Reset()
	bytes := func(p []byte) {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(p)))
		b.Write(length[:])
		b.Write(p)
	}
	number := func(n int64) {
		var p [8]byte
		binary.BigEndian.PutUint64(p[:], uint64(n))
		b.Write(p[:])
	}
	truth := func(is bool) {
		if is {
			number(1)
		} else {
			number(0)
		}
	}
	bytes([]byte(i.table))
	bytes([]byte(i.owner))
	bytes(i.id)
	bytes([]byte(i.more))
	draft := func(d *builder.Draft) {
		number(int64(d.Revision))
		number(int64(d.SchemaVersion))
		number(d.CreatedAt.UnixMicro())
		number(d.UpdatedAt.UnixMicro())
		bytes(d.State)
	}
	switch {
	case r.Draft != nil:
		draft(r.Draft)
	case r.Revision != nil:
		draft(r.Revision)
	case r.Pending != nil:
		bytes([]byte(r.Pending.Text))
	case r.Memory != nil:
		number(r.Memory.CreatedAt.UnixMicro())
		bytes(r.Memory.Entry)
	case r.Preference != nil:
		truth(r.Preference.Never)
	case r.Gone != nil:
		truth(r.Gone.Finished)
		number(r.Gone.At.UnixMicro())
	}
	return sha256.Sum256(b.Bytes())
}

// tally is a hash of a set of rows, whatever their order: how many they are,
// and the sum of their digests modulo 2^256.
type tally struct {
	rows int64
	sum  [4]uint64
}

func (t *tally) add(digest [sha256.Size]byte) {
	t.rows++
	var carry uint64
	for i := range t.sum {
		t.sum[i], carry = bits.Add64(t.sum[i], binary.LittleEndian.Uint64(digest[8*i:]), carry)
	}
}

// buckets is how many sets the rows of a table are divided into, by their key.
// It decides how many rows have to be looked at again to name one that differs,
// and costs some 160 KiB a table and side.
const buckets = 4096

// bucket is one of them.
type bucket struct {
	table  string
	number uint64
}

var bucketSeed = maphash.MakeSeed()

func bucketOf(i identity) bucket {
	return bucket{i.table, maphash.String(bucketSeed, i.key()) % buckets}
}
