package postgres

import (
	"context"

	"github.com/boternity/boternity/builder"
)

func (s *store) Preferences(ctx context.Context) (all builder.Preferences, err error) {
	err = s.read(ctx, func(c *call) error {
		all = nil
		var cols preferenceColumns
		return c.each(`SELECT field, value, never FROM builder_preferences WHERE owner = $1 ORDER BY field, value`, []any{s.owner}, cols.all(), func() error {
			if p, problem := cols.preference(); problem == "" {
				all = append(all, p) // the others Check names
			}
			return nil
		})
	})
	return all, err
}

type preferenceColumns struct {
	field, value []byte
	never        bool
}

func (c *preferenceColumns) all() []any { return []any{&c.field, &c.value, &c.never} }

func (c *preferenceColumns) preference() (p builder.Preference, problem string) {
	p = builder.Preference{Field: string(c.field), Never: c.never}
	if err := p.Value.UnmarshalJSON(c.value); err != nil {
		problem = "the column value holds no value of a field"
	}
	return p, problem
}

func (s *store) SetPreference(ctx context.Context, p builder.Preference) error {
	if err := builder.CheckPreference(p); err != nil {
		return err
	}
	value, err := p.Value.MarshalJSON()
	if err != nil {
		return err
	}
	return s.direct(ctx, func(c *call) error {
		c.writes = true
		if p.Never {
			_, err := s.insertPreference(c, p, value, `(owner, key) DO UPDATE SET never = true`)
			return err
		}
		n, err := c.exec(`DELETE FROM builder_preferences WHERE owner = $1 AND key = $2`, s.owner, key(p.Field, string(value)))
		if err == nil && n == 0 {
			return c.settle()
		}
		return err
	})
}

func (s *store) insertPreference(c *call, p builder.Preference, value []byte, onConflict string) (inserted int64, err error) {
	return c.exec(`INSERT INTO builder_preferences (owner, key, field, value, never) VALUES ($1, $2, $3, $4, $5) ON CONFLICT `+onConflict,
		s.owner, key(p.Field, string(value)), []byte(p.Field), value, p.Never)
}
