package main

import "testing"

func TestNamesOfDatabases(t *testing.T) {
	for name, want := range map[string]struct {
		server, refused bool
		shown           string
	}{
		"builder.db":                      {shown: "builder.db"},
		"/var/lib/a b=c.db":               {shown: "/var/lib/a b=c.db"},
		"./host=x.db":                     {shown: "./host=x.db"},
		"postgres://u@h/db":               {server: true, shown: "postgres://u@h/db"},
		"postgresql://u:p@h1:1,h2:2/db":   {server: true, shown: "postgresql://u@h1:1,h2:2/db"},
		"postgres://u:p%40q@h":            {server: true, shown: "postgres://u@h"},
		"postgres://u:p@q@h/db":           {server: true, shown: "postgres://u@h/db"},
		"postgres:///db?host=/run&user=u": {server: true, shown: "postgres:///db?host=/run&user=u"},
		"postgres://h/db?user=u&password=p&sslmode=require": {server: true, shown: "postgres://h/db?user=u&sslmode=require"},
		"postgres://h/db?pass%77ord=p":                      {server: true, shown: "postgres://h/db"},
		"postgres://h/db?sslpassword=p&sslkey=k":            {server: true, shown: "postgres://h/db?sslkey=k"},
		"postgres://u:p?w@h/db":                             {server: true, shown: "postgres://u@h/db"},
		"postgres://u:a&b/c?d#e@h/db?sslmode=disable":       {server: true, shown: "postgres://u@h/db?sslmode=disable"},
		"postgres://h/db?user=u&password=p@q":               {server: true, shown: "postgres://…"},
		"\"postgres://u:p@h/db\"":                           {refused: true, shown: "\"postgres://u:p@h/db\""},
		" postgres://u:p@h/db":                              {refused: true, shown: " postgres://u:p@h/db"},
		"postgres//u:p@h/db":                                {refused: true, shown: "postgres//u:p@h/db"},
		"u:p@h/db":                                          {refused: true, shown: "u:p@h/db"},
		"/tmp/of a@b:c/x.db":                                {shown: "/tmp/of a@b:c/x.db"},
		"./postgres:/x.db":                                  {shown: "./postgres:/x.db"},
		`C:\Users\me@corp\builder.db`:                       {shown: `C:\Users\me@corp\builder.db`},
		"/srv/old host=a/b.db":                              {shown: "/srv/old host=a/b.db"},
		"//u:p@h/db":                                        {refused: true, shown: "//u:p@h/db"},
		"postgres://u:p@h/db?application_name=a@b":          {server: true, shown: "postgres://…"},
		"h:5432/db?password=p":                              {refused: true, shown: "h:5432/db?password=p"},
		"alice@h:5432/db":                                   {refused: true, shown: "alice@h:5432/db"},
		"h:5432":                                            {refused: true, shown: "h:5432"},
		"u:se/cret@h/db":                                    {refused: true, shown: "u:se/cret@h/db"},
		"PGPASSWORD=p":                                      {refused: true, shown: "PGPASSWORD=p"},
		"h:5432?sslmode=require":                            {refused: true, shown: "h:5432?sslmode=require"},
		"//h:5432/db":                                       {refused: true, shown: "//h:5432/db"},
		"'host=h'":                                          {refused: true, shown: "'host=h'"},
		"PGHOST=h":                                          {refused: true, shown: "PGHOST=h"},
		"u:/pass@h/db":                                      {refused: true, shown: "u:/pass@h/db"},
		"u/x:p@h/db":                                        {refused: true, shown: "u/x:p@h/db"},
		"2026-11-25T10:30:00/builder.db":                    {shown: "2026-11-25T10:30:00/builder.db"},
		"builder-2026-11-25T10:30+00:00":                    {shown: "builder-2026-11-25T10:30+00:00"},
		"backup-10:30":                                      {shown: "backup-10:30"},
		"run:42/builder.db":                                 {shown: "run:42/builder.db"},
		"notes: me@home.db":                                 {shown: "notes: me@home.db"},
		`\\?\C:\Users\me@corp\b.db`:                         {shown: `\\?\C:\Users\me@corp\b.db`},
		"postgres://alice:secret/db":                        {server: true, shown: "postgres://…"},
		"postgres://h/db?Password=p&pwd=p&sslmode=disable":  {server: true, shown: "postgres://h/db?sslmode=disable"},
		"postgres://u:p@[::1]:5432,h/db":                    {server: true, shown: "postgres://u@[::1]:5432,h/db"},
		"bots@home.db":                                      {shown: "bots@home.db"},
		"2026-11-25T10:30.db":                               {shown: "2026-11-25T10:30.db"},
		"postgres.db":                                       {shown: "postgres.db"},
		"mysql://u:p@h/db":                                  {refused: true, shown: "mysql://u:p@h/db"},
		"postgres:/u:p@h/db":                                {refused: true, shown: "postgres:/u:p@h/db"},
		"jdbc:postgresql://h/db":                            {refused: true, shown: "jdbc:postgresql://h/db"},
		"host=h user=u password=p":                          {refused: true, shown: "host=h user=u password=p"},
		"user = u dbname = d":                               {refused: true, shown: "user = u dbname = d"},
	} {
		server, err := isServer(name)
		if server != want.server || (err != nil) != want.refused {
			t.Errorf("%s: a server %t, %v", name, server, err)
		}
		if got := withoutPassword(name); got != want.shown {
			t.Errorf("%s is shown as %s", name, got)
		}
	}
}
