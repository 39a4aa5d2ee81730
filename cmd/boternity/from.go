package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// locate finds the bot that --from names: its folder is the bots folder of the
// session.
func (b *build) locate() error {
	if b.from == "" {
		return nil
	}
	dir, err := filepath.Abs(b.from)
	if err != nil {
		return &usageError{fmt.Errorf("--from: %w", err)}
	}
	switch info, err := os.Lstat(dir); {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("a bot at %s: %w", plain(dir), builder.ErrNotFound)
	case err != nil:
		return fmt.Errorf("--from: %w", err)
	case info.Mode()&os.ModeSymlink != 0:
		return &usageError{fmt.Errorf("--from: %s is a symbolic link; name the folder itself", plain(dir))}
	case !info.IsDir():
		return &usageError{fmt.Errorf("--from: %s is not a folder; name the folder that the bot's files are in", plain(dir))}
	case filepath.Dir(dir) == dir:
		return &usageError{errors.New("--from: this is not a bot's folder")}
	}
	usual, err := b.botsDir("")
	if err != nil {
		return err
	}
	if usual, err = filepath.Abs(usual); err != nil {
		return err
	}
	if b.slug = filepath.Base(dir); filepath.Dir(dir) != usual {
		b.bots = filepath.Dir(dir)
	}
	return nil
}

// openBot opens the bot that --from names.
func (b *build) openBot(ctx context.Context) (forge.Turn, error) {
	turn, err := b.guide.Reconfigure(ctx, b.slug)
	if err != nil {
		return turn, fmt.Errorf("--from %s: %w", plain(b.from), err)
	}
	return turn, nil
}

// reconfigure is openBot that tells of it.
func (b *build) reconfigure(ctx context.Context) (forge.Turn, error) {
	turn, err := b.openBot(ctx)
	switch {
	case err != nil:
		return turn, err
	case turn.Kind == forge.Finished:
	case b.dryRun:
		b.tell("A dry run: nothing is stored, and the bot stays as it is.")
	default:
		b.tell("Session %s changes the bot %s (%s), saved (revision %d)", turn.SessionID, plain(b.slug), plain(turn.Category.String()), turn.Revision)
	}
	return turn, nil
}
