package postgres

import (
	"crypto/rand"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// A server that commits to a synchronous standby and is told to wait for it no
// longer (a cancelled call, an operator, a timeout) keeps the commit, answers
// with success, and says in a warning that nobody else has it. After a failover
// it never was. So such an answer leaves in doubt what became of the change;
// and because the change can be seen from then on, what is only found stored is
// called saved once a commit of its own has reached the standby after it.

// errAlone is a commit that no standby has confirmed.
var errAlone = errors.New("committed without its standby")

// warned is where a connection keeps that it was warned.
const warned = "boternity warned"

// noteWarning remembers warnings without a code of their own. Of what the store
// sends nothing else draws one.
func noteWarning(conn *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" && n.Code == "01000" {
		conn.CustomData()[warned] = true
	}
}

// committed is the error of a commit that the server calls done.
func (c *call) committed() error {
	data := c.conn.Conn().PgConn().CustomData()
	if data[warned] == nil {
		return nil
	}
	delete(data, warned)
	return &driverError{err: errAlone}
}

// settle makes sure that what this call has read survives as what it saves does.
func (c *call) settle() error { return c.transact((*call).touch) }

// touch gives a transaction something to commit, and leaves nothing.
func (c *call) touch() error {
	key := make([]byte, 16)
	rand.Read(key)
	if _, err := c.exec(`INSERT INTO builder_gone (key, ended, at) VALUES ($1, 0, 0)`, key); err != nil {
		return err
	}
	_, err := c.exec(`DELETE FROM builder_gone WHERE key = $1`, key)
	return err
}
