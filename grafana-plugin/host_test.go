package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-plugin"
)

var keep = flag.Bool("show-frames", false, "print the frames that panels get")

// limit is generous: the machine may be busy with everything else.
const limit = 4 * time.Minute

// centre is a running platform with the sample centre in it.
type centre struct{ url, token string }

// start runs agner serve on a free loopback port, imports two months of the sample centre and makes a token.
func start(t *testing.T) centre {
	t.Helper()
	bin := os.Getenv("AGNER_BIN")
	if bin == "" {
		t.Skip("AGNER_BIN does not name the agner executable: .ci/test.sh sets it")
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), bin, "--data", dir+"/data", "serve", "--listen", "127.0.0.1:0")
	said := &lines{}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended already
		_ = cmd.Wait()
	})
	url := said.wait(t, regexp.MustCompile(`runs: (http\S+)`))
	password := said.wait(t, regexp.MustCompile(`password +(\S+)`))
	run(t, bin, "sample", "--months", "2", "--scale", "0.2", "-o", dir+"/sample.ndjson")
	run(t, bin, "--data", dir+"/data", "import", "--format", "agner", dir+"/sample.ndjson")
	return centre{url, token(t, url, password)}
}

func run(t *testing.T, bin string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), bin, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// lines gathers what a process says and lets a test wait for a part of it.
type lines struct {
	text chan []byte
	all  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	mu <- struct{}{}
	defer func() { <-mu }()
	return l.all.Write(p)
}

var mu = make(chan struct{}, 1) // guards every lines.all

func (l *lines) wait(t *testing.T, re *regexp.Regexp) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		mu <- struct{}{}
		text := l.all.String()
		<-mu
		if m := re.FindStringSubmatch(text); m != nil {
			return m[1]
		}
		select {
		case <-ctx.Done():
			t.Fatalf("serve never said %s:\n%s", re, text)
		case <-tick.C:
		}
	}
}

// token signs in with the one-time password, chooses another and makes an API token.
func token(t *testing.T, url, password string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client, csrf := &http.Client{Jar: jar}, ""
	call := func(method, path string, body any, into any) {
		t.Helper()
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), method, url+"/api/v1/auth/"+path, bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-CSRF-Token", csrf)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode >= 300 {
			t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, answer, err)
		}
		if into != nil {
			if err := json.Unmarshal(answer, into); err != nil {
				t.Fatal(err)
			}
		}
	}
	var me struct{ CSRF string }
	var made struct{ Token string }
	next := "grafana-host-" + fmt.Sprint(time.Now().UnixNano())
	call("POST", "login", map[string]string{"user": "admin", "password": password}, nil)
	call("GET", "me", nil, &me)
	csrf = me.CSRF
	call("POST", "password", map[string]string{"old": password, "new": next}, nil)
	call("GET", "me", nil, &me)
	csrf = me.CSRF
	call("POST", "tokens", map[string]string{"name": "grafana"}, &made)
	if made.Token == "" {
		t.Fatal("no token in the answer")
	}
	return made.Token
}

// host is Grafana's side of a running plugin.
type host struct {
	diagnostics grpcplugin.DiagnosticsClient
	data        grpcplugin.DataClient
	resource    grpcplugin.ResourceClient
	stream      grpcplugin.StreamClient
}

