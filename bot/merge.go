package bot

import (
	"slices"
	"strings"
)

// mergeBlocks is a text of a person with what has changed in the generated
// text: base are the digests of what was generated before, ours what is
// generated now. Blocks of theirs that are not of base stay as they are, in
// their order. beside counts the new blocks that stand beside one that the
// person has edited or removed.
func mergeBlocks(base []string, theirs []block, ours []block, eol string) (merged []block, beside int) {
	m := newMerge(base, theirs, eol)
	pairs := align(base, digests(ours))
	pairs = append(pairs, [2]int{len(base), len(ours)})
	i, j := 0, 0
	for _, p := range pairs {
		// What lies between two blocks that stayed was replaced, one by one.
		for ; i < p[0] && j < p[1]; i, j = i+1, j+1 {
			m.replace(i, ours[j])
		}
		for ; i < p[0]; i++ {
			m.remove(i)
		}
		for ; j < p[1]; j++ {
			m.insert(ours[j])
		}
		if i < len(base) {
			m.keep(i)
			i, j = i+1, j+1
		}
	}
	return m.result(), m.beside
}

// merge is a text of a person while changes are made to it.
type merge struct {
	items  []item
	head   []string    // new blocks before all others
	at     map[int]int // blocks of base, to where they are among items
	rest   map[string]bool
	eol    string
	cursor int // the item that the last change was about; -1 is the beginning
	beside int
}

type item struct {
	block
	removed bool
	after   []string // new blocks below it
}

func newMerge(base []string, theirs []block, eol string) *merge {
	m := &merge{at: map[int]int{}, rest: map[string]bool{}, eol: eol, cursor: -1}
	where := map[string][]int{}
	for i, b := range theirs {
		m.items = append(m.items, item{block: b})
		where[b.digest()] = append(where[b.digest()], i)
	}
	for i, digest := range base {
		if places := where[digest]; len(places) > 0 {
			m.at[i], where[digest] = places[0], places[1:]
		}
	}
	for digest, places := range where {
		m.rest[digest] = len(places) > 0
	}
	return m
}

func (m *merge) keep(i int) {
	if at, ok := m.at[i]; ok {
		m.cursor = at
	}
}

func (m *merge) remove(i int) {
	if at, ok := m.at[i]; ok {
		m.items[at].removed, m.cursor = true, at
	}
}

func (m *merge) replace(i int, b block) {
	at, ok := m.at[i]
	if !ok {
		if m.insert(b) {
			m.beside++
		}
		return
	}
	m.items[at].text, m.cursor = m.native(b.text), at
}

// insert puts a new block below the last one that was dealt with, unless the
// person's text has it already.
func (m *merge) insert(b block) bool {
	if m.rest[b.digest()] {
		return false
	}
	if m.cursor < 0 {
		m.head = append(m.head, m.native(b.text))
	} else {
		m.items[m.cursor].after = append(m.items[m.cursor].after, m.native(b.text))
	}
	return true
}

// native gives a generated text the line ends of the file that it goes into.
func (m *merge) native(text string) string {
	if m.eol == "\n" {
		return text
	}
	return strings.ReplaceAll(text, "\n", m.eol)
}

func (m *merge) result() []block {
	between := m.eol + m.eol
	var all []block
	for _, text := range m.head {
		all = append(all, block{text, between})
	}
	for _, it := range m.items {
		gap := it.gap
		if it.removed && len(it.after) == 0 {
			continue
		}
		if !it.removed {
			all = append(all, block{it.text, between})
		}
		for _, text := range it.after {
			all = append(all, block{text, between})
		}
		all[len(all)-1].gap = gap
	}
	for i := range all {
		if i < len(all)-1 && strings.Count(all[i].gap, "\n") < 2 {
			all[i].gap = between // it was the last one before
		}
	}
	if n := len(all); n > 0 {
		all[n-1].gap = m.eol
		if len(m.items) > 0 {
			all[n-1].gap = m.items[len(m.items)-1].gap
		}
	}
	return all
}

// maxAlign bounds the work of align. Beyond it, only what is equal at both ends
// counts as unchanged.
const maxAlign = 4_000_000

// align pairs the equal elements of two lists: a longest common subsequence, as
// pairs of indexes.
func align(a, b []string) (pairs [][2]int) {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		pairs = append(pairs, [2]int{start, start})
		start++
	}
	var tail [][2]int
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
		tail = append(tail, [2]int{endA, endB})
	}
	if n, m := endA-start, endB-start; n > 0 && m > 0 && n <= maxAlign/m {
		for _, p := range longestCommon(a[start:endA], b[start:endB]) {
			pairs = append(pairs, [2]int{start + p[0], start + p[1]})
		}
	}
	slices.Reverse(tail)
	return append(pairs, tail...)
}

func longestCommon(a, b []string) (pairs [][2]int) {
	length := make([][]int32, len(a)+1) // of what is common to a[i:] and b[j:]
	for i := range length {
		length[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
