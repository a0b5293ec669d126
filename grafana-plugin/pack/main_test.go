package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestPack(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"d/plugin.json": "{}", "d/module.js": "define()", "d/img/logo.svg": "<svg/>", "gpx_agner_linux_amd64": "ELF", "b/wall.json": "{}"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parts := []string{dir + "/d=", dir + "/gpx_agner_linux_amd64=", dir + "/b=dashboards"}
	var archives [2][]byte
	for i := range archives {
		out := filepath.Join(dir, "out.zip")
		if err := pack(out, parts); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		archives[i] = text
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("the same files give another archive")
	}
	z, err := zip.NewReader(bytes.NewReader(archives[0]), int64(len(archives[0])))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		f, err := z.Open(id + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		text, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var manifest struct{ Files map[string]entry }
	if err := json.Unmarshal(read("manifest.json"), &manifest); err != nil || len(manifest.Files) != 5 || len(z.File) != 6 {
		t.Fatalf("%d files, manifest %v, %v", len(z.File), manifest, err)
	}
	for name, e := range manifest.Files {
		sum := sha256.Sum256(read(name))
		if hex.EncodeToString(sum[:]) != e.SHA256 {
			t.Errorf("%s: the manifest's sum is wrong", name)
		}
	}
	for _, f := range z.File {
		if want := filepath.Base(f.Name) == "gpx_agner_linux_amd64"; (f.Mode()&0o100 != 0) != want {
			t.Errorf("%s has mode %v", f.Name, f.Mode())
		}
	}
	if err := pack(filepath.Join(dir, "x.zip"), parts[1:]); err == nil {
		t.Error("an archive without plugin.json was made")
	}
}
