package transfer

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// columns are the fields of every kind of row that there is, by reflection, so
// that a field that is added is among them.
func columns(t *testing.T, r *builder.Row) map[string]reflect.Value {
	t.Helper()
	fields := map[string]reflect.Value{}
	row := reflect.ValueOf(r).Elem()
	for i := range row.NumField() {
		name, field := row.Type().Field(i).Name, row.Field(i)
		switch {
		case field.Kind() == reflect.Pointer && !field.IsNil():
			for j := range field.Elem().NumField() {
				fields[name+"."+field.Elem().Type().Field(j).Name] = field.Elem().Field(j)
			}
		case field.Kind() != reflect.Pointer && name != "Next" && r.Gone == nil: // a trace has no owner
			fields[name] = field
		}
	}
	return fields
}

// changed changes a field by as little as can be.
func changed(t *testing.T, field reflect.Value) {
	t.Helper()
	switch v := field.Interface().(type) {
	case time.Time:
		field.Set(reflect.ValueOf(v.Add(time.Microsecond)))
		return
	case builder.Value:
		field.Set(reflect.ValueOf(builder.Text("rudE")))
		return
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(field.String() + " ")
	case reflect.Bool:
		field.SetBool(!field.Bool())
	case reflect.Uint32:
		field.SetUint(field.Uint() ^ 1)
	case reflect.Array:
		last := field.Index(field.Len() - 1)
		last.SetUint(last.Uint() ^ 1)
	case reflect.Slice:
		b := slices.Clone(field.Bytes())
		b[len(b)/2] ^= 1
		field.SetBytes(b)
	default:
		t.Fatalf("the test cannot change a %s", field.Type())
	}
}

// cloned is a row that can be changed alone.
func cloned(r builder.Row) builder.Row {
	row := reflect.ValueOf(&r).Elem()
	for i := range row.NumField() {
		if field := row.Field(i); field.Kind() == reflect.Pointer && !field.IsNil() {
			copied := reflect.New(field.Type().Elem())
			copied.Elem().Set(field.Elem())
			field.Set(copied)
		}
	}
	return r
}

func kindOf(r builder.Row) string { return identify(r).table }

// A target that stores any one column of any one row differently is found out,
// and the row is named.
func TestEveryColumnIsCompared(t *testing.T) {
	from, to := furnished(t), newDatabase()
	copies(t, from, to)
	rows := allRows(t, to)
	seen := map[string]int{}
	for i, r := range rows {
		for name := range columns(t, &r) {
			tampered := cloned(r)
			changed(t, columns(t, &tampered)[name])
			others := slices.Clone(rows)
			others[i] = tampered
			result := copies(t, from, showing{to, given(others, nil)})
			named := slices.ContainsFunc(result.Differences, func(d Difference) bool {
				return d.Table == kindOf(r) && d.Row == identify(r).name && d.Owner == r.Owner
			})
			if result.Verified || !named || len(result.Differences) > 2 {
				t.Errorf("%s, %s is changed: %+v", identify(r).name, name, result)
			}
			seen[kindOf(r)]++
			seen[kindOf(r)+" "+name]++
		}
	}
	for _, table := range tables {
		if seen[table] < 3 {
			t.Errorf("%d columns of %s were changed", seen[table], table)
		}
	}
	if seen[builder.TableDrafts+" Draft.State"] == 0 || seen[builder.TableGone+" Gone.At"] == 0 {
		t.Errorf("not all columns were changed: %v", seen)
	}
}

func TestRowsThatAreMissingOrTooMany(t *testing.T) {
	from, to := furnished(t), newDatabase()
	copies(t, from, to)
	rows := allRows(t, to)
	stray := builder.Row{Owner: "zoe", Memory: &builder.StoredEntry{ID: uuid.UUID{15: 9}, Entry: []byte("{}")}}
	for i := range rows {
		for problem, others := range map[string][]builder.Row{
			"is only in the source": slices.Delete(slices.Clone(rows), i, i+1),
			"is only in the target": slices.Insert(slices.Clone(rows), i, stray),
		} {
			result := copies(t, from, showing{to, given(others, nil)})
			if result.Verified || len(result.Differences) != 1 || result.Differences[0].Problem != problem {
				t.Errorf("row %d %s: %+v", i, problem, result)
			}
		}
		twice := slices.Insert(slices.Clone(rows), i, rows[i])
		if result := copies(t, from, showing{to, given(twice, nil)}); result.Verified {
			t.Errorf("row %d twice: %+v", i, result)
		}
	}
}

