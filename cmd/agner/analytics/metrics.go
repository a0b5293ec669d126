//go:build cgo

package analytics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/agner-platform/agner/internal/importer"

	"github.com/agner-platform/agner/internal/lake"
)

// analyticsMetrics are what monitoring asks of the role, read when it asks.
type analyticsMetrics struct {
	a    *analytics
	desc map[string]*prometheus.Desc
}

// newAnalyticsMetrics describes the metrics of a.
func newAnalyticsMetrics(a *analytics) *analyticsMetrics {
	m := &analyticsMetrics{a: a, desc: map[string]*prometheus.Desc{}}
	for name, help := range map[string]string{
		"agner_journal_durable_seq": "Last event of the role's own journal that is on disk.",
		"agner_lake_events_total":   "Events applied to the lake since the role started.",
		"agner_lake_rejects_total":  "Events the lake could not use; they are in its table rejects.",
		"agner_lake_ready":          "1 while the lake takes events, 0 while it is paused, rebuilt or failed.",
		"agner_lake_lag_events":     "Events of the role's own journal that are not in the lake yet.",
		"agner_visits_open":         "Visits that wait or are being handled.",
		"agner_imports_running":     "Imports that run or wait.",
	} {
		m.desc[name] = prometheus.NewDesc(name, help, nil, nil)
	}
	return m
}

// Describe lists the metrics.
func (m *analyticsMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range m.desc {
		ch <- d
	}
}

// Collect reads them.
func (m *analyticsMetrics) Collect(ch chan<- prometheus.Metric) {
	send := func(name string, kind prometheus.ValueType, v float64) {
		ch <- prometheus.MustNewConstMetric(m.desc[name], kind, v)
	}
	health, durable := m.a.lake.Health(), m.a.journal.Durable()
	ready := 0.0
	if health.State == lake.Ready {
		ready = 1
	}
	running := 0
	for _, j := range m.a.importer.Jobs() {
		if j.State == importer.Running || j.State == importer.Waiting {
			running++
		}
	}
	send("agner_journal_durable_seq", prometheus.GaugeValue, float64(durable))
	send("agner_lake_events_total", prometheus.CounterValue, float64(health.Events))
	send("agner_lake_rejects_total", prometheus.CounterValue, float64(health.Rejects))
	send("agner_lake_ready", prometheus.GaugeValue, ready)
	send("agner_lake_lag_events", prometheus.GaugeValue, float64(durable-min(durable, m.a.lake.Applied()[Node])))
	send("agner_visits_open", prometheus.GaugeValue, float64(len(m.a.lake.Live().Visits)))
	send("agner_imports_running", prometheus.GaugeValue, float64(running))
}
