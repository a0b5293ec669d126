// Package mail sends notices by SMTP from a spool on the disk, so that neither a
// crash nor a mail server that is away loses one.
//
// A notice is a file in the folder until the server took it. It is tried at once,
// then after pauses that double up to an hour, for three days. Failures are logged
// without addresses.
package mail

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// ErrConfig is matched by errors about the configuration.
var ErrConfig = errors.New("invalid mail configuration")

// Config is how notices leave.
type Config struct {
	Server   string // host:port
	From     string // address
	User     string // empty: no log-in
	Secret   string
	Implicit bool // TLS from the first byte (port 465); otherwise STARTTLS where it is offered
	Insecure bool // also without TLS although there is a log-in; for servers on this machine
	Dir      string
	TLS      *tls.Config // nil: the system's trust
	Log      *slog.Logger
}

// Validate names the field and value that cannot be used.
func (c Config) Validate() error {
	if _, _, err := net.SplitHostPort(c.Server); err != nil {
		return fmt.Errorf("Server = %q: must be host:port: %w", c.Server, ErrConfig)
	}
	if _, err := netmail.ParseAddress(c.From); err != nil {
		return fmt.Errorf("From = %q: must be an address: %w", c.From, ErrConfig)
	}
	if c.Dir == "" {
		return fmt.Errorf("Dir = %q: must be given: %w", c.Dir, ErrConfig)
	}
	return nil
}

// Notice is one message.
type Notice struct {
	To         []string  `json:"to"`
	Subject    string    `json:"subject"`
	Text       string    `json:"text"`
	Name       string    `json:"name,omitempty"` // of the attachment
	Attachment []byte    `json:"attachment,omitempty"`
	At         time.Time `json:"at"`
}

// How long and how often a notice is tried.
const (
	firstPause = 30 * time.Second
	maxPause   = time.Hour
	lifetime   = 3 * 24 * time.Hour
	dialLimit  = 30 * time.Second
)

