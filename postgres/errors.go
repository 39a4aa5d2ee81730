package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/internal/migration"
)

// What may be wrong with the server or the way to it, to branch on with
// errors.Is. A schema that is too new is a *builder.NewerError, one that others
// hold for too long builder.ErrBusy.
var (
	ErrURL         = errors.New("the connection string cannot be read; it has the form postgres://USER:PASSWORD@HOST:PORT/DATABASE?SETTINGS, special characters as %XX")
	ErrUnreachable = errors.New("the server cannot be reached; nothing was saved")
	ErrSetting     = errors.New("the server does not take a setting of the connection string")
	ErrRefused     = errors.New("the server refused what was asked for; nothing was saved")
	ErrUnknown     = errors.New("the server's answer was lost, or its standby did not confirm; whether it was saved is not known")
	ErrOlder       = errors.New("the database has an older schema, or none yet; run `boternity db migrate --db URL` on it")
	ErrEdited      = migration.ErrEdited
	ErrForeign     = errors.New("the database holds tables of another program that are named like ours; they were left as they are")
	ErrPartitioned = errors.New("the tables are partitioned already; they were left as they are")
	ErrEncoding    = errors.New("the database is not encoded in UTF-8; make another with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0")
	ErrNotDurable  = errors.New("synchronous_commit is off: what was acknowledged could be lost")
	ErrNoWarnings  = errors.New("client_min_messages hides warnings: a commit that no standby has could not be told from others")
	ErrReadOnly    = errors.New("the server takes no writes; nothing was saved")
	ErrFull        = errors.New("the server's disk is full; nothing was saved")
	ErrDamaged     = errors.New("the database is damaged")
	ErrServer      = errors.New("the server failed; nothing was saved")
	ErrClosed      = errors.New("the database is closed")
)

// ServerError is a failure that concerns the server as a whole. It names
// neither host, user nor database: where a connection string was misread, a
// password may be part of those.
type ServerError struct {
	Err    error  // one of the above, or builder.ErrBusy
	Code   string // SQLSTATE, where the server gave one
	Reason string // where it is known, in words
}

func (e *ServerError) Error() string {
	text := "PostgreSQL: " + e.Err.Error()
	if e.Reason != "" {
		text += " (" + e.Reason + ")"
	}
	if e.Code != "" {
		text += " (SQLSTATE " + e.Code + ")"
	}
	return text
}

func (e *ServerError) Unwrap() error { return e.Err }

// driverError is what the driver or the server said. Its text goes no further:
// it may quote what was saved, or the connection string.
type driverError struct {
	err      error
	harmless bool // whatever became of the statement, nothing was committed
}

func (e *driverError) Error() string { return e.err.Error() }
func (e *driverError) Unwrap() error { return e.err }

// fate is what an error means for another attempt.
type fate int

const (
	final   fate = iota // another attempt would end in the same way
	again               // nothing was committed, and another attempt may succeed
	unknown             // it may have been committed
)

// fateOf does not rely on pgconn.SafeToRetry: of a connection that is lost while
// the answer to a statement of the simple protocol is read, COMMIT among them,
// that says that nothing was sent. Of a statement whose time was up it is right:
// that one was not begun.
func fateOf(err error) fate {
	var d *driverError
	if !errors.As(err, &d) {
		return final
	}
	var scan pgx.ScanArgError
	if errors.As(err, &scan) {
		return final
	}
	code, aborted := serverCode(err)
	var failed *pgconn.ConnectError
	switch {
	case errors.As(err, &failed):
		if isRefusal(code) {
			return final
		}
		return again
	case aborted:
		return fateOfCode(code)
	case d.harmless, pgconn.Timeout(err) && pgconn.SafeToRetry(err):
		return again
	}
	return unknown
}

// serverCode is the SQLSTATE that the server ended a statement with, and
// whether that leaves no doubt: a session that ended may have committed.
func serverCode(err error) (code string, aborted bool) {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return "", false
	}
	return server.Code, server.SeverityUnlocalized == "ERROR" || server.SeverityUnlocalized == "" && server.Severity == "ERROR"
}

func fateOfCode(code string) fate {
	switch code {
	case "40003", "08007": // the completion of the statement is unknown
		return unknown
	case "40001", "40P01", // serialization failure, deadlock
		"55P03", "57014", // a lock was not to be had; cancelled
		"25006",                   // this server takes no writes any more, another one may
		"53300", "57P03", "55000", // too many connections; starting up; not in the state for it
		"0A000", "26000": // a cached plan or statement that no longer fits
		return again
	}
	if code[:2] == "08" {
		return unknown
	}
	return final
}

