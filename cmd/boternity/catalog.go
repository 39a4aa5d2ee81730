package main

import (
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/catalog"
)

func (a *app) catalogCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "catalog",
		Short: "Show what Forge can offer",
		Long: `Shows the models, skills and tones that Forge offers, retired ones included: those
are not offered any more, and a session that has one is asked again.

A catalog.json in the data folder adds to the built-in catalogue and changes it.`,
	}
	cmd.AddCommand(
		a.catalogListCommand("models", "boternity catalog models --json", modelEntries),
		a.catalogListCommand("skills", "boternity catalog skills", skillEntries),
		a.catalogListCommand("tones", "boternity catalog tones", toneEntries),
	)
	return cmd
}

// catalogEntry is an entry of any kind. ID is what an answer says to choose it.
type catalogEntry struct {
	ID          string `json:"id"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
	Fits        string `json:"fits"`
	Retired     bool   `json:"retired"`
	ReplacedBy  string `json:"replaced_by,omitempty"`
}

func modelEntries(c *catalog.Catalog) (list []catalogEntry) {
	for _, m := range c.Models() {
		list = append(list, catalogEntry{ID: m.ID, Name: m.Name, Fits: m.Fits, Retired: m.Retired, ReplacedBy: m.ReplacedBy})
	}
	return list
}

func skillEntries(c *catalog.Catalog) (list []catalogEntry) {
	for _, s := range c.Skills() {
		list = append(list, catalogEntry{ID: s.Name, Description: s.Description, Fits: s.Fits, Retired: s.Retired, ReplacedBy: s.ReplacedBy})
	}
	return list
}

func toneEntries(c *catalog.Catalog) (list []catalogEntry) {
	for _, t := range c.Tones() {
		list = append(list, catalogEntry{ID: t.Value, Fits: t.Fits, Retired: t.Retired, ReplacedBy: t.ReplacedBy})
	}
	return list
}

func (a *app) catalogListCommand(kind, example string, entries func(*catalog.Catalog) []catalogEntry) *cobra.Command {
	return &cobra.Command{
		Use:     kind,
		Short:   "List the " + kind,
		Long:    "Lists the " + kind + " of the catalogue: the value that chooses one, when it fits, and\nwhether it is retired, with its successor.",
		Example: "  " + example,
		Args:    takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			known, err := a.loadCatalog()
			if err != nil {
				return err
			}
			list := entries(known)
			if a.json {
				return a.printJSON(map[string][]catalogEntry{kind: list})
			}
			return a.listCatalog(list)
		},
	}
}

func (a *app) listCatalog(entries []catalogEntry) error {
	list := table{heading: []string{"VALUE", "STATUS", "FITS"}}
	for _, e := range entries {
		status, text := "offered", plain(e.Fits)
		if e.Retired {
			status = "retired"
		}
		if e.ReplacedBy != "" {
			text = "See " + plain(e.ReplacedBy) + ". " + text
		}
		list.add(plain(e.ID), status, text)
	}
	return a.printTable(&list)
}