// Spool sends notices. It is safe for concurrent use.
type Spool struct {
	cfg    Config
	wake   chan struct{}
	ctx    context.Context
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// Open sends what an earlier process left and what comes.
func Open(cfg Config) (*Spool, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("mail spool: %w", err)
	}
	s := &Spool{cfg: cfg, wake: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.wait.Go(s.run)
	return s, nil
}

// Close stops sending; what is not sent stays in the folder.
func (s *Spool) Close() error {
	s.cancel()
	s.wait.Wait()
	return nil
}

// Send puts a notice into the spool. When it returns, the notice is on the disk.
func (s *Spool) Send(n Notice) error {
	if len(n.To) == 0 {
		return fmt.Errorf("To = %q: must be given: %w", n.To, ErrConfig)
	}
	for _, to := range n.To {
		if _, err := netmail.ParseAddress(to); err != nil {
			return fmt.Errorf("To = %q: must be an address: %w", to, ErrConfig)
		}
	}
	n.At = time.Now().UTC()
	text, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("mail spool: %w", err)
	}
	f, err := os.CreateTemp(s.cfg.Dir, ".new-*") // 0600
	if err != nil {
		return fmt.Errorf("mail spool: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.cfg.Dir, n.At.Format("20060102T150405.000000000")+"-"+rand.Text()+".json"))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("mail spool: %w", err), os.Remove(f.Name()))
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}

func (s *Spool) run() {
	pause := firstPause
	for {
		if s.flush() {
			pause = firstPause
		} else {
			pause = min(2*pause, maxPause)
		}
		timer := time.NewTimer(pause)
		select {
		case <-s.ctx.Done():
			timer.Stop()
			return
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// flush tries every notice and reports whether none is left.
func (s *Spool) flush() bool {
	list, err := filepath.Glob(filepath.Join(s.cfg.Dir, "*.json"))
	if err != nil {
		return false
	}
	left := 0
	for _, path := range list {
		if s.ctx.Err() != nil {
			return false
		}
		if err := s.one(path); err != nil {
			s.cfg.Log.Warn("notice not sent", "error", err)
			left++
		}
	}
	return left == 0
}

// one sends a notice and removes it; one that is unreadable or too old goes too.
func (s *Spool) one(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var n Notice
	if err := json.Unmarshal(text, &n); err != nil {
		s.cfg.Log.Error("notice dropped: unreadable", "error", err)
		return os.Remove(path)
	}
	if err := s.deliver(n); err != nil {
		if time.Since(n.At) < lifetime {
			return err
		}
		s.cfg.Log.Error("notice dropped: too old", "error", err)
	}
	return os.Remove(path)
}

// deliver speaks SMTP.
func (s *Spool) deliver(n Notice) error {
	host, _, err := net.SplitHostPort(s.cfg.Server)
	if err != nil {
		return err
	}
	trust := s.cfg.TLS.Clone()
	if trust == nil {
		trust = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	trust.ServerName = host
	conn, err := (&net.Dialer{Timeout: dialLimit}).DialContext(s.ctx, "tcp", s.cfg.Server)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(4 * dialLimit)); err != nil {
		return err
	}
	if s.cfg.Implicit {
		conn = tls.Client(conn, trust)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	defer c.Close()
	if ok, _ := c.Extension("STARTTLS"); ok && !s.cfg.Implicit {
		if err := c.StartTLS(trust); err != nil {
			return err
		}
	}
	if err := s.logIn(c, host); err != nil {
		return err
	}
	return s.hand(c, n)
}

func (s *Spool) logIn(c *smtp.Client, host string) error {
	if s.cfg.User == "" {
		return nil
	}
	if _, encrypted := c.TLSConnectionState(); !encrypted && !s.cfg.Insecure {
		return fmt.Errorf("%s offers no TLS: the log-in stays here", host)
	}
	return c.Auth(smtp.PlainAuth("", s.cfg.User, s.cfg.Secret, host))
}

func (s *Spool) hand(c *smtp.Client, n Notice) error {
	from, err := netmail.ParseAddress(s.cfg.From)
	if err != nil {
		return err
	}
	if err := c.Mail(from.Address); err != nil {
		return err
	}
	for _, to := range n.To {
		a, err := netmail.ParseAddress(to)
		if err == nil {
			err = c.Rcpt(a.Address)
		}
		if err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(n.message(s.cfg.From)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// message writes the notice as RFC 5322 and MIME ask for.
func (n Notice) message(from string) []byte {
	var b bytes.Buffer
	head := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	head("From", from)
	head("To", strings.Join(n.To, ", "))
	head("Subject", mime.QEncoding.Encode("utf-8", strings.NewReplacer("\r", " ", "\n", " ").Replace(n.Subject)))
	head("Date", n.At.Format(time.RFC1123Z))
	head("Message-ID", "<"+rand.Text()+"@agner>")
	head("Auto-Submitted", "auto-generated")
	head("MIME-Version", "1.0")
	boundary := rand.Text()
	if len(n.Attachment) > 0 {
		head("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
		fmt.Fprintf(&b, "\r\n--%s\r\n", boundary)
	}
	head("Content-Type", "text/plain; charset=utf-8")
	head("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, err := q.Write([]byte(strings.ReplaceAll(n.Text, "\n", "\r\n")))
	if errors.Join(err, q.Close()) != nil || len(n.Attachment) == 0 { // a buffer takes everything
		return b.Bytes()
	}
	fmt.Fprintf(&b, "\r\n--%s\r\n", boundary)
	head("Content-Type", "audio/wav")
	head("Content-Transfer-Encoding", "base64")
	head("Content-Disposition", fmt.Sprintf("attachment; filename=%q", n.Name))
	b.WriteString("\r\n")
	text := base64.StdEncoding.EncodeToString(n.Attachment)
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	fmt.Fprintf(&b, "%s\r\n--%s--\r\n", text, boundary)
	return b.Bytes()
}
