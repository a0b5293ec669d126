package csvmap

import (
	"fmt"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/ingest/feed"
)

// patternTokens are what a stamp pattern is made of, longest first, with the
// layouts of package time.
var patternTokens = strings.NewReplacer(
	"YYYY", "2006", "YY", "06", "MM", "01", "M", "1", "DD", "02", "D", "2",
	"hh", "15", "mm", "04", "ss", "05", "AM", "PM", "HH", "03", "Z", "-0700",
)

// stampReader returns the reader of a profile's stamps.
func stampReader(kind string) (func(string) (feed.Stamp, error), error) {
	switch kind {
	case "iso", "":
		return feed.ParseStamp, nil
	case "epoch":
		return epoch(feed.Second), nil
	case "epoch_ms":
		return epoch(1000), nil
	case "epoch_us":
		return epoch(1), nil
	}
	if !strings.Contains(kind, "YY") || !strings.Contains(kind, "mm") {
		return nil, fmt.Errorf("stamps = %q: must be iso, epoch, epoch_ms, epoch_us or a pattern such as DD.MM.YYYY hh:mm:ss", kind)
	}
	return patternReader(patternTokens.Replace(kind), strings.Contains(kind, "Z")), nil
}

func epoch(unit int64) func(string) (feed.Stamp, error) {
	return func(s string) (feed.Stamp, error) { return feed.ParseEpoch(s, unit) }
}

// patternReader reads a layout of package time and hands its ISO form on, so that
// zones and precision are treated alike.
func patternReader(layout string, zoned bool) func(string) (feed.Stamp, error) {
	iso := "2006-01-02T15:04:05"
	if zoned {
		iso = "2006-01-02T15:04:05Z07:00"
	}
	return func(s string) (feed.Stamp, error) {
		t, err := time.Parse(layout, s)
		if err != nil {
			return feed.Stamp{}, feed.Rejectf("time does not have the profile's pattern")
		}
		return feed.ParseStamp(t.Format(iso))
	}
}
