package highs

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/agner-platform/agner/wfm/lp"
)

// Solver is one HiGHS instance.
type Solver struct {
	ctx     context.Context // the module's life
	runtime wazero.Runtime
	cache   wazero.CompilationCache
	mod     api.Module
	handle  uint64
	cols    int
	rows    int
}

// memoryPages limits the module to 1 GB.
const memoryPages = 16384

// Open starts the module. Cancelling ctx stops a running solve.
func Open(ctx context.Context) (*Solver, error) {
	code, err := module()
	if err != nil {
		return nil, err
	}
	config := wazero.NewRuntimeConfig().WithCloseOnContextDone(true).WithMemoryLimitPages(memoryPages)
	s := &Solver{ctx: ctx}
	if dir, err := os.UserCacheDir(); err == nil {
		if cache, err := wazero.NewCompilationCacheWithDir(filepath.Join(dir, "agner", "wasm")); err == nil {
			s.cache = cache
			config = config.WithCompilationCache(cache)
		}
	}
	s.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if err := s.start(code); err != nil {
		s.Close()
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	return s, nil
}

func (s *Solver) start(code []byte) error {
	if err := host(s.ctx, s.runtime); err != nil {
		return err
	}
	compiled, err := s.runtime.CompileModule(s.ctx, code)
	if err != nil {
		return err
	}
	if s.mod, err = s.runtime.InstantiateModule(s.ctx, compiled, wazero.NewModuleConfig().WithName("highs").WithStartFunctions()); err != nil {
		return err
	}
	if _, err = s.call(fnInit); err != nil {
		return err
	}
	if s.handle, err = s.call(fnCreate); err != nil {
		return err
	}
	if err = s.Flag("output_flag", false); err != nil {
		return err
	}
	return s.Choose("parallel", "off")
}

// Close frees everything.
func (s *Solver) Close() {
	ctx := context.WithoutCancel(s.ctx)
	if s.runtime != nil {
		_ = s.runtime.Close(ctx)
	}
	if s.cache != nil {
		_ = s.cache.Close(ctx)
	}
}

// call calls an export and returns its first result.
func (s *Solver) call(name string, args ...uint64) (uint64, error) {
	fn := s.mod.ExportedFunction(name)
	if fn == nil {
		return 0, fmt.Errorf("%w: no export %q", ErrModule, name)
	}
	out, err := fn.Call(s.ctx, args...)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrSolve, err)
	}
	if len(out) == 0 {
		return 0, nil
	}
	return out[0], nil
}

// bytes copies data into the module; the caller frees it.
func (s *Solver) bytes(data []byte) (uint64, error) {
	at, err := s.call(fnMalloc, uint64(max(len(data), 1)))
	if err != nil {
		return 0, err
	}
	if at == 0 || !s.mod.Memory().Write(uint32(at), data) {
		return 0, fmt.Errorf("%w: out of memory", ErrSolve)
	}
	return at, nil
}

func floats(v []float64) []byte {
	out := make([]byte, 8*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint64(out[8*i:], math.Float64bits(x))
	}
	return out
}

func ints(v []int32) []byte {
	out := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(out[4*i:], uint32(x))
	}
	return out
}

// with copies blocks into the module, calls do with their addresses and frees them.
func (s *Solver) with(blocks [][]byte, do func(at []uint64) error) error {
	var at []uint64
	defer func() {
		for _, a := range at {
			_, _ = s.call(fnFree, a)
		}
	}()
	for _, b := range blocks {
		a, err := s.bytes(b)
		if err != nil {
			return err
		}
		at = append(at, a)
	}
	return do(at)
}

// status turns HiGHS's return value (−1 error, 0 ok, 1 warning) into an error.
func status(v uint64, err error, what string) error {
	if err != nil {
		return err
	}
	if int32(v) < 0 {
		return fmt.Errorf("%w: %s", ErrSolve, what)
	}
	return nil
}

// Flag sets a yes-or-no option.
func (s *Solver) Flag(option string, on bool) error {
	v := uint64(0)
	if on {
		v = 1
	}
	return s.with([][]byte{append([]byte(option), 0)}, func(at []uint64) error {
		r, err := s.call(fnSetBool, s.handle, at[0], v)
		return status(r, err, "option "+option)
	})
}

// Choose sets an option that is a word.
func (s *Solver) Choose(option, word string) error {
	return s.with([][]byte{append([]byte(option), 0), append([]byte(word), 0)}, func(at []uint64) error {
		r, err := s.call(fnSetString, s.handle, at[0], at[1])
		return status(r, err, "option "+option+" = "+word)
	})
}

// Number sets a whole-numbered option.
func (s *Solver) Number(option string, n int) error {
	return s.with([][]byte{append([]byte(option), 0)}, func(at []uint64) error {
		r, err := s.call(fnSetInt, s.handle, at[0], uint64(uint32(n)))
		return status(r, err, "option "+option)
	})
}

// Pass gives HiGHS a programme.
func (s *Solver) Pass(m *lp.Model) error {
	s.cols, s.rows = len(m.Cost), len(m.RowLower)
	blocks := [][]byte{
		floats(m.Cost), floats(m.Lower), floats(m.Upper), floats(m.RowLower), floats(m.RowUpper),
		ints(m.Start), ints(m.Index), floats(m.Value),
	}
	return s.with(blocks, func(at []uint64) error {
		const byColumn, minimise = 1, 1
		args := []uint64{s.handle, uint64(s.cols), uint64(s.rows), uint64(len(m.Index)), byColumn, minimise, 0}
		r, err := s.call(fnPassLp, append(args, at...)...)
		return status(r, err, "the programme was refused")
	})
}

// Bound changes the bounds of columns from, from+1, ….
func (s *Solver) Bound(from int, lower, upper []float64) error {
	return s.with([][]byte{floats(lower), floats(upper)}, func(at []uint64) error {
		r, err := s.call(fnBounds, s.handle, uint64(from), uint64(from+len(lower)-1), at[0], at[1])
		return status(r, err, "bounds were refused")
	})
}

// optimal is HighsModelStatus::kOptimal.
const optimal = 7

// Solve optimises and returns the solution.
func (s *Solver) Solve() (*lp.Result, error) {
	r, err := s.call(fnRun, s.handle)
	if err := status(r, err, "run failed"); err != nil {
		return nil, err
	}
	st, err := s.call(fnStatus, s.handle)
	if err != nil {
		return nil, err
	}
	if int32(st) != optimal {
		return nil, fmt.Errorf("%w: model status %d", ErrSolve, int32(st))
	}
	obj, err := s.call(fnObjective, s.handle)
	if err != nil {
		return nil, err
	}
	out := &lp.Result{Objective: api.DecodeF64(obj), Value: make([]float64, s.cols), Dual: make([]float64, s.rows)}
	blocks := [][]byte{make([]byte, 8*s.cols), make([]byte, 8*s.cols), make([]byte, 8*s.rows), make([]byte, 8*s.rows)}
	return out, s.with(blocks, func(at []uint64) error {
		r, err := s.call(fnSolution, s.handle, at[0], at[1], at[2], at[3])
		if err := status(r, err, "no solution"); err != nil {
			return err
		}
		s.read(at[0], out.Value)
		s.read(at[3], out.Dual)
		return nil
	})
}

// read copies floats out of the module.
func (s *Solver) read(at uint64, into []float64) {
	data, ok := s.mod.Memory().Read(uint32(at), uint32(8*len(into)))
	if !ok {
		return
	}
	for i := range into {
		into[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
}
