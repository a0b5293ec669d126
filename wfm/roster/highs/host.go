package highs

import (
	"context"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// Exports of highs 1.15.3, whose names are shortened by its build; highs.mjs of the
// package has the list.
const (
	fnInit      = "v"  // __wasm_call_ctors
	fnCreate    = "F"  // Highs_create
	fnDestroy   = "G"  // Highs_destroy
	fnRun       = "N"  // Highs_run
	fnPassLp    = "U"  // Highs_passLp
	fnClear     = "ga" // Highs_clearSolver
	fnSetBool   = "ia" // Highs_setBoolOptionValue
	fnSetInt    = "ja" // Highs_setIntOptionValue
	fnSetString = "la" // Highs_setStringOptionValue
	fnSolution  = "Ea" // Highs_getSolution
	fnStatus    = "Ga" // Highs_getModelStatus
	fnObjective = "Ka" // Highs_getObjectiveValue
	fnBounds    = "ub" // Highs_changeColsBoundsByRange
	fnMalloc    = "uc"
	fnFree      = "tc"
)

const (
	errnoBadf  = 8  // the file is not open: there are none
	errnoNoSys = 52 // no such call here
)

// host builds the twenty functions the module asks for. It gives time and memory,
// swallows output and refuses files.
func host(ctx context.Context, rt wazero.Runtime) error {
	i32, i64, f64 := api.ValueTypeI32, api.ValueTypeI64, api.ValueTypeF64
	b := rt.NewHostModuleBuilder("a")
	def := func(name string, fn api.GoModuleFunc, params, results []api.ValueType) {
		b = b.NewFunctionBuilder().WithGoModuleFunction(fn, params, results).Export(name)
	}
	types := func(t ...api.ValueType) []api.ValueType { return t }
	fail := func(errno uint64) api.GoModuleFunc {
		return func(_ context.Context, _ api.Module, s []uint64) { s[0] = errno }
	}
	nothing := func(context.Context, api.Module, []uint64) {}
	exit := func(ctx context.Context, m api.Module, s []uint64) {
		_ = m.CloseWithExitCode(ctx, 1)
		panic(sys.NewExitError(1)) //nolint:forbidigo // wazero's way to end a call with an error
	}
	start := time.Now()
	now := func(_ context.Context, _ api.Module, s []uint64) {
		s[0] = api.EncodeF64(float64(time.Since(start).Microseconds()) / 1000)
	}
	def("a", exit, types(i32, i32, i32), nil) // __cxa_throw
	def("b", exit, types(i32), nil)           // exit
	def("c", now, nil, types(f64))            // emscripten_get_now
	def("d", fail(0), types(i32), types(i32)) // fd_close
	def("e", fail(errnoNoSys), types(i32, i32, i32), types(i32))
	def("f", write, types(i32, i32, i32, i32), types(i32))
	def("g", fail(errnoBadf), types(i32, i32, i32, i32), types(i32)) // fd_read
	def("h", fail(errnoNoSys), types(i32, i32, i32), types(i32))     // ioctl
	def("i", fail(errnoNoSys), types(i32, i32, i32, i32), types(i32))
	def("j", now, nil, types(f64)) // emscripten_date_now
	def("k", exit, nil, nil)       // abort
	def("l", fail(0), types(i32, f64), types(i32))
	def("m", nothing, types(i32, i32, i32, i32), nil) // tzset
	def("n", fail(0), types(i32, i32), types(i32))    // environ_get
	def("o", environSizes, types(i32, i32), types(i32))
	def("p", func(_ context.Context, m api.Module, s []uint64) {
		m.Memory().WriteUint64Le(uint32(s[2]), uint64(time.Since(start).Nanoseconds()))
		s[0] = 0
	}, types(i32, i64, i32), types(i32)) // clock_time_get
	def("q", grow, types(i32), types(i32)) // emscripten_resize_heap
	def("r", exit, types(i32), nil)        // proc_exit
	def("s", nothing, nil, nil)
	def("t", fail(errnoBadf), types(i32, i64, i32, i32), types(i32)) // fd_seek
	_, err := b.Instantiate(ctx)
	return err
}

// write swallows output and says that all of it was written.
func write(_ context.Context, m api.Module, s []uint64) {
	vectors, count, out := uint32(s[1]), uint32(s[2]), uint32(s[3])
	total := uint32(0)
	for i := range count {
		n, _ := m.Memory().ReadUint32Le(vectors + 8*i + 4)
		total += n
	}
	m.Memory().WriteUint32Le(out, total)
	s[0] = 0
}

func environSizes(_ context.Context, m api.Module, s []uint64) {
	m.Memory().WriteUint32Le(uint32(s[0]), 0)
	m.Memory().WriteUint32Le(uint32(s[1]), 0)
	s[0] = 0
}

// grow makes memory at least as large as asked for.
func grow(_ context.Context, m api.Module, s []uint64) {
	const page = 65536
	want, have := uint32(s[0]), m.Memory().Size()
	s[0] = 1
	if want <= have {
		return
	}
	want = max(want, have+have/5) // fewer, larger steps
	if _, ok := m.Memory().Grow((want - have + page - 1) / page); !ok {
		s[0] = 0
	}
}
