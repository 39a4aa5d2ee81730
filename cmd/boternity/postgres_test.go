package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/boternity/boternity/internal/pgtest"
)

// TestPostgres runs the commands on a real server.
func TestPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: programs of one goroutine each")
	}
	server := postgresServer(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "postgres"),
		Cmds:                scriptCommands,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			for _, variable := range []string{"PG", "PG2", "PG3"} {
				name, err := server.Create(context.Background(), "")
				if err != nil {
					return err
				}
				env.Setenv(variable, server.URL(name))
			}
			return setUp(env)
		},
	})
}

// postgresServer is a server of the test's own. Where PostgreSQL is missing the
// test is skipped, which is a failure where CI=true.
func postgresServer(t *testing.T, settings ...string) *pgtest.Server {
	t.Helper()
	server, err := pgtest.Start(settings...)
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}