// launch builds the plugin as it is released and starts it by go-plugin's handshake.
func launch(t *testing.T) *host {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "gpx_agner")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if info, err := os.Stat(bin); err != nil || info.Size() > 32<<20 {
		t.Errorf("the plugin has %d bytes, want at most 32 MiB (%v)", info.Size(), err)
	}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: grpcplugin.ProtocolVersion, MagicCookieKey: grpcplugin.MagicCookieKey, MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{grpcplugin.ProtocolVersion: {
			"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{}, "data": &grpcplugin.DataGRPCPlugin{},
			"resource": &grpcplugin.ResourceGRPCPlugin{}, "stream": &grpcplugin.StreamGRPCPlugin{},
		}},
		Cmd: exec.Command(bin), AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC}, StartTimeout: limit,
	})
	t.Cleanup(client.Kill)
	rpc, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	h := &host{}
	for name, take := range map[string]func(any) bool{
		"diagnostics": func(v any) (ok bool) { h.diagnostics, ok = v.(grpcplugin.DiagnosticsClient); return },
		"data":        func(v any) (ok bool) { h.data, ok = v.(grpcplugin.DataClient); return },
		"resource":    func(v any) (ok bool) { h.resource, ok = v.(grpcplugin.ResourceClient); return },
		"stream":      func(v any) (ok bool) { h.stream, ok = v.(grpcplugin.StreamClient); return },
	} {
		v, err := rpc.Dispense(name)
		if err != nil || !take(v) {
			t.Fatalf("%s: %T, %v", name, v, err)
		}
	}
	return h
}

// about is the context of a request: the data source as Grafana keeps it.
func about(url, token string) *pluginv2.PluginContext {
	return backend.ToProto().PluginContext(backend.PluginContext{OrgID: 1, PluginID: "agner-callcentre-datasource", DataSourceInstanceSettings: &backend.DataSourceInstanceSettings{
		ID: 1, UID: "agner", Name: "Agner", Type: "agner-callcentre-datasource", URL: url, JSONData: []byte(`{}`),
		DecryptedSecureJSONData: map[string]string{"token": token}, Updated: time.Unix(int64(len(url)*1000+len(token)), 0),
	}})
}

