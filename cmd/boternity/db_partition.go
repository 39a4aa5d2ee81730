package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/boternity/boternity/postgres"
)

// partitionedJSON is the result of partitioning.
type partitionedJSON struct {
	Parts int `json:"parts"`
}

func (a *app) dbPartitionCommand() *cobra.Command {
	var parts int
	cmd := &cobra.Command{
		Use:   "partition --parts N",
		Short: "Spread the tables of a PostgreSQL database over partitions, by owner",
		Long: `Turns every table of a PostgreSQL database that has been migrated into N hash
partitions by owner, so that vacuum, reindex and backup work on parts. It is one
transaction: done whole, or not at all.

It copies every row, which takes room for a second copy, and until it has ended
nobody can use the tables. So do it early, with programs stopped. Later migrations
apply as before. 16 to 64 parts suit most; a database that is partitioned already
is left as it is.`,
		Example: `  boternity db partition --parts 16 --db postgres://boternity@db.example/boternity`,
		Args:    takes(0, 0),
	}
	cmd.Flags().IntVar(&parts, "parts", 0, "how many partitions, from 2 to 1024")
	agree := a.consent(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed("parts") {
			return &usageError{errors.New("say into how many parts with --parts N")}
		}
		if err := a.wholeOnly(); err != nil {
			return err
		}
		name, err := a.databaseName()
		if err != nil {
			return err
		}
		if server, _ := isServer(name); !server {
			return &usageError{errors.New("only a PostgreSQL database has partitions; name one with --db")}
		}
		if err := agree.possible(); err != nil {
			return err
		}
		if err := agree.ask("Spread the tables over %d partitions? Nobody can use them meanwhile.", parts); err != nil {
			return err
		}
		ctx, stop := interruptible(cmd.Context())
		defer stop()
		err = postgres.Partition(ctx, name, parts)
		switch {
		case err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return errors.New("stopped; the tables are as they were")
		case err != nil:
			return err
		case a.json:
			return a.printJSON(partitionedJSON{parts})
		}
		_, err = fmt.Fprintf(a.stdout, "The tables are spread over %d partitions.\n", parts)
		return err
	}
	return cmd
}
