package ingest

import (
	"github.com/agner-platform/agner/internal/ingest/csvmap"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// ProfileZone returns the zone that the records of a format say themselves, by
// the profile (text wins over name); "" where the caller must know it.
func ProfileZone(format, profile string, text []byte) string {
	if format != csvmap.Format().Name {
		return ""
	}
	return csvmap.Zone(feed.Profile{Name: profile, Text: text})
}
