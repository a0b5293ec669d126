package api

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/speech/audio"
	"github.com/agner-platform/agner/speech/measure"
	"github.com/agner-platform/agner/speech/search"
	"github.com/agner-platform/agner/speech/transcripts"
)

func (a *API) search(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	s := httpapi.IdentityFrom(r.Context()).Scopes
	in := search.Query{
		Text: q.Text("q", ""), Speaker: q.Enum("speaker", "", "agent", "customer", transcripts.Mixed), Mood: q.Enum("mood", "", "positive", "neutral", "negative"),
		Language: q.Text("language", ""), Queues: q.List("queue"), Agents: q.List("agent"), Sites: s.Sites, ScopeQueues: s.Queues,
		Limit: q.Int("limit", 50, 1, search.MaxLimit), Offset: q.Int("offset", 0, 0, 10_000),
	}
	from, to := q.Text("from", ""), q.Text("to", "")
	numbers := map[string]**float64{"min_score": &in.MinScore, "max_score": &in.MaxScore, "min_pause": &in.MinPause, "min_start": &in.MinStart, "max_start": &in.MaxStart}
	texts := map[string]string{}
	for name := range numbers {
		texts[name] = q.Text(name, "")
	}
	if err := q.Err(); err != nil {
		return err
	}
	for name, text := range texts {
		if text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return httpapi.BadParameter.Field(name, text, "must be a number")
		}
		*numbers[name] = &v
	}
	var err error
	if in.From, err = instant("from", from); err != nil {
		return err
	}
	if in.To, err = instant("to", to); err != nil {
		return err
	}
	res, err := a.d.Index.Search(r.Context(), in)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, res)
}

func instant(field, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, httpapi.BadParameter.Field(field, text, "must be an RFC 3339 time")
	}
	return t.UnixMicro(), nil
}

func (a *API) add(w http.ResponseWriter, r *http.Request) error {
	var c transcripts.Call
	if err := httpapi.ReadJSON(r, &c); err != nil {
		return err
	}
	if err := a.d.Transcripts.Add(actor(r), c); err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusCreated, map[string]any{"interaction": c.Interaction, "turns": len(c.Turns)})
}

// callView is a call as the page shows it.
type callView struct {
	Interaction string         `json:"interaction"`
	Recording   string         `json:"recording,omitempty"`
	At          int64          `json:"at"`
	Queue       string         `json:"queue,omitempty"`
	Agent       string         `json:"agent,omitempty"`
	Language    string         `json:"language,omitempty"`
	Turns       []search.Turn  `json:"turns"`
	Measures    measure.Result `json:"measures"`
}

func (a *API) read(w http.ResponseWriter, r *http.Request) error {
	turns, err := a.call(r)
	if err != nil {
		return err
	}
	t := turns[0]
	return httpapi.WriteJSON(w, http.StatusOK, callView{t.Interaction, t.Recording, t.At, t.Queue, t.Agent, t.Language, turns, measured(turns)})
}

// measured are the conversation's measures by its turns.
func measured(turns []search.Turn) measure.Result {
	parties, at := []measure.Party{}, map[string]int{}
	end := 0.0
	for _, t := range turns {
		end = max(end, t.End)
		i, ok := at[t.Speaker]
		if !ok {
			i = len(parties)
			at[t.Speaker] = i
			parties = append(parties, measure.Party{Name: t.Speaker})
		}
		parties[i].Spans = append(parties[i].Spans, measure.Span{Start: t.Start, End: t.End})
		parties[i].Words += t.Words
	}
	return measure.Of(end, parties)
}

// sound opens the recording of the request's call.
func (a *API) sound(r *http.Request) (io.ReadSeekCloser, error) {
	turns, err := a.call(r)
	if err != nil {
		return nil, err
	}
	if turns[0].Recording == "" || a.d.Sound == nil {
		return nil, ErrNoSound
	}
	return a.d.Sound.Open(turns[0].Recording)
}

func (a *API) audio(w http.ResponseWriter, r *http.Request) error {
	s, err := a.sound(r)
	if err != nil {
		return err
	}
	defer s.Close()
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", time.Time{}, s)
	return nil
}

// buckets is how many columns a waveform has.
const buckets = 1200

// peaksView are the loudest samples of each column, 0 to 1, a lane per party, and
// the measures by what sounds, which are exact where a transcript misses words.
type peaksView struct {
	Duration float64        `json:"duration"`
	Lanes    [][]float32    `json:"lanes"` // customer, agent
	Measures measure.Result `json:"measures"`
}

func (a *API) peaks(w http.ResponseWriter, r *http.Request) error {
	s, err := a.sound(r)
	if err != nil {
		return err
	}
	defer s.Close()
	size, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := s.Seek(0, io.SeekStart); err != nil {
		return err
	}
	st, err := audio.Open(s, audio.Options{})
	if err != nil {
		return err
	}
	out, err := draw(r.Context(), st, int(size)/(2*st.Channels)) // 16 bits
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, out)
}

// draw reads a recording of so many frames once, for waveform and measures.
func draw(ctx context.Context, st *audio.Stream, frames int) (peaksView, error) {
	out := peaksView{Lanes: make([][]float32, st.Channels)}
	found := make([]*measure.Detector, st.Channels)
	for c := range out.Lanes {
		out.Lanes[c], found[c] = make([]float32, buckets), measure.NewDetector(st.Rate)
	}
	at := 0
	err := st.Each(st.Rate, func(block [][]float32) error {
		for c, lane := range out.Lanes {
			found[c].Accept(block[c])
			for i, v := range block[c] {
				b := min(buckets-1, (at+i)*buckets/max(1, frames))
				lane[b] = max(lane[b], v, -v)
			}
		}
		at += len(block[0])
		return ctx.Err()
	})
	if err != nil {
		return out, err
	}
	names := []string{"customer", "agent"}
	var parties []measure.Party
	for c, lane := range out.Lanes {
		for i, v := range lane {
			lane[i] = float32(int(v*1000)) / 1000
		}
		parties = append(parties, measure.Party{Name: names[min(c, 1)], Spans: found[c].Spans()})
	}
	out.Duration = st.Seconds()
	out.Measures = measure.Of(out.Duration, parties)
	return out, nil
}
