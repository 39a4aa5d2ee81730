package main

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/memstore"
	"github.com/boternity/boternity/recall"
)

// method predicts choices. begin starts a collection: predict sees nothing of a
// choice but its description and time, and record tells it what was chosen.
type method struct {
	name  string
	begin func() (predict func(context.Context, choice) (prediction, error), record func(context.Context, choice) error)
}

type prediction struct {
	model string
	tools []string
	why   string
}

const ours = "boternity"

// methods are measured side by side; the last one is ours.
var methods = []method{
	baseline("most recent", func(history []choice, _ choice) []choice { return history[len(history)-1:] }),
	baseline("most frequent", func(history []choice, _ choice) []choice { return history }),
	baseline("most recent of the category", func(history []choice, c choice) []choice {
		category := recall.Classify(c.Description).Category
		for _, h := range slices.Backward(history) {
			if recall.Classify(h.Description).Category == category {
				return []choice{h}
			}
		}
		return nil
	}),
	baseline("vote of the 5 nearest by BM25", nearestByBM25),
	{ours, suggestions},
}

// baseline is a rule that picks some of the earlier choices, which then vote;
// the newest of those equally frequent wins. Models are predicted from choices
// that have one, tools from those that have tools.
func baseline(name string, pick func(history []choice, c choice) []choice) method {
	return method{name, func() (func(context.Context, choice) (prediction, error), func(context.Context, choice) error) {
		var withModel, withTools []choice
		predict := func(_ context.Context, c choice) (p prediction, err error) {
			if len(withModel) > 0 {
				p.model = mostFrequent(pick(withModel, c))
			}
			if len(withTools) > 0 {
				p.tools = ofMost(pick(withTools, c))
			}
			return p, nil
		}
		record := func(_ context.Context, c choice) error {
			if c.Model != "" {
				withModel = append(withModel, c)
			}
			if c.Tools != nil {
				withTools = append(withTools, c)
			}
			return nil
		}
		return predict, record
	}}
}

func mostFrequent(picked []choice) string {
	count := map[string]int{}
	for _, c := range picked {
		count[c.Model]++
	}
	best := ""
	for _, c := range slices.Backward(picked) {
		if best == "" || count[c.Model] > count[best] {
			best = c.Model
		}
	}
	return best
}

// ofMost are the tools that at least half of the picked have.
func ofMost(picked []choice) []string {
	count := map[string]int{}
	for _, c := range picked {
		for _, tool := range *c.Tools {
			count[tool]++
		}
	}
	var tools []string
	for tool, n := range count {
		if 2*n >= len(picked) {
			tools = append(tools, tool)
		}
	}
	return tools
}

// suggestions is what a user of the guide is shown: a store in memory, the
// guide over it, and an entry recorded for every choice.
func suggestions() (func(context.Context, choice) (prediction, error), func(context.Context, choice) error) {
	var now time.Time
	store := memstore.New(memstore.Options{}).Owner("")
	guide := forge.New(store, forge.Options{Now: func() time.Time { return now }})
	names := map[string]string{} // tools by the skill that stands for them
	predict := func(ctx context.Context, c choice) (p prediction, err error) {
		// A store orders what is of one moment by id; moments are kept apart so
		// that the order is the author's.
		if now = now.Add(time.Microsecond); c.At.After(now) {
			now = c.At
		}
		found, err := guide.Suggest(ctx, c.Description)
		for _, s := range found.Suggestions {
			switch s.Field {
			case builder.FieldModel:
				p.model, _ = s.Value.AsText()
				p.why = s.Reason
			case builder.FieldSkills:
				skills, _ := s.Value.AsList()
				for _, skill := range skills {
					p.tools = append(p.tools, names[skill])
				}
			}
		}
		return p, err
	}
	count := uint64(0)
	record := func(ctx context.Context, c choice) error {
		count++
		e := builder.MemoryEntry{
			ID: idOf(count), Description: c.Description, Category: recall.Classify(c.Description).Category,
			CreatedAt: now, Choices: map[string]builder.Choice{},
		}
		if c.Model != "" {
			e.Choices[builder.FieldModel] = builder.Choice{Value: builder.Text(c.Model), Source: builder.Chosen}
		}
		if c.Tools != nil {
			var skills []string
			for _, tool := range *c.Tools {
				name := skill(tool)
				names[name] = tool
				skills = append(skills, name)
			}
			e.Choices[builder.FieldSkills] = builder.Choice{Value: builder.List(skills...), Source: builder.Chosen}
		}
		return store.RecordMemory(ctx, e)
	}
	return predict, record
}

func idOf(n uint64) uuid.UUID {
	id := uuid.UUID{6: 0x70, 8: 0x80}
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}
