package install

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tgz packs files into a tarball and returns it with its pinned hash.
func tgz(t *testing.T, files map[string]string) ([]byte, string) {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	tw := tar.NewWriter(gz)
	for name, text := range files {
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tw.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(b.Bytes())
	return b.Bytes(), base64.StdEncoding.EncodeToString(sum[:])
}

// scene is a folder with one tarball, and the package that describes it.
func scene(t *testing.T, files map[string]string) (Options, Package) {
	t.Helper()
	archive, sum := tgz(t, files)
	p := Package{
		Name: "@acme/model", Version: "1.0.0", SHA512: sum,
		Files: []File{{From: "package/a.bin", To: "m/a.bin"}, {From: "package/b.txt", To: "b.txt", Convert: func(b []byte) ([]byte, error) {
			return bytes.ToUpper(b), nil
		}}},
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "acme-model-1.0.0.tgz"), archive, 0o600); err != nil {
		t.Fatal(err)
	}
	return Options{Models: filepath.Join(t.TempDir(), "models"), Offline: dir, set: []Package{p}}, p
}

func TestInstallTwiceAndRepair(t *testing.T) {
	opt, p := scene(t, map[string]string{"package/a.bin": "AAAA", "package/b.txt": "bbbb", "package/evil/../../x": "no", "package/other": "unwanted"})
	run := func(want int) {
		t.Helper()
		if n, err := Run(context.Background(), opt); err != nil || n != want {
			t.Fatalf("%d packages taken, %v; want %d", n, err, want)
		}
		for name, text := range map[string]string{"m/a.bin": "AAAA", "b.txt": "BBBB"} {
			if b, err := os.ReadFile(filepath.Join(opt.Models, name)); err != nil || string(b) != text {
				t.Errorf("%s = %q, %v", name, b, err)
			}
		}
	}
	run(1)
	run(0) // whole: nothing to do
	if err := os.WriteFile(filepath.Join(opt.Models, "m/a.bin"), []byte("AAXA"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(1) // a flipped byte is repaired
	if err := os.WriteFile(filepath.Join(opt.Models, Ledger), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(1) // a broken ledger is no trust
	opt.set[0].Version = "1.0.1"
	if _, err := Run(context.Background(), opt); !errors.Is(err, ErrFetch) {
		t.Errorf("another version that is not there: %v", err)
	}
	names := 0
	if err := filepath.WalkDir(opt.Models, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names++
		}
		return err
	}); err != nil || names != len(p.Files)+1 {
		t.Errorf("%d files in the models folder, %v; want %d and the ledger", names, err, len(p.Files))
	}
}

func TestRefusals(t *testing.T) {
	opt, _ := scene(t, map[string]string{"package/a.bin": "AAAA"})
	if _, err := Run(context.Background(), opt); !errors.Is(err, ErrIncomplete) {
		t.Errorf("a package without b.txt: %v", err)
	}
	opt.set[0].SHA512 = "AAAA"
	if _, err := Run(context.Background(), opt); !errors.Is(err, ErrIntegrity) {
		t.Errorf("another hash: %v", err)
	}
	opt.Offline = t.TempDir()
	if _, err := Run(context.Background(), opt); !errors.Is(err, ErrFetch) {
		t.Errorf("no tarball: %v", err)
	}
	opt.Offline, opt.fetch = "", func(context.Context, Package, string) (string, error) {
		return "", fmt.Errorf("%w: no network", ErrFetch)
	}
	if _, err := Run(context.Background(), opt); !errors.Is(err, ErrFetch) {
		t.Errorf("no network: %v", err)
	}
	if _, err := os.Stat(filepath.Join(opt.Models, "m")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was installed all the same: %v", err)
	}
}

func TestTokens(t *testing.T) {
	list := "<unk>\n<s>\n</s>\n<0x0A>\n▁the\n给" + strings.Repeat("\nx", 2000)
	js := `x; const llama_vocab_base64 = "` + base64.StdEncoding.EncodeToString([]byte(list)) + `"; y`
	out, err := tokens([]byte(js))
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.StdEncoding.EncodeToString
	want := fmt.Sprintf("%s 3\n%s 4\n%s 5\n", b64([]byte("\n")), b64([]byte(" the")), b64([]byte("给")))
	if !strings.Contains(string(out), want) || !strings.HasSuffix(string(out), " 2005\n") {
		t.Errorf("%.200s", out)
	}
	for _, bad := range []string{"", `llama_vocab_base64 = "`, `llama_vocab_base64 = "!!"`, `llama_vocab_base64 = "YQ=="`} {
		if _, err := tokens([]byte(bad)); !errors.Is(err, errTokens) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestPins holds that every package is fully pinned and no file is put twice.
func TestPins(t *testing.T) {
	to := map[string]bool{}
	for _, p := range Packages {
		if b, err := base64.StdEncoding.DecodeString(p.SHA512); err != nil || len(b) != sha512.Size {
			t.Errorf("%s: the pin is no SHA-512", p.Name)
		}
		if p.Version == "" || p.Licence == "" || strings.ContainsAny(p.Version, "^~*") {
			t.Errorf("%s: version %q, licence %q", p.Name, p.Version, p.Licence)
		}
		for _, f := range p.Files {
			if to[f.To] || filepath.IsAbs(f.To) || strings.Contains(f.To, "..") {
				t.Errorf("%s is put twice or outside", f.To)
			}
			to[f.To] = true
		}
	}
}
