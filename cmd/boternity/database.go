package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/memstore"
	"github.com/boternity/boternity/postgres"
	"github.com/boternity/boternity/sqlite"
)

// access is what a database is opened for.
type access int

const (
	toRead access = iota // nothing of it is changed
	toUse                // for writing where that is allowed, else for reading
	toFill               // toUse, with something to put into one that is not there yet
)

// openDatabase is the one place that turns a name, the path of a file or a URL,
// into a database.
func openDatabase(ctx context.Context, name string, what access) (builder.Database, error) {
	server, err := isServer(name)
	if err != nil {
		return nil, err
	}
	if server {
		db, err := postgres.Open(ctx, name, postgres.Options{})
		if err != nil {
			return nil, err
		}
		return db, nil
	}
	open := sqlite.Open
	if what == toRead {
		open = sqlite.OpenReadOnly
	}
	db, err := open(ctx, name, sqlite.Options{})
	if what != toRead && errors.Is(err, sqlite.ErrReadOnly) {
		// What only looks works on a file that may not be written to, too.
		db, err = sqlite.OpenReadOnly(ctx, name, sqlite.Options{})
	}
	if err != nil {
		return nil, err // and no typed nil for a database
	}
	return db, nil
}

var (
	urlScheme = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]+)://`)

	// What begins like the path of a file is one, whatever comes after.
	plainPath = regexp.MustCompile(`^(/[^/]|\.\.?[/\\]|[A-Za-z]:\\|\\\\)`)

	// Names that are no URL and surely no file either: it would be made, and
	// take what was meant for the server.
	misspelt = regexp.MustCompile(`(?i)^["'\s]*(postgres|postgresql|pgsql|psql|jdbc)["'\s]*(:|//)|://` +
		`|:\S*@` + // USER:PASSWORD@HOST
		`|^(//)?([^/]*@)?[^/:]+:\d{4,5}([/?]|$)` + // HOST:PORT
		`|(^|["'\s])(pg)?(host|hostaddr|port|user|dbname|database|service)\s*=|(pass|password|passwd|pwd)\s*=`)

	settingBefore = regexp.MustCompile(`\?.*=`)
	hosts         = regexp.MustCompile(`^((^|,)(\[[^]/?#@]*\]|[^][:/?#@,]*)(:\d*)?)*(/|\?|$)`) // HOST:PORT,HOST:PORT before a path

	// A password is before the @ of a URL, or in a setting.
	secret = regexp.MustCompile(`(?i)(postgres(?:ql)?:/*)[^\s"']*@|\b(\w*(?:pass|password|passwd|pwd))=[^\s&"']*`)
)

// withoutSecrets is a message that may quote what was given, such as a URL in
// the place of a file.
func withoutSecrets(message string) string {
	return secret.ReplaceAllStringFunc(message, func(found string) string {
		if name, _, setting := strings.Cut(found, "="); setting && !strings.HasSuffix(found, "@") {
			return name + "=…"
		}
		scheme, _, _ := strings.Cut(found, ":")
		return scheme + "://…@"
	})
}

// isServer tells the URL of a PostgreSQL database from the path of a file, and
// refuses what is neither. A password may be anywhere in such a name, so that no
// more than a scheme is quoted.
func isServer(name string) (bool, error) {
	match := urlScheme.FindStringSubmatch(name)
	switch {
	case match != nil && (match[1] == "postgres" || match[1] == "postgresql"):
		return true, nil
	case match != nil:
		return false, &usageError{fmt.Errorf("%s: an unknown kind of database; give the path of a file or a postgres:// URL", match[1])}
	case !plainPath.MatchString(name) && misspelt.MatchString(name):
		return false, &usageError{errors.New("this looks like a PostgreSQL database, which is named by a URL, postgres://USER@HOST:PORT/DATABASE, without quotes or spaces; a file of such a name is given as ./NAME")}
	}
	return false, nil
}

