package sqlite

import (
	"context"

	"github.com/boternity/boternity/builder"
)

func (s *store) Preferences(ctx context.Context) (all builder.Preferences, err error) {
	err = s.read(ctx, func(c *conn) error {
		var cols preferenceColumns
		return c.each(`SELECT field, value, never FROM builder_preferences WHERE `+ofOwner+` ORDER BY field, value`, []any{s.owner}, cols.all(),
			func() (bool, error) {
				if p, problem := cols.preference(); problem == "" {
					all = append(all, p) // the others Check names
				}
				return true, nil
			})
	})
	return all, err
}

type preferenceColumns struct {
	field, value text
	never        integer
}

func (c *preferenceColumns) all() []any { return []any{&c.field, &c.value, &c.never} }

func (c *preferenceColumns) preference() (p builder.Preference, problem string) {
	var read columns
	p = builder.Preference{Field: read.text("field", c.field), Never: read.number("never", c.never, 0, 1) == 1}
	if err := p.Value.UnmarshalJSON([]byte(read.text("value", c.value))); err != nil {
		read.complain("the column value holds no value of a field")
	}
	return p, read.problem
}

func (s *store) SetPreference(ctx context.Context, p builder.Preference) error {
	if err := builder.CheckPreference(p); err != nil {
		return err
	}
	return s.together(ctx, func(c *conn) error {
		if p.Never {
			_, err := s.insertPreference(c, p, `ON CONFLICT (owner, field, value) DO UPDATE SET never = 1`)
			return err
		}
		value, err := valueText(p.Value)
		if err != nil {
			return err
		}
		_, err = c.exec(`DELETE FROM builder_preferences WHERE `+ofOwner+` AND field = ? AND value = ?`, s.owner, p.Field, value)
		return err
	})
}

func (s *store) insertPreference(c *conn, p builder.Preference, orElse string) (inserted int64, err error) {
	value, err := valueText(p.Value)
	if err != nil {
		return 0, err
	}
	owner, err := s.ownerNumber(c)
	if err != nil {
		return 0, err
	}
	return c.exec(`INSERT INTO builder_preferences (owner, field, value, never) VALUES (?, ?, ?, ?) `+orElse, owner, p.Field, value, p.Never)
}

// valueText is a value as it is kept and ordered: its JSON text.
func valueText(v builder.Value) (string, error) {
	b, err := v.MarshalJSON()
	return string(b), err
}
