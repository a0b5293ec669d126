package plugin

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// overview is /live, as far as frames show it.
type overview struct {
	At     time.Time   `json:"at"`
	Queues []liveQueue `json:"queues"`
	Agents []liveAgent `json:"agents"`
	Totals liveQueue   `json:"totals"`
}

type liveQueue struct {
	Queue        string   `json:"queue"`
	Waiting      int64    `json:"waiting"`
	LongestWaitS *float64 `json:"longest_wait_s"`
	Offered      int64    `json:"offered"`
	Answered     int64    `json:"answered"`
	Abandoned    int64    `json:"abandoned"`
	SL           *float64 `json:"sl"`
	Available    int64    `json:"agents_available"`
	Talking      int64    `json:"agents_talking"`
	WrapUp       int64    `json:"agents_wrap_up"`
}

type liveAgent struct {
	Name   string `json:"name"`
	Team   string `json:"team"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Queue  string `json:"queue"`
	Since  string `json:"since"`
}

// liveParts are what a live query or stream shows.
var liveParts = []string{"queues", "agents", "totals"}

func (d *Datasource) live(ctx context.Context, q *query) (data.Frames, error) {
	var o overview
	if err := d.get(ctx, "live", nil, &o); err != nil {
		return nil, err
	}
	frame, err := o.frame(q.Live, chosen(q.Queues))
	if err != nil {
		return nil, backend.DownstreamError(err)
	}
	if q.Format == "alert" {
		return numbers(frame, q.Figures)
	}
	return data.Frames{frame}, nil
}

// frame gives one part of the overview; queues limits rows to those named.
func (o *overview) frame(part string, queues []string) (*data.Frame, error) {
	var out *data.Frame
	switch part {
	case "", "queues":
		out = queueFrame(o.At, o.Queues, queues)
	case "totals":
		out = queueFrame(o.At, []liveQueue{o.Totals}, nil)
	case "agents":
		out = agentFrame(o.At, o.Agents, queues)
	default:
		return nil, fmt.Errorf("live %q: want one of %s", part, strings.Join(liveParts, ", "))
	}
	out.Meta = &data.FrameMeta{Type: data.FrameTypeTable, TypeVersion: data.FrameTypeVersion{0, 1}}
	return out, nil
}

func wanted(list []string, name string) bool {
	for _, s := range list {
		if s == name {
			return true
		}
	}
	return len(list) == 0
}

func queueFrame(at time.Time, rows []liveQueue, only []string) *data.Frame {
	with := func(name, unit, text string, f *data.Field) *data.Field {
		f.Name, f.Config = name, &data.FieldConfig{Unit: unit, Description: text}
		return f
	}
	var times []time.Time
	var names []string
	var longest, sl []*float64
	var counts [7][]int64
	for _, r := range rows {
		if !wanted(only, r.Queue) {
			continue
		}
		times, names, longest, sl = append(times, at), append(names, r.Queue), append(longest, r.LongestWaitS), append(sl, r.SL)
		for i, v := range []int64{r.Waiting, r.Offered, r.Answered, r.Abandoned, r.Available, r.Talking, r.WrapUp} {
			counts[i] = append(counts[i], v)
		}
	}
	n := func(i int) *data.Field { return data.NewField("", nil, append([]int64{}, counts[i]...)) }
	return data.NewFrame("live",
		data.NewField("time", nil, append([]time.Time{}, times...)), data.NewField("queue", nil, append([]string{}, names...)),
		with("waiting", "short", "callers waiting now", n(0)),
		with("longest_wait_s", "s", "longest wait of those waiting now", data.NewField("", nil, append([]*float64{}, longest...))),
		with("sl", "percentunit", "answered within T / (offered − short abandons − neutral exits − waiting within T), since local midnight", data.NewField("", nil, append([]*float64{}, sl...))),
		with("offered", "short", "since local midnight", n(1)), with("answered", "short", "since local midnight", n(2)),
		with("abandoned", "short", "since local midnight", n(3)), with("agents_available", "short", "agents ready now", n(4)),
		with("agents_talking", "short", "agents talking or on hold now", n(5)), with("agents_wrap_up", "short", "agents in wrap-up now", n(6)))
}

func agentFrame(at time.Time, rows []liveAgent, only []string) *data.Frame {
	times, columns := []time.Time{}, [5][]string{{}, {}, {}, {}, {}}
	since := []*time.Time{}
	for _, r := range rows {
		if !wanted(only, r.Queue) {
			continue
		}
		times = append(times, at)
		for i, v := range []string{r.Name, r.Team, r.State, r.Reason, r.Queue} {
			columns[i] = append(columns[i], v)
		}
		var from *time.Time
		if t, err := time.Parse(time.RFC3339, r.Since); err == nil {
			from = &t
		}
		since = append(since, from)
	}
	out := data.NewFrame("live", data.NewField("time", nil, times))
	for i, name := range []string{"agent", "team", "state", "reason", "queue"} {
		out.Fields = append(out.Fields, data.NewField(name, nil, columns[i]))
	}
	out.Fields = append(out.Fields, data.NewField("since", nil, since))
	return out
}

// SubscribeStream allows the streams that exist: live/queues, live/agents and live/totals.
func (d *Datasource) SubscribeStream(_ context.Context, r *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	status := backend.SubscribeStreamStatusNotFound
	for _, part := range liveParts {
		if r.Path == "live/"+part {
			status = backend.SubscribeStreamStatusOK
		}
	}
	return &backend.SubscribeStreamResponse{Status: status}, nil
}

// PublishStream refuses: nobody publishes here.
func (d *Datasource) PublishStream(context.Context, *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusPermissionDenied}, nil
}

// RunStream sends a frame for every snapshot of the event stream until Grafana's last watcher leaves. Grafana starts it
// again when it ends with an error.
func (d *Datasource) RunStream(ctx context.Context, r *backend.RunStreamRequest, sender *backend.StreamSender) error {
	body, err := d.open(ctx, d.stream, "live/stream", nil, "text/event-stream")
	if err != nil {
		return err
	}
	defer body.Close()
	return events(body, func(text []byte) error {
		var o overview
		if err := json.Unmarshal(text, &o); err != nil {
			return backend.DownstreamError(fmt.Errorf("live snapshot: %w", err))
		}
		frame, err := o.frame(strings.TrimPrefix(r.Path, "live/"), nil)
		if err != nil {
			return err
		}
		return sender.SendFrame(frame, data.IncludeAll)
	})
}

// events hands the data of each event of a stream to fn; it ends with the stream or fn's first error.
func events(r io.Reader, fn func([]byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	var text []byte
	for lines.Scan() {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, "data:"); ok {
			text = append(append(text, strings.TrimPrefix(rest, " ")...), '\n')
		}
		if line != "" || len(text) == 0 {
			continue
		}
		if err := fn(text); err != nil {
			return err
		}
		text = nil
	}
	return lines.Err()
}
