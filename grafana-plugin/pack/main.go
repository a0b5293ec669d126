// Command pack makes the archive of the data source that Grafana installs: everything in one folder under the plugin's
// name, executables marked as such, and a manifest.json with size and SHA-256 of every file.
//
//	pack OUT.zip FOLDER=AT...
//
// adds the files of each FOLDER (or one file) below AT, "" being the plugin's own folder. Equal input gives an equal archive.
package main

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// id is the plugin's, which its folder is named after.
const id = "agner-callcentre-datasource"

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "pack: want OUT.zip FOLDER=AT...")
		os.Exit(2)
	}
	if err := pack(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// entry is one line of the manifest.
type entry struct {
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func pack(out string, parts []string) error {
	files := map[string]string{} // by name in the archive
	for _, part := range parts {
		from, at, ok := strings.Cut(part, "=")
		if !ok {
			return fmt.Errorf("%q: want FOLDER=AT", part)
		}
		if err := collect(files, from, at); err != nil {
			return err
		}
	}
	if files["plugin.json"] == "" || files["module.js"] == "" {
		return errors.New("no plugin.json or module.js: build the front end first")
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	return errors.Join(write(f, files), f.Close())
}

func collect(files map[string]string, from, at string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		files[path.Join(at, filepath.Base(from))] = from
		return nil
	}
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		files[path.Join(at, filepath.ToSlash(rel))] = name
		return nil
	})
}

func write(w io.Writer, files map[string]string) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	manifest := map[string]entry{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text, err := os.ReadFile(files[name])
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		manifest[name] = entry{len(text), hex.EncodeToString(sum[:])}
		if err := add(z, name, text); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(map[string]any{"plugin": id, "files": manifest}, "", " ")
	if err != nil {
		return err
	}
	return errors.Join(add(z, "manifest.json", text), z.Close())
}

func add(z *zip.Writer, name string, text []byte) error {
	h := &zip.FileHeader{Name: id + "/" + name, Method: zip.Deflate, Modified: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	h.SetMode(0o644)
	if strings.HasPrefix(path.Base(name), "gpx_") {
		h.SetMode(0o755)
	}
	w, err := z.CreateHeader(h)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
