package show

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/reporting"
)

var update = flag.Bool("update", false, "write the golden files anew")

// service has a morning of one queue: 40 calls, one a minute; every fourth caller hangs up after 30 s, the others wait
// 10 s and talk 100 s.
func service(t *testing.T) *reporting.Service {
	t.Helper()
	l, err := lake.Open(context.Background(), lake.Config{Dir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	const sec = int64(1_000_000)
	start := time.Date(2025, 5, 6, 9, 0, 0, 0, time.UTC).UnixMicro()
	var rows lake.Rows
	for i := range int64(40) {
		v := lake.Visit{
			Visit: "v" + string(rune('A'+i)), Interaction: "i" + string(rune('A'+i)), Queue: "Sales", JoinedAt: start + i*60*sec,
			Exit: "answered", WaitUs: project.Some(10 * sec), Agent: "Mari", TalkUs: project.Some(100 * sec), Seq: uint64(i + 1),
		}
		if i%4 == 0 {
			v.Exit, v.WaitUs, v.Agent, v.TalkUs = "abandoned", project.Some(30*sec), "", project.Int{}
		}
		v.LeftAt = v.JoinedAt + v.WaitUs.V
		if v.Exit == "answered" {
			v.AnsweredAt = v.LeftAt
		}
		rows.Visits = append(rows.Visits, v)
	}
	rows.Codes = []project.Code{{Interaction: "iB", Code: "loan", At: start + 120*sec}}
	if err := l.Load(context.Background(), &rows); err != nil {
		t.Fatal(err)
	}
	return reporting.New(reporting.Config{
		Lake: l, Now: func() time.Time { return time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC) },
		Settings: func(context.Context) (db.Values, error) {
			return db.Values{Within: 20 * time.Second, Short: 10 * time.Second, Share: .8, FCRDays: 7, AbandonBins: []time.Duration{15 * time.Second}}, nil
		},
	})
}

func TestGolden(t *testing.T) {
	s, ctx := service(t), context.Background()
	var levels, gone, spread bytes.Buffer
	r, err := s.ServiceLevel(ctx, reporting.Params{Size: interval.Half})
	if err == nil {
		err = ServiceLevel(&levels, r)
	}
	a, aerr := s.Abandonment(ctx, reporting.Params{})
	if aerr == nil {
		aerr = Abandonment(&gone, a)
	}
	d, derr := s.Distribution(ctx, reporting.Params{})
	if derr == nil {
		derr = Distribution(&spread, d)
	}
	var figures bytes.Buffer
	k, kerr := s.KPI(ctx, reporting.Params{}, "")
	if kerr == nil {
		kerr = KPI(&figures, k)
	}
	if err := errors.Join(err, aerr, derr, kerr); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]*bytes.Buffer{"service-level.txt": &levels, "abandonment.txt": &gone, "distribution.txt": &spread, "kpi.txt": &figures} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The fields that scripts rely on.
func TestCommandContract(t *testing.T) {
	s, ctx := service(t), context.Background()
	r, err := s.ServiceLevel(ctx, reporting.Params{Size: interval.Total})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Table().WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(b.Bytes(), &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%d rows (%v) in %s", len(rows), err, b.String())
	}
	for field, want := range map[string]any{
		"start": "2025-05-06T00:00:00Z", "queue": "Sales", "queue_id": "Sales", "offered": 40., "answered": 30., "abandoned": 10.,
		"sl": .75, "sl_offered": .75, "sl_abandon_credit": .75, "sl_less_abandons_in_t": .75, "sl_answered": 1.,
		"asa_s": 10., "mean_wait_s": 15., "longest_wait_s": 30., "aht_s": 100., "occupancy": nil,
	} {
		if got, ok := rows[0][field]; !ok || got != want {
			t.Errorf("%s = %v, want %v", field, got, want)
		}
	}
	a, err := s.Abandonment(ctx, reporting.Params{})
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := json.NewEncoder(&b).Encode(a); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Abandoned       int64
		Rate            float64
		MedianPatienceS *float64 `json:"median_patience_s"`
		ThetaS          float64  `json:"theta_s"`
		Survival        []struct {
			T int64   `json:"t_s"`
			S float64 `json:"s"`
		}
		Hazard, Histogram []map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	// After 10 s the 30 answered are censored, at 30 s all 10 who are left hang up.
	last := got.Survival[len(got.Survival)-1]
	if got.Abandoned != 10 || got.Rate != .25 || *got.MedianPatienceS != 30 || got.ThetaS != 60 || last.T != 30 || last.S != 0 ||
		len(got.Hazard) == 0 || len(got.Histogram) == 0 {
		t.Errorf("abandonment %s", b.String())
	}
}
