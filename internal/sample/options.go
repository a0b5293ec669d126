package sample

import (
	"errors"
	"fmt"
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// ErrOptions is returned for options that make no centre.
var ErrOptions = errors.New("bad sample options")

// Options choose the history to invent.
type Options struct {
	Seed   uint64         // equal options with equal seeds give equal events
	Until  interval.Date  // the first day that is not in it: today
	Months int            // length of the history, 1 to 60
	Zone   *time.Location // the site's time zone
	Scale  float64        // volume, 1 is about 600 visits on a weekday; 0.01 to 20
	SetUp  bool           // begin with the rows of SetUp as config.changed events
}

// Defaults returns fifteen months that end yesterday, at a volume that is
// generated and imported in about a minute.
func Defaults(zone *time.Location, today interval.Date) Options {
	return Options{Seed: 1, Until: today, Months: 15, Zone: zone, Scale: 1}
}

// Validate names the option and the value that cannot be.
func (o Options) Validate() error {
	switch {
	case o.Zone == nil:
		return fmt.Errorf("%w: zone must be set", ErrOptions)
	case o.Until.IsZero():
		return fmt.Errorf("%w: until must be set", ErrOptions)
	case o.Months < 1 || o.Months > 60:
		return fmt.Errorf("%w: months = %d: must be from 1 to 60", ErrOptions, o.Months)
	case !(o.Scale >= 0.01 && o.Scale <= 20):
		return fmt.Errorf("%w: scale = %g: must be from 0.01 to 20", ErrOptions, o.Scale)
	}
	return nil
}

// first returns the first day of the history.
func (o Options) first() interval.Date { return o.Until.AddMonths(-o.Months) }
