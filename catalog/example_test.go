package catalog_test

import (
	"fmt"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/catalog"
)

func ExampleCatalog_Questions() {
	for _, q := range catalog.Default().Questions(builder.SimpleUtility) {
		fmt.Printf("%s: %s\n", q.Field, q.Text)
	}
	// Output:
	// name: What should your little helper be called?
	// tone: How should it answer?
	// model: Which model should do the job?
	// skills: Does it need a skill for its task?
}

func ExampleLoad() {
	c, err := catalog.Load([]byte(`{"models": [
		{"id": "llama-local", "name": "Our own Llama", "fits": "Nothing may leave the house."},
		{"id": "gpt-6-sol", "retired": true, "replaced_by": "llama-local"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	m, _ := c.Model("gpt-6-sol")
	fmt.Println(m.Name, m.Retired, m.ReplacedBy)
	// Output: GPT-6 Sol true llama-local
}
