package voicemail

import (
	"bufio"
	"io"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/recording"
	"github.com/agner-platform/agner/telephony/voicemail/mail"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

// post is an SMTP server that keeps what it gets and refuses the first so many.
type post struct {
	addr string
	got  chan string
	mu   sync.Mutex
	busy int // refusals to come, protected by mu
}

func newPost(t *testing.T) *post {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{addr: l.Addr().String(), got: make(chan string, 9)}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wait.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); wait.Wait() })
	return p
}

func (p *post) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(s string) { io.WriteString(c, s+"\r\n") } //nolint:errcheck // the client will notice
	say("220 fake")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.Fields(line + " x")[0]); verb {
		case "EHLO", "HELO", "RCPT":
			say("250 ok")
		case "MAIL":
			p.mu.Lock()
			p.busy--
			refuse := p.busy >= 0
			p.mu.Unlock()
			if refuse {
				say("451 try later")
			} else {
				say("250 ok")
			}
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				b.WriteString(line)
			}
			p.got <- b.String()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("502 what")
		}
	}
}

func (p *post) wait(t *testing.T) *netmail.Message {
	t.Helper()
	select {
	case text := <-p.got:
		m, err := netmail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return m
	case <-time.After(patience):
		t.Fatal("no notice")
		return nil
	}
}

// office is a service with store, spool and facts.
type office struct {
	*Service
	store *recording.Store
	post  *post
	mu    sync.Mutex
	facts []event.Event // protected by mu
}

func (o *office) publish(list []event.Event) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.facts = append(o.facts, list...)
	return nil
}

func (o *office) left() (out []*event.VoicemailLeft) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.facts {
		if p, ok := e.Payload.(*event.VoicemailLeft); ok && e.Validate() == nil {
			out = append(out, p)
		}
	}
	return out
}

func newOffice(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	o := &office{post: newPost(t)}
	var err error
	if o.store, err = recording.Open(recording.Config{Dir: filepath.Join(dir, "r"), Identity: filepath.Join(dir, "id"), Node: "switch", Publish: o.publish}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.store.Close() })
	spool, err := mail.Open(mail.Config{Server: o.post.addr, From: "Agner <agner@example.org>", Dir: filepath.Join(dir, "mail")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { spool.Close() })
	o.Service = New(Config{Store: o.store, Publish: o.publish, Mail: spool, Link: func(id string) string { return "https://agner.example/recordings/" + id }})
	t.Cleanup(func() { o.Close() })
	return o
}

var head = recording.Head{Interaction: "i1", Queue: "sales", Party: "p1"}

// speak gives the message a second of sound and more time than the shortest.
func speak(m *Message) {
	track := m.Track(recording.Caller)
	timer := time.NewTicker(20 * time.Millisecond)
	defer timer.Stop()
	for i := range 90 {
		<-timer.C
		track(media.Heard{Codec: g711.ALaw, Payload: make([]byte, 160), Seq: uint16(i), Timestamp: uint32(160 * i)})
	}
}

func TestMessage(t *testing.T) {
	o := newOffice(t)
	m, err := o.Take(head, Box{Name: "Sales – 销售", Mail: []string{"boss@example.org"}, Attach: true, Caller: "+372 5550 …"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	speak(m)
	m.Finish()
	n := o.post.wait(t)
	<-m.Told()
	subject, err := new(mime.WordDecoder).DecodeHeader(n.Header.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, "Voicemail for Sales – 销售 (2s)") {
		t.Errorf("subject %q, %v", subject, err)
	}
	_, params, err := mime.ParseMediaType(n.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(n.Body, params["boundary"])
	text, err := parts.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	words, err := io.ReadAll(text)
	if err != nil || !strings.Contains(string(words), "https://agner.example/recordings/"+m.ID()) || !strings.Contains(string(words), "+372 5550 …") {
		t.Errorf("text %q, %v", words, err)
	}
	sound, err := parts.NextPart()
	if err != nil || sound.FileName() != m.ID()+".wav" {
		t.Fatalf("attachment: %v", err)
	}
	if left := o.left(); len(left) != 1 || left[0].Ref != m.ID() || left[0].LengthUs < 1_500_000 {
		t.Errorf("facts %+v", left)
	}
	meta, err := o.store.Meta(m.ID())
	if err != nil || meta.Kind != recording.Message {
		t.Errorf("meta %+v, %v", meta, err)
	}
}

// TestTooShort: who hangs up at the beep leaves nothing.
func TestTooShort(t *testing.T) {
	o := newOffice(t)
	m, err := o.Take(head, Box{Name: "Sales", Mail: []string{"boss@example.org"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.Finish()
	<-m.Told()
	if meta, err := o.store.Meta(m.ID()); err != nil || meta.ErasedAt.IsZero() {
		t.Errorf("meta %+v, %v", meta, err)
	}
	if len(o.left()) != 0 {
		t.Error("told of a message that was none")
	}
}

// TestTooLong: the message ends by itself, and the caller is told.
func TestTooLong(t *testing.T) {
	o := newOffice(t)
	full := make(chan struct{})
	m, err := o.Take(head, Box{Name: "Sales", Max: 1700 * time.Millisecond}, func() { close(full) })
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-full:
	case <-time.After(patience):
		t.Fatal("the message does not end")
	}
	<-m.Told()
	if len(o.left()) != 1 {
		t.Error("not told")
	}
	if _, err := o.Take(head, Box{Max: -1}, nil); err == nil {
		t.Error("a negative length was taken")
	}
}

// TestServerAway: a notice waits on the disk for a server that refuses it.
func TestServerAway(t *testing.T) {
	p := newPost(t)
	p.busy = 1
	cfg := mail.Config{Server: p.addr, From: "a@example.org", Dir: filepath.Join(t.TempDir(), "mail")}
	first, err := mail.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Send(mail.Notice{To: []string{"b@example.org"}, Subject: "x\r\nBcc: c@example.org", Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	refused := func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.busy <= 0 }
	for deadline := time.Now().Add(patience); !refused(); {
		if time.Now().After(deadline) {
			t.Fatal("never tried")
		}
		<-time.After(5 * time.Millisecond)
	}
	first.Close()
	if list, err := filepath.Glob(filepath.Join(cfg.Dir, "*.json")); err != nil || len(list) != 1 {
		t.Fatalf("spool %v, %v", list, err)
	}
	again, err := mail.Open(cfg) // another process goes on
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if m := p.wait(t); m.Header.Get("Bcc") != "" {
		t.Error("a header was smuggled in by the subject")
	}
	for deadline := time.Now().Add(patience); ; <-time.After(5 * time.Millisecond) {
		if list, err := os.ReadDir(cfg.Dir); err == nil && len(list) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a notice that was sent stays")
		}
	}
}

func TestBadConfig(t *testing.T) {
	for _, cfg := range []mail.Config{{From: "a@b.c", Dir: "x"}, {Server: "h:25", From: "nobody", Dir: "x"}, {Server: "h:25", From: "a@b.c"}} {
		if _, err := mail.Open(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}
