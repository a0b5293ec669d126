package install

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

var (
	// ErrIntegrity is a package whose bytes are not the pinned ones.
	ErrIntegrity = errors.New("package does not have the pinned hash")
	// ErrIncomplete is a package that lacks a file it should hold.
	ErrIncomplete = errors.New("package lacks a file")
	// ErrFetch is a package that could not be had.
	ErrFetch = errors.New("package could not be fetched")
	// ErrPlatform is a machine the native libraries are not made for.
	ErrPlatform = errors.New("native speech libraries are not available for this machine")
)

// Ledger is the file that says what is installed.
const Ledger = "install.json"

// maxFile bounds an extracted file: the largest is 42 MB.
const maxFile = 256 << 20

// Options say where from and where to.
type Options struct {
	Models  string                                                 // folder to fill
	Offline string                                                 // folder with the tarballs; empty: npm fetches them
	Say     func(format string, args ...any)                       // progress; may be nil
	fetch   func(context.Context, Package, string) (string, error) // tests
	set     []Package                                              // tests
}

// entry is one installed file.
type entry struct {
	Package string `json:"package"`
	SHA256  string `json:"sha256"`
}

// Run installs what is missing and returns how many packages it took.
func Run(ctx context.Context, opt Options) (int, error) {
	if opt.set == nil {
		opt.set = Packages
		if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
			return 0, fmt.Errorf("%w: %s/%s, want linux/amd64", ErrPlatform, runtime.GOOS, runtime.GOARCH)
		}
	}
	if opt.Say == nil {
		opt.Say = func(string, ...any) {}
	}
	if opt.fetch == nil {
		opt.fetch = pack
	}
	if opt.Offline != "" {
		opt.fetch = func(_ context.Context, p Package, _ string) (string, error) {
			return filepath.Join(opt.Offline, p.tarball()), nil
		}
	}
	if err := os.MkdirAll(opt.Models, 0o755); err != nil {
		return 0, err
	}
	tmp, err := os.MkdirTemp(opt.Models, ".install-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	done, taken := ledger(opt.Models), 0
	for _, p := range opt.set {
		if p.whole(opt.Models, done) {
			continue
		}
		opt.Say("%s@%s (%s)", p.Name, p.Version, p.Licence)
		if err := p.install(ctx, opt, tmp, done); err != nil {
			return taken, fmt.Errorf("%s@%s: %w", p.Name, p.Version, err)
		}
		taken++
		if err := writeLedger(opt.Models, done); err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// Missing lists what an installation lacks; nothing when it is whole.
func Missing(models string) []string {
	var out []string
	done := ledger(models)
	for _, p := range Packages {
		if !p.whole(models, done) {
			out = append(out, p.Name+"@"+p.Version)
		}
	}
	return out
}

// tarball is the name npm pack gives the package's archive.
func (p Package) tarball() string {
	name := strings.ReplaceAll(strings.TrimPrefix(p.Name, "@"), "/", "-")
	return name + "-" + p.Version + ".tgz"
}

// whole reports whether every file of p is there as it was installed.
func (p Package) whole(models string, done map[string]entry) bool {
	for _, f := range p.Files {
		e := done[f.To]
		if e.Package != p.Name+"@"+p.Version {
			return false
		}
		b, err := os.ReadFile(filepath.Join(models, f.To))
		if err != nil || digest(b) != e.SHA256 {
			return false
		}
	}
	return true
}

func (p Package) install(ctx context.Context, opt Options, tmp string, done map[string]entry) error {
	path, err := opt.fetch(ctx, p, tmp)
	if err != nil {
		return err
	}
	archive, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFetch, err)
	}
	sum := sha512.Sum512(archive)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != p.SHA512 {
		return fmt.Errorf("%w: %s has sha512-%s, want sha512-%s", ErrIntegrity, filepath.Base(path), got, p.SHA512)
	}
	files, err := extract(archive, p.Files)
	if err != nil {
		return err
	}
	for _, f := range p.Files {
		b := files[f.From]
		if f.Convert != nil {
			if b, err = f.Convert(b); err != nil {
				return fmt.Errorf("%s: %w", f.From, err)
			}
		}
		if err := place(opt.Models, f.To, b); err != nil {
			return err
		}
		done[f.To] = entry{p.Name + "@" + p.Version, digest(b)}
	}
	return nil
}

// pack lets npm fetch the tarball. It runs no script of the package.
func pack(ctx context.Context, p Package, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", dir, p.Name+"@"+p.Version)
	var stderr bytes.Buffer
	cmd.Stderr, cmd.Dir = &stderr, dir
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w: npm pack: %w: %s", ErrFetch, err, strings.TrimSpace(stderr.String()))
	}
	return filepath.Join(dir, p.tarball()), nil
}

// extract returns the wanted files of a tarball by their names in it.
func extract(archive []byte, want []File) (map[string][]byte, error) {
	gz, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, f := range want {
		out[f.From] = nil
	}
	for tr := tar.NewReader(gz); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if _, wanted := out[h.Name]; !wanted || h.Typeflag != tar.TypeReg {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(tr, maxFile))
		if err != nil {
			return nil, err
		}
		out[h.Name] = b
	}
	for name, b := range out {
		if len(b) == 0 {
			return nil, fmt.Errorf("%w: %s", ErrIncomplete, name)
		}
	}
	return out, nil
}

// place writes a file beside its place and renames it, so that a running worker
// keeps the old one and a crash leaves no half.
func place(models, to string, b []byte) error {
	path := filepath.Join(models, filepath.FromSlash(to))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	part := path + ".part"
	if err := os.WriteFile(part, b, 0o644); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// ledger reads what is installed; an unreadable one is nothing.
func ledger(models string) map[string]entry {
	done := map[string]entry{}
	b, err := os.ReadFile(filepath.Join(models, Ledger))
	if err != nil || json.Unmarshal(b, &done) != nil {
		return map[string]entry{}
	}
	return done
}

func writeLedger(models string, done map[string]entry) error {
	b, err := json.MarshalIndent(done, "", " ")
	if err != nil {
		return err
	}
	return place(models, Ledger, append(b, '\n'))
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