// isRefusal reports whether connecting again would be refused again.
func isRefusal(code string) bool {
	return len(code) == 5 && (code[:2] == "28" || code[:2] == "3D" || code == "42501" || isSetting(code))
}

// isSetting reports whether connecting failed for a setting: an unknown one, or
// a value that it cannot have.
func isSetting(code string) bool { return code == "42704" || code == "22023" }

// translate turns the driver's errors into ours, by code.
func translate(err error) error {
	var ours *ServerError
	var d *driverError
	switch {
	case err == nil, errors.As(err, &ours):
		return err
	case errors.Is(err, ErrOlder), errors.Is(err, ErrEncoding), errors.Is(err, ErrNotDurable), errors.Is(err, ErrNoWarnings):
		return &ServerError{Err: err}
	case !errors.As(err, &d):
		return err
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	code, _ := serverCode(err)
	return &ServerError{Err: meaning(err, code), Code: code, Reason: reason(err)}
}

func meaning(err error, code string) error {
	var failed *pgconn.ConnectError
	if errors.As(err, &failed) && isSetting(code) {
		return ErrSetting
	}
	if code == "" {
		var scan pgx.ScanArgError
		if errors.As(err, &scan) {
			return ErrDamaged
		}
		return ErrUnreachable
	}
	switch code {
	case "40001", "40P01", "55P03", "57014":
		return builder.ErrBusy
	case "25006":
		return ErrReadOnly
	case "53100":
		return ErrFull
	case "42P07":
		return ErrForeign
	case "42501":
		return ErrRefused
	}
	switch code[:2] {
	case "08", "57", "53":
		return ErrUnreachable
	case "28", "3D":
		return ErrRefused
	case "XX", "58", "42", "22", "23":
		// Of our own statements none fails so on a sound database.
		return ErrDamaged
	}
	return ErrServer
}

// refusals are the reasons of what a server refuses.
var refusals = map[string]string{
	"28P01": "the user or the password is wrong",
	"28000": "the user may not connect from here, or does not exist",
	"3D000": "there is no such database; a URL that names none means the one that is named like the user",
	"42501": "the user has no right to do it; it should own the database and its tables",
}

// reason says why a connection failed or something was refused, in words that
// quote nothing.
func reason(err error) string {
	var failed *pgconn.ConnectError
	if code, _ := serverCode(err); code != "" {
		if code == "28P01" && errors.As(err, &failed) && failed.Config.Password == "" {
			return "no password was given; $PGPASSWORD, ~/.pgpass or the URL can hold it"
		}
		return refusals[code]
	}
	var dns *net.DNSError
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var errno syscall.Errno
	var network net.Error
	switch {
	case errors.Is(err, errAlone):
		return errAlone.Error()
	case errors.Is(err, pgconn.ErrReadOnlyConnection), errors.Is(err, pgconn.ErrReadWriteConnection),
		errors.Is(err, pgconn.ErrPrimaryConnection), errors.Is(err, pgconn.ErrStandbyConnection):
		return "no host that answers is what target_session_attrs asks for"
	case errors.As(err, &dns):
		return "the host was not found"
	case errors.As(err, &host):
		return "its certificate is for another host"
	case errors.As(err, &verify), errors.As(err, &authority):
		return "its certificate is not trusted"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "it did not answer in time"
	case errors.As(err, &failed) && insistsOnTLS(failed.Config):
		return "it may not offer the TLS that sslmode asks for"
	}
	return ""
}

// insistsOnTLS reports whether no host would be talked to without it, nor is
// there anything else that a host has to be.
func insistsOnTLS(c *pgconn.Config) bool {
	return c != nil && c.TLSConfig != nil && c.ValidateConnect == nil &&
		!slices.ContainsFunc(c.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.TLSConfig == nil })
}

// lostRows counts rows that cannot be given.
type lostRows struct {
	count int
	first string
}

func (l *lostRows) add(it item) {
	if l.count++; l.count == 1 {
		l.first = fmt.Sprintf("%s, %s: %s", it.table, it.key, it.damage)
	}
}

func (l *lostRows) err() error {
	if l.count == 0 {
		return nil
	}
	return &ServerError{Err: fmt.Errorf("%w: %d rows cannot be read, the first in %s", ErrDamaged, l.count, l.first)}
}
