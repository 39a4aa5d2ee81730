package main

import (
	"context"
	"io"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/transfer"
)

func (a *app) draftsExportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export [ID]",
		Short: "Write drafts as JSON lines",
		Long: `Writes one draft, or all of them, as JSON lines: one draft a line, its state as it
is stored, its pending text beside it. "boternity drafts import" reads them back
byte for byte. Revisions before the newest are not exported.

With --out the file appears only once it is complete. It takes the place of
another file only after a yes, or with --yes.`,
		Example: `  boternity drafts export > drafts.jsonl
  boternity drafts export 0190a1b2-c3d4 --out draft.jsonl`,
		Args: takes(0, 1),
	}
	agree := a.consent(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.exportTo(cmd.Context(), agree, out, func(ctx context.Context, db builder.Database, w io.Writer) (int, error) {
			var ids []uuid.UUID
			if len(args) == 1 {
				id, err := a.resolveDraft(ctx, db.Owner(a.owner), args[0])
				if err != nil {
					return 0, err
				}
				ids = []uuid.UUID{id}
			}
			return transfer.ExportDrafts(ctx, db, a.owner, ids, w)
		})
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "the file to write; standard output by default")
	return cmd
}

func (a *app) draftsImportCommand() *cobra.Command {
	return a.importCommand(&cobra.Command{
		Short: "Read drafts from JSON lines",
		Long: `Reads what "boternity drafts export" wrote; - is standard input. Doing it twice
changes nothing, and a draft that is there already is never replaced. A draft
that was deleted comes back; one whose session has finished does not.

A line that cannot be read stops the import before anything is stored, unless
--skip-bad says to go on with the others.`,
		Example: `  boternity drafts import drafts.jsonl
  ssh other boternity drafts export | boternity drafts import -`,
	}, transfer.ImportDrafts)
}
