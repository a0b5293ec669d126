// Package sound makes what menus and the switch itself say audible, and fetches what
// menus ask other systems.
package sound

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/loop"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/prompt/phrase"
)

// maxReply bounds the reply to a data dip.
const maxReply = 64 << 10

// estimateLimit is how long a prompt may wait for an estimate.
const estimateLimit = time.Second

// Voice makes audio of prompts, at 8 kHz.
type Voice interface {
	// Say speaks a text in a language ("" is the site's).
	Say(ctx context.Context, lang, text string) ([]int16, error)
	// File reads a recording by its name.
	File(name string) ([]int16, error)
	// Music is what waiting and held callers hear.
	Music() media.Source
}

// Studio makes prompts. Its fields do not change once it is used.
type Studio struct {
	Voice Voice
	Loop  *loop.Loop
	Est   *loop.Estimator
	Log   *slog.Logger
}

// Prompts returns the sound of prompts one after the other; what cannot be made is left
// out and logged. queue gives the id of the queue that a prompt names.
func (s *Studio) Prompts(ctx context.Context, prompts []ivr.Prompt, queue func(name string) string) []int16 {
	var all []int16
	for _, p := range prompts {
		pcm, err := s.one(ctx, p, queue)
		if err != nil {
			s.Log.Warn("prompt left out", "file", p.File, "text", p.Text, "error", err)
		}
		all = append(all, pcm...)
	}
	return all
}

func (s *Studio) one(ctx context.Context, p ivr.Prompt, queue func(name string) string) ([]int16, error) {
	switch {
	case p.File != "":
		return s.Voice.File(p.File)
	case p.Say != "":
		text, err := s.said(ctx, p, queue(p.Queue))
		if err != nil || text == "" {
			return nil, err
		}
		return s.Voice.Say(ctx, phrase.Lang(p.Lang), text)
	}
	return s.Voice.Say(ctx, p.Lang, p.Text)
}

// said is what a caller who is not in the queue yet would hear of it.
func (s *Studio) said(ctx context.Context, p ivr.Prompt, queue string) (string, error) {
	if p.Say == "position" {
		waiting := 0
		err := s.Loop.Ask(ctx, func(st *acd.State, _ int64) {
			if q, ok := st.Queue(queue); ok {
				waiting = len(q.Line)
			}
		})
		return phrase.Position(p.Lang, int64(waiting)+1), err
	}
	ctx, cancel := context.WithTimeout(ctx, estimateLimit)
	defer cancel()
	e, ok := s.Est.Predict(ctx, acd.Join{Queue: queue, Interaction: "asked before joining", Channel: event.Voice})
	if !ok {
		return "", nil
	}
	return phrase.Wait(p.Lang, time.Duration(e.LowUs)*time.Microsecond, time.Duration(e.HighUs)*time.Microsecond), nil
}

// Fetch asks another system about a caller.
func Fetch(ctx context.Context, client *http.Client, a ivr.Fetch) ivr.Looked {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(a.TimeoutUs)*time.Microsecond)
	defer cancel()
	reply := ivr.Looked{Request: a.Request, Cause: "failed"}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL, nil)
	if err != nil {
		return reply
	}
	res, err := client.Do(req)
	if err != nil {
		return reply
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(io.LimitReader(res.Body, maxReply)); err == nil {
		reply.Status, reply.Body, reply.Cause = res.StatusCode, body, ""
	}
	return reply
}

// Named is a recording if the name is that of a file, else a text.
func Named(target string) ivr.Prompt {
	if strings.HasSuffix(strings.ToLower(target), ".wav") {
		return ivr.Prompt{File: target}
	}
	return ivr.Prompt{Text: target}
}