// ask runs one query over the last 30 days.
func (h *host) ask(t *testing.T, c centre, q string) (data.Frames, error) {
	t.Helper()
	now := time.Now()
	resp, err := h.data.QueryData(t.Context(), &pluginv2.QueryDataRequest{
		PluginContext: about(c.url, c.token), Queries: []*pluginv2.DataQuery{{
			RefId: "A", MaxDataPoints: 1000, IntervalMS: 1_800_000, Json: []byte(q),
			TimeRange: &pluginv2.TimeRange{FromEpochMS: now.Add(-30 * 24 * time.Hour).UnixMilli(), ToEpochMS: now.UnixMilli()},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := backend.FromProto().QueryDataResponse(resp)
	if err != nil {
		t.Fatal(err)
	}
	a := got.Responses["A"]
	return a.Frames, a.Error
}

// TestHost walks the ladder: handshake, health, queries, resources, streaming, and every panel of every dashboard,
// through the built binary against a real platform.
func TestHost(t *testing.T) {
	c := start(t)
	h := launch(t)
	t.Run("health", func(t *testing.T) { health(t, h, c) })
	t.Run("figures", func(t *testing.T) { figures(t, h, c) })
	t.Run("sql", func(t *testing.T) { sql(t, h, c) })
	t.Run("types", func(t *testing.T) { types(t, h, c) })
	t.Run("marks", func(t *testing.T) { marks(t, h, c) })
	t.Run("alerts", func(t *testing.T) { alerts(t, h, c) })
	t.Run("refusals", func(t *testing.T) { refusals(t, h, c) })
	t.Run("resources", func(t *testing.T) { resources(t, h, c) })
	t.Run("stream", func(t *testing.T) { streaming(t, h, c) })
	t.Run("dashboards", func(t *testing.T) { panels(t, h, c) })
}

func health(t *testing.T, h *host, c centre) {
	for _, tc := range []struct {
		url, token, want string
		status           pluginv2.CheckHealthResponse_HealthStatus
	}{
		{c.url, c.token, "Connected: ", pluginv2.CheckHealthResponse_OK},
		{c.url, "nonsense", "does not know the token", pluginv2.CheckHealthResponse_ERROR},
		{c.url, "", "no token is set", pluginv2.CheckHealthResponse_ERROR},
		{"", c.token, "no URL is set", pluginv2.CheckHealthResponse_ERROR},
		{"ftp://x", c.token, "is not one", pluginv2.CheckHealthResponse_ERROR},
		{"http://127.0.0.1:1", c.token, "cannot reach Agner at http://127.0.0.1:1", pluginv2.CheckHealthResponse_ERROR},
	} {
		r, err := h.diagnostics.CheckHealth(t.Context(), &pluginv2.CheckHealthRequest{PluginContext: about(tc.url, tc.token)})
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != tc.status || !strings.Contains(r.Message, tc.want) {
			t.Errorf("%q: %s %q, want %q", tc.url, r.Status, r.Message, tc.want)
		}
	}
}

// figures holds the plugin's numbers against those of the report that pages and command line show.
func figures(t *testing.T, h *host, c centre) {
	frames, err := h.ask(t, c, `{"kind":"metric","figures":["offered","sl","asa_s"],"by":"queue","interval":"1d"}`)
	if err != nil || len(frames) == 0 {
		t.Fatalf("%d frames, %v", len(frames), err)
	}
	now := time.Now()
	want := map[string]float64{}
	r, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/api/v1/reports/service-level?interval=1d&from="+now.Add(-30*24*time.Hour).UTC().Format(time.RFC3339)+"&to="+now.UTC().Format(time.RFC3339), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var report struct{ Rows []map[string]any }
	if err := json.NewDecoder(resp.Body).Decode(&report); err != nil {
		t.Fatal(err)
	}
	for _, row := range report.Rows {
		at, err := time.Parse(time.RFC3339, row["start"].(string))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []string{"offered", "sl", "asa_s"} {
			if v, ok := row[f].(float64); ok {
				want[fmt.Sprint(row["queue"], f, at.Unix())] = v
			}
		}
	}
	compared := 0
	for _, f := range frames {
		value := f.Fields[1]
		if f.Meta == nil || f.Meta.Type != data.FrameTypeTimeSeriesMulti || value.Labels["queue"] == "" {
			t.Fatalf("frame %s: meta %+v, labels %v", f.Name, f.Meta, value.Labels)
		}
		for i := range value.Len() {
			at, v := f.Fields[0].At(i).(time.Time), value.At(i).(*float64)
			if w, ok := want[fmt.Sprint(value.Labels["queue"], f.Name, at.Unix())]; ok && i > 0 { // the first day is cut at another second
				if compared++; v == nil || *v != w {
					t.Errorf("%s of %s at %s: %v, the report says %v", f.Name, value.Labels["queue"], at, v, w)
				}
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d values could be compared", compared)
	}
}

// sql holds what a query with macros counts against the metric query of the same days.
func sql(t *testing.T, h *host, c centre) {
	count := func(frames data.Frames, name string) map[string]float64 {
		out := map[string]float64{}
		for _, f := range frames {
			for _, v := range f.Fields[1:] {
				if v.Name != name {
					continue
				}
				for i := range f.Rows() {
					at, ok := f.Fields[0].ConcreteAt(i)
					if n, err := v.FloatAt(i); ok && err == nil && n > 0 { // NaN is missing
						out[at.(time.Time).UTC().Format(time.RFC3339)+fmt.Sprint(v.Labels["queue"])] = n
					}
				}
			}
		}
		return out
	}
	frames, err := h.ask(t, c, `{"kind":"metric","figures":["offered"],"by":"queue","interval":"1d"}`)
	if err != nil {
		t.Fatal(err)
	}
	want := count(frames, "offered")
	const query = `SELECT $__timeGroup(v.joined_at, $__interval) AS time, q.name AS queue, count(*) AS offered FROM visits v
		JOIN dim_queues q ON q.id = v.queue AND q.valid_to IS NULL WHERE $__timeFilter(v.joined_at) AND $__in(q.name, $queue) GROUP BY 1, 2 ORDER BY 1`
	text, err := json.Marshal(map[string]any{"kind": "sql", "sql": query, "interval": "1d", "variables": map[string][]string{"queue": {"$__all"}}})
	if err != nil {
		t.Fatal(err)
	}
	if frames, err = h.ask(t, c, string(text)); err != nil || len(frames) != 1 || frames[0].Meta.Type != data.FrameTypeTimeSeriesWide {
		t.Fatalf("%d frames, %v", len(frames), err)
	}
	got, same := count(frames, "offered"), 0
	for day, n := range got {
		if w, ok := want[day]; ok && w == n {
			same++
		}
	}
	if len(got) < 60 || same < len(got)-10 { // the range cuts the first day, which the two then name differently
		t.Errorf("%d days and queues by SQL, %d of them as the metric query counts", len(got), same)
	}
	frames, err = h.ask(t, c, `{"kind":"sql","format":"table","sql":"SELECT count(DISTINCT v.queue) AS n FROM visits v JOIN dim_queues q ON q.id = v.queue WHERE $__in(q.name, $queue)","variables":{"queue":["Sales"]}}`)
	if err != nil || frames[0].Fields[0].At(0).(*int64) == nil || *frames[0].Fields[0].At(0).(*int64) != 1 {
		t.Errorf("one queue: %v, %v", frames, err)
	}
}

// types asks for a value of every type that DuckDB has: it arrives as the right kind of field, and null as null.
func types(t *testing.T, h *host, c centre) {
	at := time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		sql  string
		want any
	}{
		{`true`, true}, {`1::TINYINT`, int64(1)}, {`2::SMALLINT`, int64(2)}, {`3::INTEGER`, int64(3)}, {`9223372036854775807::BIGINT`, int64(9223372036854775807)},
		{`4::UTINYINT`, int64(4)}, {`5::USMALLINT`, int64(5)}, {`6::UINTEGER`, int64(6)}, {`7::UBIGINT`, int64(7)}, {`18446744073709551615::UBIGINT`, float64(18446744073709551615)},
		{`8::HUGEINT`, int64(8)}, {`sum(9)`, int64(9)}, {`1e30::HUGEINT`, 1e30}, {`0.5::FLOAT`, .5}, {`0.1::DOUBLE`, .1}, {`-12.345::DECIMAL(18,3)`, -12.345}, {`1.5::DECIMAL(4,1)`, 1.5},
		{`'õ'`, "õ"}, {`'x'::ENUM('x', 'y')`, "x"}, {`'ab'::BLOB`, "6162"}, {`DATE '2026-03-29'`, at.Truncate(24 * time.Hour)},
		{`TIMESTAMP '2026-03-29 01:00:00'`, at}, {`'2026-03-29 01:00:00'::TIMESTAMP_S`, at}, {`'2026-03-29 01:00:00'::TIMESTAMP_MS`, at}, {`'2026-03-29 01:00:00'::TIMESTAMP_NS`, at},
		{`TIMESTAMPTZ '2026-03-29 01:00:00+00'`, at}, {`TIMESTAMPTZ '2026-03-29 06:45:00 Asia/Kathmandu'`, at}, {`TIMESTAMP '2261-01-01'`, time.Date(2261, 1, 1, 0, 0, 0, 0, time.UTC)},
		{`TIME '01:02:03'`, "01:02:03"}, {`[1, 2]`, "[1,2]"}, {`{'a': 1}`, `{"a":1}`}, {`uuid '6b0e7e6c-0000-4000-8000-000000000001'`, "6b0e7e6c-0000-4000-8000-000000000001"},
		{`'{"a": 1}'::JSON`, `{"a": 1}`}, {`'101'::BIT`, nil}, {`INTERVAL '90 minutes'`, nil}, {`map {'a': 1}`, nil}, // as some text
	} {
		text, err := json.Marshal(map[string]any{"kind": "sql", "format": "table", "sql": "SELECT v FROM (SELECT " + tc.sql + " AS v UNION ALL SELECT NULL) WHERE v IS NOT NULL UNION ALL SELECT NULL"})
		if err != nil {
			t.Fatal(err)
		}
		frames, err := h.ask(t, c, string(text))
		if err != nil || len(frames) != 1 || frames[0].Rows() != 2 {
			t.Errorf("%s: %v, %v", tc.sql, frames, err)
			continue
		}
		got, ok := frames[0].Fields[0].ConcreteAt(0)
		_, null := frames[0].Fields[0].ConcreteAt(1)
		when, isTime := tc.want.(time.Time)
		g, _ := got.(time.Time)
		switch {
		case !ok || null:
			t.Errorf("%s: %v then %v, want a value and null", tc.sql, got, null)
		case isTime && !g.Equal(when), !isTime && tc.want != nil && got != tc.want:
			t.Errorf("%s: %v (%T), want %v", tc.sql, got, got, tc.want)
		}
	}
}

// alerts asks what the provisioned rules ask: each answer is numbers that rules can judge, one for each set of labels.
func alerts(t *testing.T, h *host, c centre) {
	text, err := os.ReadFile("provisioning/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct {
				UID  string `yaml:"uid"`
				Data []struct {
					Source string         `yaml:"datasourceUid"`
					Model  map[string]any `yaml:"model"`
				} `yaml:"data"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil || len(file.Groups) != 1 || len(file.Groups[0].Rules) != 3 {
		t.Fatalf("%+v, %v", file, err)
	}
	for _, rule := range file.Groups[0].Rules {
		for _, d := range rule.Data {
			if d.Source != "agner" {
				continue
			}
			q, err := json.Marshal(d.Model)
			if err != nil {
				t.Fatal(err)
			}
			frames, err := h.ask(t, c, string(q))
			if err != nil || len(frames) == 0 {
				t.Errorf("%s: %s gives %d frames, %v", rule.UID, q, len(frames), err)
			}
			seen := map[string]bool{}
			for _, f := range frames {
				value := f.Fields[len(f.Fields)-1]
				if kind := f.Meta.Type; kind != data.FrameTypeNumericMulti && kind != data.FrameTypeTimeSeriesMulti || !value.Type().Numeric() || seen[value.Labels.String()] {
					t.Errorf("%s: a frame of type %s with %s and labels %v", rule.UID, kind, value.Type(), value.Labels)
				}
				seen[value.Labels.String()] = true
			}
		}
	}
	for _, q := range []string{`{"kind":"live","format":"alert"}`, `{"kind":"live","format":"alert","figures":["state"]}`, `{"kind":"metric","format":"alert"}`} {
		if _, err := h.ask(t, c, q); err == nil {
			t.Errorf("%s is answered", q)
		}
	}
}

// marks are there: the platform was started, which is one.
func marks(t *testing.T, h *host, c centre) {
	frames, err := h.ask(t, c, `{"kind":"marks"}`)
	if err != nil || len(frames) != 1 {
		t.Fatalf("%v, %v", frames, err)
	}
	var names []string
	for _, f := range frames[0].Fields {
		names = append(names, f.Name)
	}
	if strings.Join(names, " ") != "time timeEnd title text tags" {
		t.Errorf("fields %v", names)
	}
}

func refusals(t *testing.T, h *host, c centre) {
	for q, want := range map[string]string{
		`{"kind":"metric","figures":["nonsense"]}`: "nonsense", `{"kind":"prayer"}`: "prayer", `{"kind":"report","report":"../auth/me"}`: "want one of",
		`{"kind":"sql","sql":"SELECT * FROM '/etc/passwd'"}`: "there is no table /etc/passwd", `{"kind":"sql","sql":"SELECT 1; SELECT 2"}`: "Agner says 400",
		`{"kind":"sql","sql":"SELECT $nobody"}`: "there is no variable $nobody", `{"kind":"sql"}`: "empty", `{"kind":"marks","marks":["weather"]}`: "weather",
		`{"kind":"live","live":"weather"}`: "weather", `{"kind":"metric","queues":["Atlantis"]}`: "Atlantis", `[]`: "query",
	} {
		if _, err := h.ask(t, c, q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q named", q, err, want)
		}
	}
}

func resources(t *testing.T, h *host, c centre) {
	get := func(path string) (int32, string) {
		s, err := h.resource.CallResource(t.Context(), &pluginv2.CallResourceRequest{PluginContext: about(c.url, c.token), Path: path, Method: "GET", Url: path})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Recv()
		if err != nil {
			t.Fatal(err)
		}
		return r.Code, string(r.Body)
	}
	for _, path := range []string{"catalogue", "tables", "queues", "sites", "groups", "teams", "agents"} {
		if code, body := get(path); code != 200 || len(body) < 20 {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	if code, body := get("secrets"); code != 404 {
		t.Errorf("secrets: %d %s", code, body)
	}
}

func streaming(t *testing.T, h *host, c centre) {
	for path, want := range map[string]pluginv2.SubscribeStreamResponse_Status{"live/queues": pluginv2.SubscribeStreamResponse_OK, "live/x": pluginv2.SubscribeStreamResponse_NOT_FOUND} {
		r, err := h.stream.SubscribeStream(t.Context(), &pluginv2.SubscribeStreamRequest{PluginContext: about(c.url, c.token), Path: path})
		if err != nil || r.Status != want {
			t.Errorf("subscribe %s: %v %v", path, r, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	s, err := h.stream.RunStream(ctx, &pluginv2.RunStreamRequest{PluginContext: about(c.url, c.token), Path: "live/queues"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p, err := s.Recv()
		if err != nil {
			t.Fatal(err)
		}
		var f data.Frame
		if err := json.Unmarshal(p.Data, &f); err != nil || f.Rows() == 0 {
			t.Errorf("frame %s: %v", p.Data, err)
		}
	}
}

// notInSample is what the sample centre has none of: nobody is signed in, nothing is planned, published or transcribed.
var notInSample = []string{`"live": "agents"`, `"report": "adherence"`, `"schedule"`, "FROM turns_meta"}

// panels asks every query of every dashboard: each must give rows on the sample centre.
func panels(t *testing.T, h *host, c centre) {
	record := []recorded{}
	defer func() { keepFrames(t, record) }()
	for _, file := range dashboards(t) {
		for _, p := range file.Panels {
			got := recorded{Dashboard: file.Title, Title: p.Title, Type: p.Type, Unit: p.FieldConfig.Defaults.Unit, NoValue: p.FieldConfig.Defaults.NoValue, Frames: []*data.Frame{}}
			for _, target := range p.Targets {
				q := strings.NewReplacer(`"$queue"`, ``, `"$interval"`, `"1d"`, `"kind": "sql"`, `"kind": "sql", "variables": {"queue": []}`).Replace(string(target))
				frames, err := h.ask(t, c, q)
				rows := 0
				got.Frames = append(got.Frames, frames...)
				for _, f := range frames {
					rows += f.Rows()
					if *keep {
						text, _ := f.StringTable(100, 5)
						t.Log(text)
					}
				}
				if err != nil || rows == 0 && !slices.ContainsFunc(notInSample, func(part string) bool { return strings.Contains(q, part) }) {
					t.Errorf("%s, %s: %s gives %d rows, %v", file.Title, p.Title, q, rows, err)
				}
			}
			record = append(record, got)
		}
	}
}

// recorded is what one panel got, for the page that draws it.
type recorded struct {
	Dashboard string        `json:"dashboard"`
	Title     string        `json:"title"`
	Type      string        `json:"type"`
	Unit      string        `json:"unit"`
	NoValue   string        `json:"noValue"`
	Frames    []*data.Frame `json:"frames"` // data.Frames writes lists that are no JSON
}

// keepFrames writes what panels got where AGNER_FRAMES says.
func keepFrames(t *testing.T, record []recorded) {
	path := os.Getenv("AGNER_FRAMES")
	if path == "" {
		return
	}
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
