package screen

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// reaction is what RFC 4475 asks for: pass on to the user agent (0), drop (-1) or
// answer with a status. Where the document leaves a choice, the note says why ours.
const (
	pass = 0
	drop = -1
)

// torture lists all 50 messages of the archive that comes with RFC 4475.
var torture = []struct {
	file, section string
	want          int
	note          string
}{
	{"wsinv", "3.1.1.1", pass, "a short tortuous INVITE"},
	{"intmeth", "3.1.1.2", 501, "well-formed; the method is unknown"},
	{"esc01", "3.1.1.3", pass, "valid use of the % escape"},
	{"escnull", "3.1.1.4", pass, "escaped nulls in URIs"},
	{"esc02", "3.1.1.5", 501, "% is no escape in a method: RE%47IST%45R is not REGISTER"},
	{"lwsdisp", "3.1.1.6", pass, "no space between display name and <"},
	{"longreq", "3.1.1.7", pass, "long values in header fields"},
	{"dblreq", "3.1.1.8", pass, "trailing octets in a datagram are ignored"},
	{"semiuri", "3.1.1.9", pass, "semicolon in the user part"},
	{"transports", "3.1.1.10", pass, "varied and unknown transports in Via"},
	{"mpart01", "3.1.1.11", 405, "multipart MESSAGE: well-formed; we have no MESSAGE"},
	{"unreason", "3.1.1.12", pass, "unusual reason phrase"},
	{"noreason", "3.1.1.13", pass, "empty reason phrase"},
	{"badinv01", "3.1.2.1", 400, "extraneous header field separators"},
	{"clerr", "3.1.2.2", 400, "Content-Length larger than the message"},
	{"ncl", "3.1.2.3", 400, "negative Content-Length"},
	{"scalar02", "3.1.2.4", 400, "request scalars with overlarge values"},
	{"scalarlg", "3.1.2.5", drop, "response scalars with overlarge values"},
	{"quotbal", "3.1.2.6", 400, "unterminated quoted string in a display name"},
	{"ltgtruri", "3.1.2.7", 400, "<> around the Request-URI"},
	{"lwsruri", "3.1.2.8", 400, "malformed Request-URI with embedded white space"},
	{"lwsstart", "3.1.2.9", 400, "multiple spaces in the request line; being liberal is allowed, not asked for"},
	{"trws", "3.1.2.10", 400, "trailing spaces in the request line; as above"},
	{"escruri", "3.1.2.11", 400, "escaped headers in a SIP Request-URI"},
	{"baddate", "3.1.2.12", 400, "Date not in GMT"},
	{"regbadct", "3.1.2.13", 400, "Contact with ? not enclosed in <>"},
	{"badaspec", "3.1.2.14", 400, "spaces within addr-spec"},
	{"baddn", "3.1.2.15", 400, "non-token characters in a display name"},
	{"badvers", "3.1.2.16", 505, "unknown protocol version"},
	{"mismatch01", "3.1.2.17", 400, "start line and CSeq methods differ"},
	{"mismatch02", "3.1.2.18", 501, "unknown method that differs from CSeq; 501 is the better choice of the two"},
	{"bigcode", "3.1.2.19", drop, "overlarge response code"},
	{"badbranch", "3.2.1", 400, "missing transaction identifier"},
	{"insuf", "3.3.1", 400, "missing required header fields"},
	{"unkscm", "3.3.2", 416, "Request-URI with unknown scheme"},
	{"novelsc", "3.3.3", 416, "Request-URI with known but atypical scheme"},
	{"unksm2", "3.3.4", 400, "unknown schemes in header fields: To is no address of record"},
	{"bext01", "3.3.5", 420, "Proxy-Require and Require with unknown option tags"},
	{"invut", "3.3.6", 415, "unknown Content-Type"},
	{"regaut01", "3.3.7", pass, "unknown authorization scheme: the registrar challenges (401)"},
	{"multi01", "3.3.8", 400, "multiple values in single-value required header fields"},
	{"mcl01", "3.3.9", 400, "multiple Content-Length values"},
	{"bcast", "3.3.10", drop, "200 with a broadcast Via: a second Via is not ours to forward"},
	{"zeromf", "3.3.11", pass, "Max-Forwards of zero: an endpoint answers as if it were positive"},
	{"cparam01", "3.3.12", pass, "REGISTER with a Contact header parameter"},
	{"cparam02", "3.3.13", pass, "REGISTER with a url-parameter in Contact"},
	{"regescrt", "3.3.14", pass, "REGISTER with a URL escaped header in Contact"},
	{"sdp01", "3.3.15", 406, "unacceptable Accept offering"},
	{"inv2543", "3.4.1", pass, "INVITE of RFC 2543"},
	{"test", "archive only", drop, "no SIP version, a header without colon; without Via no answer can be addressed"},
}

