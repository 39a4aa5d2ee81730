package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
)

const workLoad = "load and decode"

// measureLoad compares loading and decoding a draft with the same query followed
// by encoding/json, the loose reading that our strict one replaces; and with a
// plain program's, whose rows have no more than a state.
func (b *bench) measureLoad(ctx context.Context) (err error) {
	const sessions = 50
	store, err := b.engine.ours(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	plain, err := b.engine.plain(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plain.Close()) }()
	for n := range sessions {
		for _, s := range []saver{store, plain} {
			if _, err := begin(ctx, s, n, 0); err != nil {
				return err
			}
		}
	}
	read := func(into func(ctx context.Context, id uuid.UUID) error) func(context.Context, int) (sample, error) {
		return b.repeat(200, func(ctx context.Context, n int) error { return into(ctx, idOf(n*7919%sessions)) })
	}
	at := func(name string) series {
		return series{Work: workLoad, Side: name, At: usualExchanges, Unit: inSeconds}
	}
	return b.compete(ctx, contest{name: "load and decode", rounds: 4 * b.rounds, sides: []side{
		{series: at(ours), round: read(func(ctx context.Context, id uuid.UUID) error {
			d, err := store.LoadDraft(ctx, id)
			if err != nil {
				return err
			}
			s, err := builder.DecodeState(d)
			if err == nil && len(s.Conversation) != usualExchanges {
				err = fmt.Errorf("session %s has %d exchanges, not %d", id, len(s.Conversation), usualExchanges)
			}
			return err
		})},
		{series: at(jsonStruct), round: read(func(ctx context.Context, id uuid.UUID) error { return store.loadInto(ctx, id, new(plainState)) })},
		{series: at(jsonAny), round: read(func(ctx context.Context, id uuid.UUID) error { return store.loadInto(ctx, id, new(any)) })},
		{series: at(jsonPlain), round: read(func(ctx context.Context, id uuid.UUID) error { return plain.loadInto(ctx, id, new(plainState)) })},
	}})
}

func (s *ourStore) loadInto(ctx context.Context, id uuid.UUID, v any) error {
	d, err := s.LoadDraft(ctx, id)
	if err != nil {
		return err
	}
	return json.Unmarshal(d.State, v)
}
