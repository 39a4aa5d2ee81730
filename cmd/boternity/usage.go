package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// takes refuses fewer or more arguments than a command has a use for.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= most {
			return nil
		}
		return fmt.Errorf("%s, not %d; usage: %s", wanted(least, most), len(args), cmd.UseLine())
	}
}

func wanted(least, most int) string {
	switch {
	case most == 0:
		return "takes no arguments"
	case least == most:
		return "takes " + count(int64(least), "argument")
	}
	return fmt.Sprintf("takes %d to %d arguments", least, most)
}
