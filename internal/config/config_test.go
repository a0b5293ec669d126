package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultsAreValid(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Fatal(err)
	}
	got, err := Load(Source{File: filepath.Join(t.TempDir(), "absent.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Default(), got); d != "" {
		t.Errorf("no layers differ from the defaults (-want +got):\n%s", d)
	}
}

func TestLaterLayersWin(t *testing.T) {
	path := file(t, "# ours\nzone: Europe/Tallinn\nweb:\n  listen: 127.0.0.1:1\n  lan: true\n  trusted_proxies: [10.0.0.0/8, '::1']\nlimits:\n  upload_mb: 7\n  line_kb: 8\nlog:\n")
	src := Source{
		File:  path,
		Env:   []string{"PATH=/bin", "AGNER_WEB_LISTEN=127.0.0.1:2", "AGNER_LIMITS_LINE_KB=9", "AGNER_DATA=/x", "AGNER_TESTDATA=y"},
		Flags: map[string]string{"limits.line_kb": "10", "log.level": "debug"},
	}
	got, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Zone = "Europe/Tallinn"
	want.Web = Web{Listen: "127.0.0.1:2", LAN: true, TrustedProxies: []string{"10.0.0.0/8", "::1"}}
	want.Limits.UploadMB, want.Limits.LineKB = 7, 10
	want.Log.Level = "debug"
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestTLSAndMail refuses what would leave phones or notices without a way.
func TestTLSAndMail(t *testing.T) {
	f := func(key string, change func(*Config)) {
		t.Helper()
		c := Default()
		c.SIP.TLS, c.SIP.TLSCert, c.SIP.TLSKey = "0.0.0.0:5061", "c.pem", "k.pem"
		c.Mail = Mail{Server: "mail.example:587", From: "agner@example.com", User: "u", SecretFile: "s", TLS: "starttls"}
		change(&c)
		var v *ValueError
		switch err := c.Validate(); {
		case key == "" && err != nil:
			t.Errorf("a good one: %v", err)
		case key != "" && (!errors.As(err, &v) || v.Key != key):
			t.Errorf("%v, want a complaint about %s", err, key)
		}
	}
	f("", func(*Config) {})
	f("", func(c *Config) { c.Mail = Mail{TLS: "none"} })
	f("sip.tls", func(c *Config) { c.SIP.TLS = "5061" })
	f("sip.tls", func(c *Config) { c.SIP.Listen = "" })
	f("sip.tls_cert", func(c *Config) { c.SIP.TLSCert = "" })
	f("sip.tls_key", func(c *Config) { c.SIP.TLSKey = "" })
	f("mail.server", func(c *Config) { c.Mail.Server = "mail.example" })
	f("mail.from", func(c *Config) { c.Mail.From = "agner" })
	f("mail.secret_file", func(c *Config) { c.Mail.SecretFile = "" })
	f("mail.tls", func(c *Config) { c.Mail.TLS = "ssl" })
}

func TestFileErrorsNameKeyAndLine(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		path := file(t, text)
		_, err := Load(Source{File: path})
		if err == nil {
			t.Errorf("%q was accepted", text)
			return
		}
		for _, w := range append(want, path) {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: error %q does not say %q", text, err, w)
			}
		}
	}
	f("zone: UTC\nweb:\n  listn: x\n", `"web.listn"`, ":3")
	f("listen: 127.0.0.1:1\n", `"listen"`, `"web.listen"`, ":1")
	f("web:\n  lan: yes please\n", "web.lan", "true or false", ":2")
	f("web:\n  lan: 'true'\n", "web.lan", "true or false", ":2")
	f("limits:\n\n  upload_mb: '7'\n", "limits.upload_mb", "whole number", ":3")
	f("limits:\n  upload_mb: 1.5\n", "limits.upload_mb", "1.5", "whole number")
	f("limits:\n  upload_mb: 0\n", "limits.upload_mb", `"0"`, "from 1 to", ":2")
	f("limits:\n  upload_mb: 99999999999999999999\n", "limits.upload_mb")
	f("zone: Mars/Olympus\n", "zone", "Mars/Olympus", ":1")
	f("zone: Local\n", "zone", "Local", ":1")
	f("zone:\n", `"zone"`, "no value", ":1")
	f("zone: [UTC]\n", "zone", "a text", ":1")
	f("web:\n  trusted_proxies: [nonsense]\n", "web.trusted_proxies", "nonsense", ":2")
	f("web:\n  trusted_proxies: [[1]]\n", "web.trusted_proxies", ":2")
	f("web:\n  listen: '8480'\n", "web.listen", "host:port")
	f("web:\n  listen: 'h:99999'\n", "web.listen", "port")
	f("web:\n  public_url: 'ftp://x'\n", "web.public_url")
	f("web:\n  public_url: 'https://u:p@x/path'\n", "web.public_url")
	f("web: 5\n", `"web"`, ":1")
	f("zone: UTC\nzone: UTC\n", "zone", ":2")
	f("a: &a {b: 1}\nweb: *a\n", ":1")
	f("zone: UTC\n---\nzone: UTC\n", "second document")
	f("- a\n- b\n", "key: value")
	f("zone: \"unclosed\n", "no YAML")
	f("log:\n  level: loud\n", "log.level", "loud", "debug, info", ":2")
	f("\x00\x01\x02: x\n")
	f(strings.Repeat("[", 5000), "nested")
	f(strings.Repeat("a: {", 100)+strings.Repeat("}", 100), "nested")
	f("# "+strings.Repeat("x", maxFile), "longer than")
}

