package voice

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/cmd/agner/node"
)

// issue writes a certificate of its own for a name.
func issue(t *testing.T, dir, name string, at time.Time) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	for path, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// TestCertificates renews without a restart, and keeps a good one when the file breaks.
func TestCertificates(t *testing.T) {
	dir := t.TempDir()
	if _, err := certificates(filepath.Join(dir, "none.pem"), filepath.Join(dir, "none.key")); err == nil || !strings.Contains(err.Error(), "none.pem") {
		t.Errorf("no file: %v", err)
	}
	cert, key := issue(t, dir, "first", time.Unix(1, 0))
	cfg, err := certificates(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	serves := func(want string) {
		t.Helper()
		c, err := cfg.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		x, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil || x.Subject.CommonName != want {
			t.Errorf("serves %q, %v; want %q", x.Subject.CommonName, err, want)
		}
	}
	serves("first")
	issue(t, dir, "second", time.Unix(2, 0))
	serves("second")
	if err := os.WriteFile(cert, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	serves("second")
	if cfg.MinVersion != tls.VersionTLS12 {
		t.Errorf("version %x", cfg.MinVersion)
	}
}

// TestNotices opens a spool only where there is a server, and names a password that
// cannot be read.
func TestNotices(t *testing.T) {
	inst, err := (&node.Root{Data: t.TempDir()}).Instance(nil)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := notices(inst); s != nil || err != nil {
		t.Errorf("without a server: %v, %v", s, err)
	}
	inst.Cfg.Mail.Server, inst.Cfg.Mail.From = "127.0.0.1:1", "agner@example.com"
	s, err := notices(inst)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	inst.Cfg.Mail.User, inst.Cfg.Mail.SecretFile = "u", filepath.Join(inst.Paths.Dir, "nothing")
	if _, err := notices(inst); err == nil || !strings.Contains(err.Error(), "mail.secret_file") {
		t.Errorf("a password from nowhere: %v", err)
	}
	if link(inst) != nil {
		t.Error("a link although nobody knows the address of the pages")
	}
	inst.Cfg.Web.PublicURL = "https://agner.example/"
	if got := link(inst)("r1"); got != "https://agner.example/recordings/r1" {
		t.Errorf("link %q", got)
	}
}
