package sample_test

import (
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/doctor"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/sample"
)

// What `agner doctor` says of any journal must hold for the sample centre's too.
func TestDoctorFindsNothing(t *testing.T) {
	loc, err := interval.LoadZone("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	o := sample.Options{Seed: 3, Until: interval.Date{Year: 2026, Month: time.March, Day: 20}, Months: 1, Zone: loc, Scale: 1, SetUp: true}
	inv := doctor.NewInvariants()
	if err := sample.Generate(o, func(e event.Event) error { inv.Observe(&e); return nil }); err != nil {
		t.Fatal(err)
	}
	r := inv.Result()
	if r.Events == 0 || r.Books.Joined == 0 {
		t.Fatalf("the doctor saw nothing: %+v", r)
	}
	for _, b := range r.Breaches {
		t.Errorf("%+v", b)
	}
	if r.Books.Waiting != 0 {
		t.Errorf("%d callers wait at the end", r.Books.Waiting)
	}
}
