package postgres

import (
	"context"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

// The lock on the draft's key keeps it from being deleted meanwhile and lets
// it be saved.
const (
	pendingDraft = `WITH draft AS (
		SELECT owner, session_id FROM builder_drafts WHERE owner = $1 AND session_id = $2
			AND NOT EXISTS (SELECT FROM builder_gone WHERE key = $3 AND ended <> 0)
			AND NOT EXISTS (SELECT FROM builder_memory WHERE owner = $1 AND id = $2)
		FOR KEY SHARE)`
	savePending = pendingDraft + `, kept AS (
		INSERT INTO builder_pending (owner, session_id, key, field, text) SELECT owner, session_id, $4, $5, $6 FROM draft
		ON CONFLICT (owner, session_id, key) DO UPDATE SET text = excluded.text)
		SELECT 1 FROM draft`
	dropPending = pendingDraft + `, dropped AS (
		DELETE FROM builder_pending p USING draft WHERE p.owner = $1 AND p.session_id = $2 AND p.key = $4)
		SELECT 1 FROM draft`
)

func (s *store) SavePending(ctx context.Context, id uuid.UUID, field, text string) error {
	if err := builder.CheckPending(field, text); err != nil {
		return err
	}
	query, args := dropPending, []any{s.owner, id, goneKey(s.owner, id), key(field)}
	if text != "" {
		query, args = savePending, append(args, []byte(field), []byte(text))
	}
	return s.direct(ctx, func(c *call) error {
		c.writes = true
		kept, err := c.is(query, args...)
		c.writes = false
		if err != nil || kept {
			return err
		}
		gone, err := isGone(c, s.owner, id)
		if err == nil && !gone {
			err = builder.ForSession(id, builder.ErrNotFound)
		}
		return orGone(err, id)
	})
}

func (s *store) LoadPending(ctx context.Context, id uuid.UUID) (pending map[string]string, err error) {
	err = s.read(ctx, func(c *call) error {
		pending = map[string]string{}
		var field, text []byte
		return c.each(`SELECT field, text FROM builder_pending WHERE owner = $1 AND session_id = $2`, []any{s.owner, id}, []any{&field, &text}, func() error {
			pending[string(field)] = string(text)
			return nil
		})
	})
	return pending, err
}