func TestOrderDoesNotMatterToAComparison(t *testing.T) {
	from, to := furnished(t), newDatabase()
	copies(t, from, to)
	rows := allRows(t, to)
	slices.Reverse(rows)
	if result := copies(t, from, showing{to, given(rows, nil)}); !result.Verified {
		t.Errorf("%+v", result)
	}
}

// entriesLike gives so many entries without holding them.
func entriesLike(rows int, entry string) func() iter.Seq2[builder.Row, error] {
	return func() iter.Seq2[builder.Row, error] {
		return func(yield func(builder.Row, error) bool) {
			for i := range rows {
				id := uuid.UUID{0: 1, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)}
				if !yield(builder.Row{Memory: &builder.StoredEntry{ID: id, Entry: []byte(entry)}}, nil) {
					return
				}
			}
		}
	}
}

// deaf takes rows and does nothing with them.
type deaf struct{ showing }

func (deaf) PutRows(_ context.Context, rows []builder.Row, _ builder.PutOptions) ([]builder.Put, error) {
	return slices.Repeat([]builder.Put{builder.PutAdded}, len(rows)), nil
}

// Where everything differs, only some of it is looked at again and listed, and
// the result says that there is more.
func TestManyDifferences(t *testing.T) {
	const rows = 3 * maxFound
	target := deaf{showing{newDatabase(), entriesLike(rows, "[]")}}
	c := &comparison{source: side{db: showing{newDatabase(), entriesLike(rows, "{}")}}, target: side{db: target}, report: func(int64) {}}
	if err := c.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(c.differences) != MaxDifferences || !c.more {
		t.Errorf("%d differences, more: %v", len(c.differences), c.more)
	}
	if n := len(c.source.found); n > maxFound || n < maxFound/2 || n != len(c.target.found) {
		t.Errorf("%d and %d rows are held, at most %d may be", n, len(c.target.found), maxFound)
	}
	if c.more = false; len(c.suspects()) == buckets || !c.more {
		t.Error("it does not say that it looks at some of them only")
	}
	result := copies(t, showing{newDatabase(), entriesLike(200, "{}")}, deaf{showing{newDatabase(), entriesLike(0, "")}})
	if result.Verified || len(result.Differences) != MaxDifferences || !result.More {
		t.Errorf("a target that keeps nothing: %d differences, more: %v", len(result.Differences), result.More)
	}
}

// Rows of others in the target, however many, do not hide what was to be copied.
func TestDifferencesOfTheSourceComeFirst(t *testing.T) {
	from, to := furnished(t), newDatabase()
	var others []builder.Row
	for n := range 2 * MaxDifferences {
		d := builder.Draft{SessionID: uuid.UUID{14: byte(n >> 8), 15: byte(n) + 1, 6: 0x70, 8: 0x80}, Revision: 1, SchemaVersion: 1, State: []byte("of another")}
		others = append(others, builder.Row{Draft: &d})
	}
	if _, err := to.PutRows(t.Context(), others, builder.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	forgetful := deaf{showing{to, given(others, nil)}}
	result := copies(t, from, forgetful)
	if d := result.Differences[0]; len(result.Differences) != MaxDifferences || d.Problem != "is only in the source" {
		t.Errorf("the first of %d is %+v", len(result.Differences), d)
	}
}

// What is told of rows holds none of their words.
func TestDifferencesHoldNoWords(t *testing.T) {
	to := newDatabase()
	result := copies(t, furnished(t), deaf{showing{to, given(nil, nil)}})
	for _, d := range result.Differences {
		for _, word := range []string{"rude", "half", "recorded", "to be copied", "unreadable"} {
			if strings.Contains(fmt.Sprint(d), word) {
				t.Errorf("%+v", d)
			}
		}
	}
}
