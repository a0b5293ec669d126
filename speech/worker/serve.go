package worker

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/agner-platform/agner/speech/engine"
)

// AnswerFD is the file descriptor a child answers on.
const AnswerFD = 3

// Child is the whole of a worker process: it serves until its standard input ends.
func Child() error {
	out := os.NewFile(AnswerFD, "answers")
	if out == nil {
		return fmt.Errorf("%w: file descriptor %d is not open; `agner` starts its workers itself", ErrRefused, AnswerFD)
	}
	defer out.Close()
	return Serve(os.Stdin, out, engine.Open)
}

// Serve answers requests from r on w until r ends. The engine is opened by the
// first request.
func Serve(r io.Reader, w io.Writer, open func(engine.Config) (engine.Engine, error)) error {
	c := &child{open: open, streams: map[uint64]engine.Stream{}}
	defer c.close()
	for {
		var req request
		if err := readFrame(r, &req); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var a answer
		results, err := c.do(req)
		if err != nil {
			a.Error = err.Error()
		}
		a.Results = results
		if err := writeFrame(w, a); err != nil {
			return err
		}
	}
}

// child is the state of a serving process.
type child struct {
	open    func(engine.Config) (engine.Engine, error)
	engine  engine.Engine
	streams map[uint64]engine.Stream
}

func (c *child) do(req request) ([]engine.Result, error) {
	if req.Op == opLoad {
		return nil, c.load(req.Config)
	}
	if req.Op == opOpen {
		return nil, c.openStream(req)
	}
	s, ok := c.streams[req.Stream]
	if !ok {
		return nil, fmt.Errorf("%w: stream %d is not open", errFrame, req.Stream)
	}
	switch req.Op {
	case opAccept:
		return s.Accept(unpack(req.PCM))
	case opFinish:
		return s.Finish()
	case opClose:
		s.Close()
		delete(c.streams, req.Stream)
		return nil, nil
	default:
		return nil, fmt.Errorf("%w: operation %d", errFrame, req.Op)
	}
}

func (c *child) load(cfg *engine.Config) error {
	if cfg == nil || c.engine != nil {
		return fmt.Errorf("%w: an engine is loaded once, with a configuration", errFrame)
	}
	e, err := c.open(*cfg)
	if err != nil {
		return err
	}
	c.engine = e
	return nil
}

func (c *child) openStream(req request) error {
	if c.engine == nil {
		return fmt.Errorf("%w: no engine is loaded", errFrame)
	}
	s, err := c.engine.NewStream(req.Options)
	if err != nil {
		return err
	}
	c.streams[req.Stream] = s
	return nil
}

func (c *child) close() {
	for _, s := range c.streams {
		s.Close()
	}
	if c.engine != nil {
		c.engine.Close()
	}
}