func TestEnvironmentAndFlagErrorsNameTheirOrigin(t *testing.T) {
	f := func(src Source, want ...string) {
		t.Helper()
		_, err := Load(src)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%+v: error %v does not say %q", src, err, w)
			}
		}
	}
	f(Source{Env: []string{"AGNER_WEB_LISTN=x"}}, "AGNER_WEB_LISTN")
	f(Source{Env: []string{"AGNER_LIMITS_LINE_KB=many"}}, "limits.line_kb", "many", "AGNER_LIMITS_LINE_KB")
	f(Source{Env: []string{"AGNER_LIMITS_LINE_KB=0"}}, "limits.line_kb", "AGNER_LIMITS_LINE_KB")
	f(Source{Env: []string{"AGNER_WEB_LAN=1"}}, "web.lan", "true or false")
	f(Source{Flags: map[string]string{"web.port": "1"}}, "web.port", "flag")
	f(Source{Flags: map[string]string{"log.format": "xml"}}, "log.format", "xml", "flag")
}

func TestEveryKeyHasOneVariable(t *testing.T) {
	seen := map[string]string{}
	for _, k := range Keys() {
		if other, ok := seen[EnvName(k)]; ok {
			t.Errorf("%s and %s are both %s", k, other, EnvName(k))
		}
		seen[EnvName(k)] = k
	}
	if !slices.Contains(Keys(), "web.trusted_proxies") || EnvName("web.trusted_proxies") != "AGNER_WEB_TRUSTED_PROXIES" {
		t.Errorf("keys %v", Keys())
	}
}

func TestAddress(t *testing.T) {
	f := func(listen string, lan bool, want string) {
		t.Helper()
		if got := (Web{Listen: listen, LAN: lan}).Address(); got != want {
			t.Errorf("%s lan=%v: %s, want %s", listen, lan, got, want)
		}
	}
	f("127.0.0.1:8480", false, "127.0.0.1:8480")
	f("127.0.0.1:8480", true, ":8480")
	f("[::1]:0", true, ":0")
	f("localhost:80", true, ":80")
	f("192.168.1.4:80", true, "192.168.1.4:80") // somebody chose that address
}

func TestProxies(t *testing.T) {
	got := Web{TrustedProxies: []string{"10.0.0.0/8", "::1"}}.Proxies()
	if len(got) != 2 || got[0].String() != "10.0.0.0/8" || got[1].String() != "::1/128" {
		t.Errorf("got %v", got)
	}
}

func TestPathsCreate(t *testing.T) {
	p, err := PathsOf(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(p.Secrets(), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Create(); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{p.Secrets(), p.Run(), p.DB(), p.Imports()} {
		fi, err := os.Stat(dir)
		if err != nil || fi.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v %v, want a private folder", dir, fi, err)
		}
	}
}

func TestPathsRefuseWhatSocketsCannotTake(t *testing.T) {
	p := Paths{Dir: "/" + strings.Repeat("x", maxSocketPath)}
	if err := p.Create(); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("error %v, want one about the length", err)
	}
	if _, err := PathsOf(""); err == nil {
		t.Error("an empty path was accepted")
	}
}

func TestNamesStayInside(t *testing.T) {
	p := Paths{Dir: "/d"}
	for _, bad := range []string{"", "..", ".", "a/b", "../x", "a\x00b", "é", strings.Repeat("n", 65)} {
		if got, err := p.Journal(bad); err == nil {
			t.Errorf("node %q gives %s", bad, got)
		}
		if got, err := p.RoleSocket(bad); err == nil {
			t.Errorf("role %q gives %s", bad, got)
		}
	}
	if got, err := p.Journal("switch-1"); err != nil || got != "/d/journal/switch-1" {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := p.RoleSocket("web"); err != nil || got != "/d/run/web.sock" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestLockHasOneOwner(t *testing.T) {
	p := Paths{Dir: t.TempDir()}
	if _, owned, err := Owner(p); owned || err != nil {
		t.Fatalf("fresh directory: owned %v, %v", owned, err)
	}
	l, err := Acquire(p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Acquire(p)
	var le *LockedError
	if !errors.Is(err, ErrLocked) || !errors.As(err, &le) || le.PID != os.Getpid() {
		t.Errorf("second owner got %v, want a LockedError naming %d", err, os.Getpid())
	}
	if pid, owned, err := Owner(p); !owned || pid != os.Getpid() || err != nil {
		t.Errorf("owner %d, %v, %v", pid, owned, err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if _, owned, err := Owner(p); owned || err != nil {
		t.Errorf("after release: owned %v, %v", owned, err)
	}
	again, err := Acquire(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestStaleNumberInLockFileIsNoOwner(t *testing.T) {
	p := Paths{Dir: t.TempDir()}
	if err := os.MkdirAll(p.Run(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.LockFile(), []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Acquire(p)
	if err != nil {
		t.Fatalf("a crashed owner's file blocks the start: %v", err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
}

// Any text ends in a configuration or a message, and what is accepted is valid.
func FuzzFile(f *testing.F) {
	for _, s := range []string{"", "zone: UTC\n", "web:\n  listen: a:1\n", "web: {lan: true}", "? a\n: b", "a: *b", "!!int x: 1", "%YAML 1.2\n---\n", "<<: {a: b}", "zone: |\n  UTC"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := parseYAML("config.yaml", []byte(text))
		if err != nil {
			return
		}
		for _, e := range entries {
			if e.origin == "" {
				t.Errorf("%q: no place for %s", text, e.key)
			}
		}
	})
}