// withoutPassword is the name of a database as it may be shown.
func withoutPassword(name string) string {
	if server, err := isServer(name); err != nil || !server {
		return name
	}
	scheme, rest, _ := strings.Cut(name, "://")
	// Whatever comes before the last @ of it may be of a password, which need
	// not be encoded as it should be.
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, _, _ := strings.Cut(rest[:at], ":")
		if strings.ContainsAny(user, "/?#@") || settingBefore.MatchString(rest[:at]) {
			return scheme + "://…" // the @ may be of a setting
		}
		rest = user + rest[at:]
	}
	if !hosts.MatchString(rest[strings.LastIndex(rest, "@")+1:]) {
		return scheme + "://…" // what should be a port may be a password
	}
	rest, query, asks := strings.Cut(rest, "?")
	settings := slices.DeleteFunc(strings.Split(query, "&"), func(setting string) bool {
		name, _, _ := strings.Cut(setting, "=")
		name, err := url.QueryUnescape(name)
		return err != nil || secret.MatchString(name+"=")
	})
	if asks && len(settings) > 0 {
		rest += "?" + strings.Join(settings, "&")
	}
	return scheme + "://" + rest
}

// isOlder reports whether a database has to be migrated before it can be read.
func isOlder(err error) bool {
	return errors.Is(err, sqlite.ErrOlder) || errors.Is(err, postgres.ErrOlder)
}

// databaseName is what --db, $BOTERNITY_DB or the default name.
func (a *app) databaseName() (string, error) {
	if !a.isDefault() {
		name := cmp.Or(a.db, a.getenv("BOTERNITY_DB"))
		_, err := isServer(name)
		return name, err
	}
	dir, err := a.dataDir()
	return filepath.Join(dir, "builder.db"), err
}

// with opens the database, runs do, and closes it again; an error of closing is
// not lost.
func (a *app) with(ctx context.Context, what access, do func(db builder.Database) error) error {
	name, err := a.databaseName()
	if err != nil {
		return err
	}
	db, err := a.open(ctx, name, what)
	if err != nil {
		return err
	}
	return thenClose(db, do(db))
}

// open makes a file only to put something into it. A name that is mistyped, or
// a shell in which $BOTERNITY_DB is not set, would look like lost memory.
func (a *app) open(ctx context.Context, name string, what access) (builder.Database, error) {
	err := a.there(name)
	switch {
	case what == toFill:
		db, openErr := openDatabase(ctx, name, what)
		if err != nil && openErr == nil {
			a.say("A new database was begun at %s.", name)
		}
		return db, openErr
	case err == nil:
		return openDatabase(ctx, name, what)
	case what == toUse && a.isDefault() && errors.Is(err, builder.ErrNotFound):
		// Whoever has not begun yet has nothing, which is no failure.
		a.say("There is no database yet at %s. A build or an import makes one; --db or $BOTERNITY_DB names another.", name)
		return memstore.New(memstore.Options{}), nil
	}
	return nil, err
}

// isDefault reports whether nobody named the database.
func (a *app) isDefault() bool { return a.db == "" && a.getenv("BOTERNITY_DB") == "" }

// there refuses a file that is not there.
func (a *app) there(name string) error {
	if server, _ := isServer(name); server {
		return nil
	}
	for _, path := range []string{name, name + "-wal"} { // what is left of one is not for this to judge
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	advice := "a build or an import makes one"
	if a.isDefault() {
		advice += "; --db or $BOTERNITY_DB names another"
	}
	return fmt.Errorf("the database %s: %w; %s", name, builder.ErrNotFound, advice)
}

// thenClose closes a database once the work on it has come to err.
func thenClose(db builder.Database, err error) error {
	// Joining nothing would still hide what kind of error err is.
	if closeErr := db.Close(); closeErr != nil {
		return errors.Join(err, closeErr)
	}
	return err
}

// withStore is with for one owner's view.
func (a *app) withStore(ctx context.Context, what access, do func(store builder.Store) error) error {
	return a.withOwner(ctx, what, func(db builder.Database) error { return do(db.Owner(a.owner)) })
}

// withOwner is with for what needs the whole database on an owner's behalf.
func (a *app) withOwner(ctx context.Context, what access, do func(db builder.Database) error) error {
	if err := builder.CheckOwner(a.owner); err != nil {
		return err
	}
	return a.with(ctx, what, do)
}
