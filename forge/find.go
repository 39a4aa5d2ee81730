package forge

import (
	"context"
	"strings"

	"github.com/boternity/boternity/builder"
)

// FindDrafts returns a page of the drafts whose listed description holds text,
// in any case. It looks at a bounded number of drafts per call: a page may be
// short, or empty, and still have a Next.
func (g *Guide) FindDrafts(ctx context.Context, text string, q builder.DraftQuery) (builder.DraftPage, error) {
	text = strings.ToLower(text)
	found := builder.DraftPage{Next: q.Cursor}
	limit := builder.PageSize(q.Limit)
	if text == "" || limit == 0 {
		return g.store.ListDrafts(ctx, q)
	}
	for range maxScan / builder.MaxPage {
		page, err := g.store.ListDrafts(ctx, builder.DraftQuery{Limit: builder.MaxPage, Cursor: found.Next})
		if err != nil {
			return builder.DraftPage{}, err
		}
		for _, d := range page.Drafts {
			if strings.Contains(strings.ToLower(d.Description), text) {
				found.Drafts = append(found.Drafts, d)
			}
			found.Next = builder.Position{At: d.UpdatedAt, ID: d.SessionID}.Cursor(builder.ListOfDrafts)
			if len(found.Drafts) == limit {
				return found, nil
			}
		}
		if page.Next == "" {
			found.Next = ""
			return found, nil
		}
		found.Next = page.Next
	}
	return found, nil
}

// maxScan is how many drafts one call of FindDrafts looks at.
const maxScan = 10_000
