package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/boternity/boternity/builder"
)

// proxy stands between a store and its server and cuts connections where a
// test says so.
type proxy struct {
	listener net.Listener
	server   string
	cut      atomic.Pointer[cutter]
	cuts     atomic.Int64
	all      sync.WaitGroup
}

// cutter decides by what is sent. A connection whose message it picks is cut
// before that reaches the server, or once the server has answered it.
type cutter struct {
	picks  func(kind byte, message []byte) bool
	before bool
	times  atomic.Int64
}

func newProxy(t *testing.T, target string) (p *proxy, through string) {
	t.Helper()
	u, err := url.Parse(target)
	noError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	p = &proxy{listener: listener, server: u.Host}
	p.all.Go(p.serve)
	t.Cleanup(func() {
		listener.Close()
		p.all.Wait()
	})
	u.Host = listener.Addr().String()
	return p, u.String() + "?sslmode=disable"
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.all.Go(func() { p.carry(client) })
	}
}

func (p *proxy) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	var silent atomic.Bool // the client is to hear no more
	var both sync.WaitGroup
	both.Go(func() {
		defer client.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if n > 0 && silent.Load() {
				return // the server has answered; the answer is lost
			}
			if n > 0 {
				if _, err := client.Write(buffer[:n]); err != nil {
					return
				}
			}
			if err != nil {
				return
			}
		}
	})
	p.forward(client, server, &silent)
	if !silent.Load() {
		server.Close()
	}
	both.Wait()
}

