package ingest

import (
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/ingest/astcdr"
	"github.com/agner-platform/agner/internal/ingest/callcenter"
	"github.com/agner-platform/agner/internal/ingest/csvmap"
	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/ingest/fscdr"
	"github.com/agner-platform/agner/internal/ingest/native"
	"github.com/agner-platform/agner/internal/ingest/queuelog"
)

// FormatInfo describes a format to a person who has to choose one.
type FormatInfo struct {
	Format     string   `json:"format"`
	Profiles   []string `json:"profiles"`
	ZoneNeeded bool     `json:"zone_needed"`
	Follow     bool     `json:"follow"` // files of this format grow
	// Zones are the zones that profiles bring along, by profile.
	Zones map[string]string `json:"zones"`
	// Placed says that records carry their own site, so that no zone is asked.
	Placed bool `json:"placed"`
}

// formats lists every format, the most asked for first.
func formats() []feed.Format {
	list := []feed.Format{csvmap.Format(), queuelog.Format(), callcenter.Format(), native.Format()}
	return append(append(list, astcdr.Formats()...), fscdr.Formats()...)
}

// Formats returns what can be imported.
func Formats() []FormatInfo {
	var out []FormatInfo
	for _, f := range formats() {
		profiles := slices.Clone(f.Profiles)
		if profiles == nil {
			profiles = []string{}
		}
		zones := map[string]string{}
		for _, p := range profiles {
			if z := ProfileZone(f.Name, p, nil); z != "" {
				zones[p] = z
			}
		}
		out = append(out, FormatInfo{f.Name, profiles, f.ZoneNeeded, f.Growing, zones, f.Name == native.Format().Name})
	}
	return out
}

// lookup finds a format and checks the name of its profile.
func lookup(name, profile string) (feed.Format, error) {
	for _, f := range formats() {
		if f.Name != name {
			continue
		}
		if profile != "" && !slices.Contains(f.Profiles, profile) {
			return f, fmt.Errorf("%w: format %s has no profile %q (has %v)", ErrFormat, name, profile, f.Profiles)
		}
		return f, nil
	}
	return feed.Format{}, fmt.Errorf("%w: %q", ErrFormat, name)
}
