package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/transfer"
)

// exportedJSON is the result of an export into a file; one to standard output
// has its lines for a result.
type exportedJSON struct {
	Exported int    `json:"exported"`
	File     string `json:"file"`
}

// exportTo runs an export into a file, or to standard output where none is
// named. The file is written whole or not at all, and takes the place of another
// only where the person agrees.
func (a *app) exportTo(ctx context.Context, agree *consent, path string, export func(ctx context.Context, db builder.Database, w io.Writer) (int, error)) error {
	toFile := path != "" && path != "-"
	if toFile {
		if err := agree.toReplace(path); err != nil {
			return err
		}
	}
	return a.withOwner(ctx, toUse, func(db builder.Database) error {
		if !toFile {
			out := bufio.NewWriter(a.stdout)
			_, err := export(ctx, db, out)
			return errors.Join(err, out.Flush())
		}
		// An export that is interrupted takes its half of a file with it.
		ctx, stop := interruptible(ctx)
		defer stop()
		n := 0
		var leftOut *transfer.LeftOutError
		err := writeWhole(path, func(w io.Writer) (err error) {
			n, err = export(ctx, db, w)
			if errors.As(err, &leftOut) {
				return nil // the rest is worth having; it is told below
			}
			return err
		})
		if err != nil {
			return err
		}
		if leftOut != nil {
			a.say("Exported %d to %s.", n, plain(path))
			return leftOut
		}
		if a.json {
			return a.printJSON(exportedJSON{n, path})
		}
		_, err = fmt.Fprintf(a.stdout, "Exported %d to %s.\n", n, plain(path))
		return err
	})
}

// writeWhole puts a file in place once it is complete and on disk. Only its
// owner may read it, since it holds what people wrote.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	buffered := bufio.NewWriter(f)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return errors.Join(f.Close(), syncFolder(filepath.Dir(path)))
}

// importCommand completes an import command.
func (a *app) importCommand(cmd *cobra.Command, read func(context.Context, builder.Database, string, io.Reader, transfer.ImportOptions) (transfer.Imported, error)) *cobra.Command {
	var opts transfer.ImportOptions
	cmd.Use = "import FILE"
	cmd.Args = takes(1, 1)
	cmd.Flags().BoolVar(&opts.SkipBad, "skip-bad", false, "leave out lines that cannot be read, and name them")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := a.stdin
		if args[0] != "-" {
			f, err := os.Open(args[0])
			if err != nil {
				return &usageError{err}
			}
			defer f.Close() //nolint:errcheck // it was only read
			in = f
		}
		return a.withOwner(cmd.Context(), toFill, func(db builder.Database) error {
			result, err := read(cmd.Context(), db, a.owner, in, opts)
			if err != nil {
				return err
			}
			if err := a.printImported(result); err != nil || len(result.Differs) == 0 {
				return err
			}
			return &toldError{notTakenError(len(result.Differs))}
		})
	}
	return cmd
}

func (a *app) printImported(r transfer.Imported) error {
	if a.json {
		return a.printJSON(r)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "Added %d; %d there already.\n", r.Added, r.AlreadyThere)
	for _, l := range r.Differs {
		fmt.Fprintf(&out, "line %d: something else is stored under %s, and was left as it is\n", l.Line, l.ID)
	}
	for _, l := range r.Gone {
		fmt.Fprintf(&out, "line %d: the session %s has finished; its draft was not brought back\n", l.Line, l.ID)
	}
	for _, l := range r.Refused {
		fmt.Fprintf(&out, "line %d: left out: %s\n", l.Line, plain(l.Problem))
	}
	_, err := io.WriteString(a.stdout, out.String())
	return err
}

// syncFolder makes a new name in a folder survive a power cut.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // has no such call
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
