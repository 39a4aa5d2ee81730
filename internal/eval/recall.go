package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/boternity/boternity/builder"
)

// choice is a description with what its author chose for it.
type choice struct {
	Collection  string    `json:"source_repo"`
	Seq         int       `json:"seq"`
	At          time.Time `json:"added_at"`
	Description string    `json:"description"`
	Model       string    `json:"model_norm"`
	Tools       *[]string `json:"tools"`
	Publisher   string    `json:"source_category"`
}

// result is how a method did on one collection.
type result struct {
	collection string
	model      share
	tools      f1Sum
}

// f1Sum adds up the F1 of predicted sets.
type f1Sum struct {
	sum float64
	n   int
}

func (s *f1Sum) add(predicted, chosen []string) {
	s.sum += f1(predicted, chosen)
	s.n++
}

func (s f1Sum) String() string {
	if s.n == 0 {
		return "none"
	}
	return fmt.Sprintf("%.3f of %d", s.sum/float64(s.n), s.n)
}

// f1 is the harmonic mean of precision and recall; two empty sets agree.
func f1(predicted, chosen []string) float64 {
	if len(predicted)+len(chosen) == 0 {
		return 1
	}
	both := 0
	for _, item := range predicted {
		if slices.Contains(chosen, item) {
			both++
		}
	}
	return 2 * float64(both) / float64(len(predicted)+len(chosen))
}

const shuffleSeed = 20261124

// measureRecall lets every method predict each choice from the earlier ones of
// its collection, in the order they were made and in some others.
func measureRecall(ctx context.Context, path string, shuffles int, mistakes bool, out *strings.Builder) error {
	choices, err := readLines[choice](path)
	if err != nil {
		return err
	}
	collections := collect(choices)
	var wrong *strings.Builder
	if mistakes {
		wrong = out
	}
	ordered := make([][]result, len(methods))
	for i, m := range methods {
		if ordered[i], err = measure(ctx, m, collections, wrong); err != nil {
			return err
		}
	}
	if err := printMethods(out, "in the order they were made", [][][]result{ordered}); err != nil {
		return err
	}
	if err := printCollections(out, ordered); err != nil {
		return err
	}
	if shuffles < 1 {
		return nil
	}
	var shuffled [][][]result
	random := rand.New(rand.NewPCG(shuffleSeed, 0))
	for range shuffles {
		mixed := shuffle(collections, random)
		round := make([][]result, len(methods))
		for i, m := range methods {
			if round[i], err = measure(ctx, m, mixed, nil); err != nil {
				return err
			}
		}
		shuffled = append(shuffled, round)
	}
	return printMethods(out, fmt.Sprintf("mean of %d shuffled orders", shuffles), shuffled)
}

// collect gathers the choices by collection, each in the order of its author.
func collect(choices []choice) [][]choice {
	slices.SortStableFunc(choices, func(a, b choice) int {
		if order := strings.Compare(a.Collection, b.Collection); order != 0 {
			return order
		}
		return a.Seq - b.Seq
	})
	var collections [][]choice
	for i, c := range choices {
		if i == 0 || c.Collection != choices[i-1].Collection {
			collections = append(collections, nil)
		}
		last := len(collections) - 1
		collections[last] = append(collections[last], c)
	}
	return collections
}

// shuffle deals the moments of a collection out to its choices in another
// order.
func shuffle(collections [][]choice, random *rand.Rand) [][]choice {
	mixed := make([][]choice, len(collections))
	for i, collection := range collections {
		mixed[i] = slices.Clone(collection)
		random.Shuffle(len(collection), func(a, b int) { mixed[i][a], mixed[i][b] = mixed[i][b], mixed[i][a] })
		for j := range mixed[i] {
			mixed[i][j].At = collection[j].At
		}
	}
	return mixed
}

// measure predicts every choice of which there is an earlier one to predict it
// from. Models are measured where an author ever chose two different ones.
func measure(ctx context.Context, m method, collections [][]choice, wrong *strings.Builder) ([]result, error) {
	var results []result
	for _, collection := range collections {
		r := result{collection: collection[0].Collection}
		predict, record := m.begin()
		varied := models(collection) > 1
		var seenModel, seenTools bool
		for _, c := range collection {
			p, err := predict(ctx, c)
			if err != nil {
				return nil, err
			}
			if c.Model != "" {
				if seenModel && varied {
					r.model.add(p.model == c.Model)
					if wrong != nil && m.name == ours && p.model != c.Model {
						fmt.Fprintf(wrong, "%s: model %s, not %s: %s: %.80q\n", c.Collection, p.model, c.Model, p.why, c.Description)
					}
				}
				seenModel = true
			}
			if c.Tools != nil {
				if seenTools {
					r.tools.add(p.tools, *c.Tools)
				}
				seenTools = true
			}
			if err := record(ctx, c); err != nil {
				return nil, err
			}
		}
		results = append(results, r)
	}
	return results, nil
}

func models(collection []choice) int {
	var seen []string
	for _, c := range collection {
		if c.Model != "" && !slices.Contains(seen, c.Model) {
			seen = append(seen, c.Model)
		}
	}
	return len(seen)
}

// printMethods prints a line per method, of one or several rounds.
func printMethods(out *strings.Builder, title string, rounds [][][]result) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\nmethod, %s\tmodel hit@1\ttools F1\n", title)
	for i, m := range methods {
		var model share
		var tools f1Sum
		for _, round := range rounds {
			for _, r := range round[i] {
				model.right += r.model.right
				model.of += r.model.of
				tools.sum += r.tools.sum
				tools.n += r.tools.n
			}
		}
		fmt.Fprintf(table, "%s\t%v\t%v\n", m.name, model, tools)
	}
	return table.Flush()
}

// printCollections prints how the last method, ours, did on each collection.
func printCollections(out *strings.Builder, results [][]result) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\ncollection, %s\tmodel hit@1\ttools F1\n", ours)
	for _, r := range results[len(results)-1] {
		fmt.Fprintf(table, "%s\t%v\t%v\n", r.collection, r.model, r.tools)
	}
	return table.Flush()
}

// skill is a tool's name as a skill may be called.
func skill(tool string) string {
	var name []byte
	for _, r := range strings.ToLower(tool) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			name = append(name, byte(r))
		case len(name) > 0 && name[len(name)-1] != '-':
			name = append(name, '-')
		}
	}
	text := strings.TrimRight(string(name), "-")
	return strings.TrimRight(text[:min(len(text), builder.MaxSkillName)], "-")
}
