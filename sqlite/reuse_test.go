package sqlite

import (
	"testing"

	"github.com/boternity/boternity/builder"
)

// What a deletion by hand leaves behind belongs to nobody after it: not to the
// next draft, and not to the next owner.
func TestNumbersAreNotGivenOutTwice(t *testing.T) {
	for statement, orphans := range map[string][]string{
		"DELETE FROM builder_drafts": {builder.TableRevisions, builder.TablePending},
		"DELETE FROM builder_owners": {builder.TableDrafts, builder.TableMemory, builder.TablePreferences},
	} {
		t.Run(statement, func(t *testing.T) {
			path := newPath(t)
			db := opened(t, path, testOptions())
			furnish(t, db.Owner("alice"), "private")
			rawly(t, path, statement)

			s := db.Owner("bob")
			d := saved(t, s, testDraft(testID(9), "new", 1))
			d.State = testState(d.SessionID, "new", 2)
			saved(t, s, d)
			texts, err := s.LoadPending(t.Context(), d.SessionID)
			noError(t, err)
			history, err := s.DraftHistory(t.Context(), d.SessionID, builder.PageQuery{Limit: 10})
			noError(t, err)
			listed, err := s.ListDrafts(t.Context(), builder.DraftQuery{Limit: 10})
			noError(t, err)
			recalled, err := s.Recall(t.Context(), builder.MemoryQuery{Limit: 10})
			noError(t, err)
			wishes, err := s.Preferences(t.Context())
			noError(t, err)
			if len(texts) != 0 || len(history.Revisions) != 2 || len(listed.Drafts) != 1 || len(recalled.Entries) != 0 || len(wishes) != 0 {
				t.Errorf("bob has %d pending texts, %d revisions, %d drafts, %d entries, %d preferences; want 0, 2, 1, 0, 0",
					len(texts), len(history.Revisions), len(listed.Drafts), len(recalled.Entries), len(wishes))
			}
			problems := map[string]int{}
			for f, err := range db.Check(t.Context()) {
				if noError(t, err); f.Problem != "" {
					problems[f.Table]++
				}
			}
			for _, table := range orphans {
				if problems[table] == 0 {
					t.Errorf("check names no orphan in %s", table)
				}
			}
		})
	}
}
