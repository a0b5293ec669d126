package voice

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/telephony/voicemail/mail"
)

// pair is a certificate that is read again when its file changes, so that it can be
// renewed while calls run.
type pair struct {
	cert, key string

	mu     sync.Mutex
	loaded *tls.Certificate // protected by mu
	at     time.Time        // of the file, protected by mu
}

// certificates makes the TLS configuration of SIP; a file that cannot be used is named.
func certificates(cert, key string) (*tls.Config, error) {
	p := &pair{cert: cert, key: key}
	if _, err := p.get(nil); err != nil {
		return nil, err
	}
	return &tls.Config{GetCertificate: p.get, MinVersion: tls.VersionTLS12}, nil
}

// get returns the certificate; one that was replaced by something broken stays.
func (p *pair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	info, err := os.Stat(p.cert)
	if err == nil && p.loaded != nil && info.ModTime().Equal(p.at) {
		return p.loaded, nil
	}
	var c tls.Certificate
	if err == nil {
		c, err = tls.LoadX509KeyPair(p.cert, p.key)
	}
	switch {
	case err == nil:
		p.loaded, p.at = &c, info.ModTime()
	case p.loaded == nil:
		return nil, fmt.Errorf("sip.tls_cert = %q, sip.tls_key = %q: %w", p.cert, p.key, err)
	}
	return p.loaded, nil
}

// notices opens the spool of mail, nil if none is to be sent.
func notices(inst *node.Instance) (*mail.Spool, error) {
	cfg := inst.Cfg.Mail
	if cfg.Server == "" {
		return nil, nil //nolint:nilnil // no server, no spool
	}
	out := mail.Config{
		Server: cfg.Server, From: cfg.From, User: cfg.User, Implicit: cfg.TLS == "implicit", Insecure: cfg.TLS == "none",
		Dir: filepath.Join(inst.Paths.Switch(), "mail"), Log: inst.Log,
	}
	if cfg.User != "" {
		secret, err := os.ReadFile(cfg.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("mail.secret_file = %q: %w", cfg.SecretFile, err)
		}
		out.Secret = strings.TrimSpace(string(secret))
	}
	return mail.Open(out)
}

// link is where a message is heard.
func link(inst *node.Instance) func(recording string) string {
	base := strings.TrimSuffix(inst.Cfg.Web.PublicURL, "/")
	if base == "" {
		return nil
	}
	return func(recording string) string { return base + "/recordings/" + recording }
}