// forward passes messages on until one is picked.
func (p *proxy) forward(client, server net.Conn, silent *atomic.Bool) {
	startup := true
	for {
		head := make([]byte, 5)
		if startup {
			head = head[:4]
		}
		if _, err := io.ReadFull(client, head); err != nil {
			return
		}
		length := binary.BigEndian.Uint32(head[len(head)-4:])
		body := make([]byte, length-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		message := append(head, body...)
		if c := p.cut.Load(); !startup && c != nil && c.picks(message[0], message[5:]) && c.times.Add(-1) >= 0 {
			p.cuts.Add(1)
			if c.before {
				return
			}
			silent.Store(true)
		}
		startup = false
		if _, err := server.Write(message); err != nil {
			return
		}
	}
}

// lose cuts so many connections. What is picked is a statement of the simple
// protocol by its text, or one that is executed by its argument.
func (p *proxy) lose(times int, before bool, picks func(kind byte, message []byte) bool) {
	c := &cutter{picks: picks, before: before}
	c.times.Store(int64(times))
	p.cut.Store(c)
}

func commits(kind byte, message []byte) bool {
	return kind == 'Q' && bytes.HasPrefix(message, []byte("COMMIT"))
}

// carries picks what binds an argument with a text in it.
func carries(text string) func(byte, []byte) bool {
	return func(kind byte, message []byte) bool { return kind == 'B' && bytes.Contains(message, []byte(text)) }
}

// Every change of a store, when its answer is lost and when it never arrives.
func TestLostAnswers(t *testing.T) {
	target := newURL(t)
	straight := opened(t, target, testOptions())
	proxy, through := newProxy(t, target)
	id := func(n int) builder.Draft { return testDraft(testID(byte(n)), "Xanadu", 3) }
	n := 0
	for _, before := range []bool{true, false} {
		for name, do := range map[string]func(t *testing.T, lost, sure builder.Store, n int) error{
			"creation": func(t *testing.T, lost, sure builder.Store, n int) error {
				proxy.lose(1, before, commits)
				d, err := lost.SaveDraft(t.Context(), id(n))
				if err == nil && d.Revision != 1 {
					err = fmt.Errorf("saved as revision %d", d.Revision)
				}
				if err == nil {
					loads(t, sure, d)
				}
				return err
			},
			"save": func(t *testing.T, lost, sure builder.Store, n int) error {
				d := saved(t, sure, id(n))
				d.State = testState(d.SessionID, "Xanadu again", 4)
				proxy.lose(1, before, carries("Xanadu again"))
				d, err := lost.SaveDraft(t.Context(), d)
				if err == nil && d.Revision != 2 {
					err = fmt.Errorf("saved as revision %d", d.Revision)
				}
				if err == nil {
					loads(t, sure, d)
				}
				return err
			},
			"upsert": func(t *testing.T, lost, sure builder.Store, n int) error {
				d := saved(t, sure, id(n))
				d.State, d.Revision = testState(d.SessionID, "Xanadu again", 4), builder.AnyRevision
				proxy.lose(1, before, carries("Xanadu again"))
				d, err := lost.SaveDraft(t.Context(), d)
				if err == nil && d.Revision != 2 {
					err = fmt.Errorf("saved as revision %d", d.Revision)
				}
				return err
			},
			"restoration": func(t *testing.T, lost, sure builder.Store, n int) error {
				d := saved(t, sure, id(n))
				proxy.lose(1, before, commits)
				d, err := lost.RestoreRevision(t.Context(), d.SessionID, 1, 1)
				if err == nil && d.Revision != 2 {
					err = fmt.Errorf("saved as revision %d", d.Revision)
				}
				return err
			},
			"deletion": func(t *testing.T, lost, sure builder.Store, n int) error {
				d := saved(t, sure, id(n))
				proxy.lose(1, before, commits)
				deleted, err := lost.DeleteDraft(t.Context(), d.SessionID)
				if err == nil && !deleted {
					err = errors.New("nothing was deleted")
				}
				return err
			},
			"finish": func(t *testing.T, lost, sure builder.Store, n int) error {
				d := saved(t, sure, id(n))
				proxy.lose(1, before, commits)
				_, err := lost.FinishSession(t.Context(), d.SessionID, 1, testEntry(d.SessionID, "Xanadu"))
				if err == nil {
					_, err = sure.LoadMemory(t.Context(), d.SessionID)
				}
				return err
			},
			"entry": func(t *testing.T, lost, _ builder.Store, n int) error {
				proxy.lose(1, before, commits)
				return lost.RecordMemory(t.Context(), testEntry(testID(byte(n)), "Xanadu"))
			},
			"forgetting": func(t *testing.T, lost, sure builder.Store, n int) error {
				noError(t, sure.RecordMemory(t.Context(), testEntry(testID(byte(n)), "Xanadu")))
				proxy.lose(1, before, commits)
				forgotten, err := lost.ForgetMemory(t.Context(), testID(byte(n)))
				if err == nil && !forgotten {
					err = errors.New("nothing was forgotten")
				}
				return err
			},
			"pending text": func(t *testing.T, lost, sure builder.Store, n int) error {
				d := saved(t, sure, id(n))
				proxy.lose(1, before, carries("half"))
				return lost.SavePending(t.Context(), d.SessionID, builder.FieldTone, "half")
			},
			"preference": func(t *testing.T, lost, _ builder.Store, n int) error {
				proxy.lose(1, before, carries("rude"))
				return lost.SetPreference(t.Context(), builder.Preference{Field: builder.FieldTone, Value: builder.Text(fmt.Sprint("rude", n)), Never: true})
			},
		} {
			n++
			t.Run(fmt.Sprintf("%s, before the server %t", name, before), func(t *testing.T) {
				db := opened(t, through, testOptions())
				cuts := proxy.cuts.Load()
				noError(t, do(t, db.Owner(""), straight.Owner(""), n))
				if proxy.cuts.Load() != cuts+1 {
					t.Errorf("%d connections were cut, want 1", proxy.cuts.Load()-cuts)
				}
			})
		}
	}
	soundly(t, straight)
}

// What was put is said to have been added, not to have been there.
func TestLostAnswerOfPut(t *testing.T) {
	target := newURL(t)
	proxy, through := newProxy(t, target)
	db := opened(t, through, testOptions())
	d := testDraft(testID(1), "put", 2)
	d.Revision, d.CreatedAt, d.UpdatedAt = 1, testMoment, testMoment
	for _, before := range []bool{true, false} {
		proxy.lose(1, before, commits)
		d.SessionID[15]++
		outcomes, err := db.PutRows(t.Context(), []builder.Row{{Draft: &d}}, builder.PutOptions{})
		if err != nil || outcomes[0] != builder.PutAdded {
			t.Errorf("before %t: %v, %v", before, outcomes, err)
		}
	}
	proxy.lose(1, false, commits)
	if _, err := db.Erase(t.Context(), ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("erase: %v", err)
	}
	if _, err := db.Erase(t.Context(), ""); err != nil {
		t.Errorf("erase again: %v", err)
	}
}

// Where the server stays away nothing is guessed.
func TestOutcomeThatStaysUnknown(t *testing.T) {
	target := newURL(t)
	proxy, through := newProxy(t, target)
	o := testOptions()
	o.BusyTimeout = 300 * time.Millisecond
	db := opened(t, through, o)
	d := saved(t, db.Owner(""), testDraft(testID(1), "Xanadu", 1))
	d.State = testState(d.SessionID, "Xanadu again", 2)
	proxy.lose(1<<30, false, func(byte, []byte) bool { return true })
	_, err := db.Owner("").SaveDraft(t.Context(), d)
	if !errors.Is(err, ErrUnknown) || strings.Contains(err.Error(), "Xanadu") {
		t.Fatalf("error is %v", err)
	}
	proxy.cut.Store(nil)
	got, err := opened(t, target, testOptions()).Owner("").SaveDraft(t.Context(), d)
	if err != nil || got.Revision != 2 {
		t.Fatalf("saved again as revision %d, %v", got.Revision, err)
	}
}

// A save that was overtaken after its answer was lost was saved all the same.
func TestLostAnswerOvertaken(t *testing.T) {
	target := newURL(t)
	straight := opened(t, target, testOptions()).Owner("")
	proxy, through := newProxy(t, target)
	store := opened(t, through+"&pool_max_conns=1", testOptions()).Owner("")
	d := saved(t, straight, testDraft(testID(1), "first", 1))
	for _, based := range []builder.Revision{1, builder.AnyRevision} {
		mine := d
		mine.State, mine.Revision = testState(d.SessionID, fmt.Sprint("Xanadu ", based), 2), based
		if based != builder.AnyRevision {
			mine.Revision = d.Revision
		}
		// What comes after the loss waits until another has saved. It begins with
		// a statement that its connection does not know yet.
		overtake := sync.OnceFunc(func() {
			latest, err := straight.LoadDraft(context.Background(), d.SessionID)
			if err == nil {
				latest.State = testState(d.SessionID, "another", 3)
				_, err = straight.SaveDraft(context.Background(), latest)
			}
			if err != nil {
				t.Error(err)
			}
		})
		picked := carries(fmt.Sprint("Xanadu ", based))
		lost := false
		proxy.lose(1, false, func(kind byte, message []byte) bool {
			if lost && kind == 'P' {
				overtake()
			}
			lost = lost || picked(kind, message)
			return picked(kind, message)
		})
		got, err := store.SaveDraft(t.Context(), mine)
		noError(t, err)
		if got.Revision != d.Revision+1 || !bytes.Equal(got.State, mine.State) {
			t.Fatalf("saved as revision %d", got.Revision)
		}
		d, err = straight.LoadDraft(t.Context(), d.SessionID)
		noError(t, err)
		if d.Revision != got.Revision+1 {
			t.Fatalf("the draft is at revision %d", d.Revision)
		}
	}
}

// Sessions that an operator ends in the middle of saves lose no acknowledged
// one, and make none twice.
func TestTerminatedSessions(t *testing.T) {
	target := newURL(t)
	db := opened(t, target, testOptions())
	const savers, saves = 4, 60
	// One who ended sessions without a pause would let nobody save at all.
	progress := make(chan struct{}, 1)
	var killer sync.WaitGroup
	killed := 0
	killer.Go(func() {
		for range progress {
			time.Sleep(rand.N(5 * time.Millisecond))
			var n int
			one(t, target, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`, &n)
			killed += n
		}
	})
	var all sync.WaitGroup
	for w := range savers {
		all.Go(func() {
			s := db.Owner("")
			d := testDraft(testID(byte(w+1)), "first", 0)
			for i := range saves {
				d.State = testState(d.SessionID, fmt.Sprint("save ", i), i%9)
				next, err := s.SaveDraft(context.Background(), d)
				if err != nil || next.Revision != builder.Revision(i+1) {
					t.Errorf("saver %d, save %d: revision %d, %v", w, i, next.Revision, err)
					return
				}
				d = next
				select {
				case progress <- struct{}{}:
				default:
				}
			}
		})
	}
	all.Wait()
	close(progress)
	killer.Wait()
	t.Logf("%d sessions were ended", killed)
	if killed < 5 {
		t.Error("that is too few to show anything")
	}
	for w := range savers {
		page, err := db.Owner("").DraftHistory(t.Context(), testID(byte(w+1)), builder.PageQuery{Limit: 500})
		noError(t, err)
		if len(page.Revisions) != saves {
			t.Errorf("saver %d has %d revisions", w, len(page.Revisions))
		}
		for i := range saves {
			kept, err := db.Owner("").LoadRevision(t.Context(), testID(byte(w+1)), builder.Revision(i+1))
			noError(t, err)
			if !bytes.Equal(kept.State, testState(kept.SessionID, fmt.Sprint("save ", i), i%9)) {
				t.Errorf("saver %d: revision %d has other bytes", w, i+1)
			}
		}
	}
	soundly(t, db)
}
