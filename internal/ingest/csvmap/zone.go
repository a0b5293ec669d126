package csvmap

import "github.com/agner-platform/agner/internal/ingest/feed"

// Zone returns the zone that a profile names for its stamps, "" if it names none
// or cannot be read; the import itself will say what is wrong with it.
func Zone(p feed.Profile) string {
	profile, err := load(p)
	if err != nil {
		return ""
	}
	return profile.Zone
}