// tortureDir is where the SIP module keeps the archive.
func tortureDir(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture")
}

func tortureFile(t testing.TB, dir, name string) []byte {
	t.Helper()
	for _, sub := range []string{"valid", "invalid"} {
		if raw, err := os.ReadFile(filepath.Join(dir, sub, name+".dat")); err == nil {
			return raw
		}
	}
	t.Fatalf("%s.dat is not in %s", name, dir)
	return nil
}

func TestTorture(t *testing.T) {
	dir := tortureDir(t)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.dat"))
	if err != nil || len(files) != len(torture) {
		t.Errorf("the archive has %d messages, the table %d (%v)", len(files), len(torture), err)
	}
	for _, tt := range torture {
		t.Run(tt.file, func(t *testing.T) {
			v := Datagram(tortureFile(t, dir, tt.file), Default())
			switch {
			case tt.want == pass:
				if v.Pass == nil {
					t.Fatalf("RFC 4475 section %s (%s): refused with %d: %s", tt.section, tt.note, v.Status, v.Why)
				}
				if _, err := sip.NewParser().ParseSIP(v.Pass); err != nil {
					t.Errorf("section %s: the stack refuses the canonical form: %v\n%q", tt.section, err, v.Pass)
				}
			case tt.want == drop:
				if v.Pass != nil || v.Reply != nil {
					t.Errorf("RFC 4475 section %s (%s): got %d, want no reaction", tt.section, tt.note, v.Status)
				}
			case v.Status != tt.want || v.Pass != nil:
				t.Errorf("RFC 4475 section %s (%s): got %d (%s), want %d", tt.section, tt.note, v.Status, v.Why, tt.want)
			default:
				checkReply(t, v)
			}
		})
	}
}

// checkReply holds that an answer is itself a message we would take.
func checkReply(t *testing.T, v Verdict) {
	t.Helper()
	m, err := sip.NewParser().ParseSIP(v.Reply)
	if err != nil {
		if v.Status == 400 { // what was wrong in the request is still wrong in the echo
			return
		}
		t.Fatalf("answer %q: %v", v.Reply, err)
	}
	res, ok := m.(*sip.Response)
	if !ok || res.StatusCode != v.Status {
		t.Errorf("answer %q is no %d", v.Reply, v.Status)
	}
}

// TestTortureFields holds what was understood of the valid messages.
func TestTortureFields(t *testing.T) {
	dir := tortureDir(t)
	parsed := func(name string) *sip.Request {
		v := Datagram(tortureFile(t, dir, name), Default())
		m, err := sip.NewParser().ParseSIP(v.Pass)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		req, ok := m.(*sip.Request)
		if !ok {
			t.Fatalf("%s is no request", name)
		}
		return req
	}
	w := parsed("wsinv")
	if got := w.CSeq(); got.SeqNo != 9 || got.MethodName != sip.INVITE {
		t.Errorf("wsinv CSeq %v", got)
	}
	if got, _ := w.To().Params.Get("tag"); got != "1918181833n" {
		t.Errorf("wsinv To tag %q", got)
	}
	if got, _ := w.From().Params.Get("tag"); got != "98asjd8" {
		t.Errorf("wsinv From tag %q", got)
	}
	if got := len(w.GetHeaders("Via")); got != 3 {
		t.Errorf("wsinv has %d Via, want 3", got)
	}
	if got := w.MaxForwards().Val(); got != 68 {
		t.Errorf("wsinv Max-Forwards %d", got)
	}
	if got := len(w.Body()); got != 150 {
		t.Errorf("wsinv body %d bytes", got)
	}
	if got := parsed("semiuri").Recipient.User; got != "user;par=u%40example.net" {
		t.Errorf("semiuri user %q", got)
	}
	if got := len(parsed("dblreq").Body()); got != 0 {
		t.Errorf("dblreq body %d bytes", got)
	}
	if got := parsed("esc01").Recipient.User; got != "sips%3Auser%40example.com" {
		t.Errorf("esc01 user %q", got)
	}
	if got := parsed("cparam01").Contact(); got.Address.User != "+19725552222" || !got.Params.Has("unknownparam") {
		t.Errorf("cparam01 Contact %v", got)
	}
	if got := parsed("cparam02").Contact(); !got.Address.UriParams.Has("unknownparam") {
		t.Errorf("cparam02 Contact %v", got)
	}
}

