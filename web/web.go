// Package web holds the built pages. They are made by npm (make web) into dist; only a placeholder is committed, so that
// the program builds on a machine without Node and then says what is missing.
package web

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

const (
	builtPage   = "index.html"
	placeholder = "placeholder.html"
)

// Pages gives the files of the pages and the name of the one that answers every navigation: the built application, or
// the placeholder when the pages were not built.
func Pages() (files fs.FS, index string, err error) {
	files, err = fs.Sub(dist, "dist")
	if err != nil {
		return nil, "", fmt.Errorf("open pages: %w", err)
	}
	for _, name := range []string{builtPage, placeholder} {
		if _, err = fs.Stat(files, name); err == nil {
			return files, name, nil
		}
	}
	return nil, "", fmt.Errorf("open pages: %w", err)
}
