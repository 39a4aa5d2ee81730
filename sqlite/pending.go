package sqlite

import (
	"context"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

func (s *store) SavePending(ctx context.Context, id uuid.UUID, field, text string) error {
	if err := builder.CheckPending(field, text); err != nil {
		return err
	}
	return s.together(ctx, func(c *conn) error {
		if gone, err := s.isGone(c, id); err != nil || gone {
			return orGone(err, id)
		}
		var number int64
		found, err := c.one(`SELECT draft FROM builder_drafts WHERE `+ofOwner+` AND session_id = ?`, []any{s.owner, id[:]}, &number)
		if err != nil {
			return err
		}
		if !found {
			return builder.ForSession(id, builder.ErrNotFound)
		}
		if text == "" {
			_, err = c.exec(`DELETE FROM builder_pending WHERE draft = ? AND field = ?`, number, field)
		} else {
			_, err = c.exec(`INSERT INTO builder_pending (draft, field, text) VALUES (?, ?, ?)
				ON CONFLICT (draft, field) DO UPDATE SET text = excluded.text`, number, field, text)
		}
		return err
	})
}

func (s *store) LoadPending(ctx context.Context, id uuid.UUID) (map[string]string, error) {
	pending := map[string]string{}
	err := s.read(ctx, func(c *conn) error {
		var field, typed text
		return c.each(`SELECT p.field, p.text FROM builder_drafts d JOIN builder_pending p ON p.draft = d.draft
			WHERE d.owner = (SELECT owner FROM builder_owners WHERE name = ?) AND d.session_id = ?`, []any{s.owner, id[:]},
			[]any{&field, &typed}, func() (bool, error) {
				if field.ok && typed.ok {
					pending[field.value] = typed.value
				}
				return true, nil
			})
	})
	return pending, err
}
