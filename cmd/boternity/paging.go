package main

import (
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
)

// paging is --limit and --cursor, which every list takes.
type paging struct {
	limit  int
	cursor string
}

func (p *paging) flags(cmd *cobra.Command) {
	p.limitFlag(cmd)
	cmd.Flags().StringVar(&p.cursor, "cursor", "", "go on where an earlier page ended")
}

func (p *paging) limitFlag(cmd *cobra.Command) {
	cmd.Flags().IntVar(&p.limit, "limit", 20, "how many to show, at most 500")
}

func (p *paging) query() (builder.PageQuery, error) {
	if p.limit < 1 || p.limit > builder.MaxPage {
		return builder.PageQuery{}, &builder.InvalidError{Field: "--limit", Problem: "must be from 1 to 500"}
	}
	return builder.PageQuery{Limit: p.limit, Cursor: builder.Cursor(p.cursor)}, nil
}

// sayNext tells how to see the next page.
func (a *app) sayNext(next builder.Cursor) {
	if next != "" {
		a.say("There is more: repeat the command with --cursor %s", next)
	}
}