const invite = "INVITE sip:u@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@b.c>;tag=1\r\nTo: <sip:u@example.com>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"

func TestRport(t *testing.T) {
	v := Datagram([]byte(invite+"Content-Length: 0\r\n\r\n"), Default())
	if !bytes.Contains(v.Pass, []byte("branch=z9hG4bKa;rport\r\n")) {
		t.Errorf("no rport in %q", v.Pass)
	}
	rules := Default()
	rules.ForceRport = false
	if v := Datagram([]byte(invite+"Content-Length: 0\r\n\r\n"), rules); bytes.Contains(v.Pass, []byte("rport")) {
		t.Errorf("rport in %q", v.Pass)
	}
}

// TestReplyIsStable: a retransmission of a refused request gets the same tag.
func TestReplyIsStable(t *testing.T) {
	raw := []byte(strings.Replace(invite, "sip:u@", "isbn:u@", 1) + "Content-Length: 0\r\n\r\n")
	a, b := Datagram(raw, Default()), Datagram(raw, Default())
	if a.Status != 416 || !bytes.Equal(a.Reply, b.Reply) || !bytes.Contains(a.Reply, []byte(";tag=")) {
		t.Errorf("%d %q and %q", a.Status, a.Reply, b.Reply)
	}
}

// TestNeverAnswered: wrong ACKs, responses and noise get no answer.
func TestNeverAnswered(t *testing.T) {
	for _, raw := range []string{
		"", "\r\n\r\n", "hello", "\x00\x01\x02", "SIP/2.0 200 OK\r\n\r\n",
		strings.ReplaceAll(strings.Replace(invite, "To: <sip:u@example.com>", "To: <", 1), "INVITE", "ACK") + "\r\n",
		"INVITE sip:u@example.com SIP/2.0\r\n\r\n",
	} {
		if v := Datagram([]byte(raw), Default()); v.Pass != nil || v.Reply != nil {
			t.Errorf("Datagram(%q) = %d %q", raw, v.Status, v.Reply)
		}
	}
}

func TestFramer(t *testing.T) {
	one := "OPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\nabc"
	two := "BYE sip:a SIP/2.0\r\nContent-Length : 0\r\n\r\n"
	stream := "\r\n\r\n" + one + two + "\r\n" + one
	for size := 1; size <= len(stream); size++ {
		var f Framer
		var got []string
		for rest := stream; rest != ""; {
			n := min(size, len(rest))
			f.Write([]byte(rest[:n]))
			rest = rest[n:]
			for {
				msg, err := f.Next()
				if err != nil {
					t.Fatal(err)
				}
				if msg == nil {
					break
				}
				got = append(got, string(msg))
			}
		}
		if want := []string{one, two, one}; strings.Join(got, "|") != strings.Join(want, "|") {
			t.Fatalf("in pieces of %d: %q", size, got)
		}
	}
	for _, raw := range []string{"OPTIONS sip:a SIP/2.0\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\nl: -1\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\nl: 99999999\r\n\r\n", strings.Repeat("x", MaxMessage+1)} {
		var f Framer
		f.Write([]byte(raw))
		if msg, err := f.Next(); err == nil {
			t.Errorf("Next(%.40q) = %q, want ErrFraming", raw, msg)
		}
	}
}

// FuzzDatagram holds that nothing panics and that what is passed is canonical:
// judged again, it passes unchanged.
func FuzzDatagram(f *testing.F) {
	dir := tortureDir(f)
	for _, tt := range torture {
		f.Add(tortureFile(f, dir, tt.file))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v := Datagram(raw, Default())
		if v.Pass == nil {
			if v.Reply != nil && !bytes.HasPrefix(v.Reply, []byte("SIP/2.0 ")) {
				t.Errorf("reply %q", v.Reply)
			}
			return
		}
		again := Datagram(v.Pass, Default())
		if !bytes.Equal(again.Pass, v.Pass) {
			t.Errorf("canonical %q\nbecomes  %q (%s)", v.Pass, again.Pass, again.Why)
		}
		var framer Framer
		framer.Write(v.Pass)
		if msg, err := framer.Next(); err != nil || !bytes.Equal(msg, v.Pass) {
			t.Errorf("canonical %q is framed as %q, %v", v.Pass, msg, err)
		}
	})
}
