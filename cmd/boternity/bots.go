package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
)

func (a *app) botsCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "bots",
		Short: "See the finished bots",
		Long: `Shows the bots in a folder, as their files have them now, with what was edited
since they were made.`,
	}
	cmd.PersistentFlags().StringVar(&dir, "bots", "", "the folder of bots (default bots in the data folder)")
	cmd.AddCommand(a.botsListCommand(&dir), a.botsShowCommand(&dir))
	return cmd
}

// botJSON is a bot as lists show it.
type botJSON struct {
	Slug        string                  `json:"slug"`
	Dir         string                  `json:"dir"`
	Name        string                  `json:"name"`
	Description string                  `json:"description"`
	Category    string                  `json:"category"`
	Tags        []string                `json:"tags"`
	Model       string                  `json:"model"`
	Purpose     builder.PurposeCategory `json:"purpose_category"`
	SessionID   *uuid.UUID              `json:"session_id"`
	CreatedAt   *string                 `json:"created_at"`
	Problem     string                  `json:"problem,omitempty"`
}

func summaryJSON(folder *bot.Folder, s bot.Summary) botJSON {
	j := botJSON{
		Slug: s.Slug, Dir: filepath.Join(folder.Dir(), s.Slug), Name: s.Name, Description: s.Description, Category: s.Category,
		Tags: s.Tags, Model: s.Model, Purpose: s.Purpose, Problem: s.Problem,
	}
	if s.SessionID != uuid.Nil {
		j.SessionID = &s.SessionID
	}
	if !s.CreatedAt.IsZero() {
		text := builder.FormatTime(s.CreatedAt)
		j.CreatedAt = &text
	}
	return j
}

func (a *app) botsListCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the finished bots by name",
		Long:    `Lists the bots in the folder. One whose files cannot be read is listed and marked.`,
		Example: `  boternity bots list --bots ./bots`,
		Args:    takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			var bots []bot.Summary
			list := []botJSON{}
			err := a.withBots(*dir, func(folder *bot.Folder) (err error) {
				bots, err = folder.List()
				for _, s := range bots {
					list = append(list, summaryJSON(folder, s))
				}
				return err
			})
			// Before the first bot there is no default folder.
			if err != nil && (*dir != "" || !errors.Is(err, builder.ErrNotFound)) {
				return err
			}
			if a.json {
				return a.printJSON(map[string][]botJSON{"bots": list})
			}
			return a.listBots(bots)
		},
	}
}

// withBots opens a folder of bots to look at. Unlike a build it makes none:
// where there is no folder, the error is builder.ErrNotFound.
func (a *app) withBots(dir string, do func(folder *bot.Folder) error) error {
	dir, err := a.botsDir(dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder of bots %s: %w", dir, builder.ErrNotFound)
	}
	folder, err := bot.OpenFolder(dir)
	if err != nil {
		return err
	}
	defer folder.Close() //nolint:errcheck // it was only read
	return do(folder)
}

func (a *app) listBots(bots []bot.Summary) error {
	if len(bots) == 0 {
		a.say("No bots.")
		return nil
	}
	list := table{heading: []string{"SLUG", "NAME", "MODEL", "DESCRIPTION"}}
	for _, b := range bots {
		text := plain(b.Description)
		if b.Problem != "" {
			text = "[cannot be read: " + plain(b.Problem) + "]"
		}
		list.add(plain(b.Slug), cut(dash(plain(b.Name)), valueColumns, 0), dash(plain(b.Model)), text)
	}
	return a.printTable(&list)
}

func (a *app) botsShowCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:     "show SLUG",
		Short:   "Show a finished bot",
		Long:    `Shows what a bot is, from its files.`,
		Example: `  boternity bots show code-reviewer`,
		Args:    takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.withBots(*dir, func(folder *bot.Folder) error {
				b, err := folder.Read(args[0])
				if errors.Is(err, builder.ErrNotFound) {
					return fmt.Errorf("the bot %s: %w", plain(args[0]), err)
				}
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(wholeBotJSON(folder, b))
				}
				return a.showBot(folder, b)
			})
		},
	}
}

type botWholeJSON struct {
	botJSON            `json:",inline"`
	InitialDescription string         `json:"initial_description"`
	Config             builder.Config `json:"config"`
	Files              []string       `json:"files"`
}

func wholeBotJSON(folder *bot.Folder, b bot.Bot) botWholeJSON {
	return botWholeJSON{
		botJSON: summaryJSON(folder, b.Summary), InitialDescription: b.InitialDescription, Config: b.Config, Files: botFiles(b),
	}
}

func botFiles(b bot.Bot) []string {
	paths := make([]string, len(b.Files))
	for i, f := range b.Files {
		paths[i] = f.Path
	}
	return paths
}

func (a *app) showBot(folder *bot.Folder, b bot.Bot) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%-12s %s\n", "Folder", plain(filepath.Join(folder.Dir(), b.Slug)))
	if b.SessionID != uuid.Nil {
		fmt.Fprintf(&out, "%-12s %s\n", "Session", b.SessionID)
	}
	if !b.CreatedAt.IsZero() {
		fmt.Fprintf(&out, "%-12s %s\n", "Made", ago(time.Now(), b.CreatedAt))
	}
	if !b.Purpose.IsUnknown() {
		fmt.Fprintf(&out, "%-12s %s\n", "For", plain(b.Purpose.String()))
	}
	out.WriteByte('\n')
	for _, field := range builder.Fields() {
		if v, ok := b.Config.Value(field); ok {
			fmt.Fprintf(&out, "%-12s %s\n", field, plain(v.String()))
		}
	}
	out.WriteString("\nFiles\n")
	for _, path := range botFiles(b) {
		fmt.Fprintf(&out, "  %s\n", plain(path))
	}
	_, err := a.stdout.Write([]byte(out.String()))
	return err
}
