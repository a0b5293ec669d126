package house

// row says what the packages at or below a folder may import from this module.
// Packages of the same room (see room) and the standard library are always
// allowed, unless the row is pure.
type row struct {
	folder string
	allow  []string // folders; "*" is everything
	pure   bool     // not even its own room, only its own sub-packages
	why    string
}

// rows is the import table. The longest matching folder counts. Besides, an `api`
// sub-package of any room may import internal/httpapi: its HTTP handlers.
var rows = []row{
	{"internal/event", nil, false, "facts stand on nothing, so that everything can stand on facts"},
	{"internal/interval", nil, false, "the only authority on local time stands on nothing"},
	{"internal/config", nil, false, "settings are read before anything is opened"},
	{"internal/i18n", nil, false, "texts know no features"},
	{"internal/db", nil, false, "set-up rows know no features"},
	{"internal/supervise", nil, false, "the supervisor must not fail because a feature does"},
	{"internal/house", nil, false, "the rules read files, not packages"},
	{"internal/journal", []string{"internal/event"}, false, "the log stores facts and nothing else"},
	{"internal/lake", []string{"internal/event", "internal/interval", "internal/journal"}, false, "projections come from facts only"},
	{"internal/httpapi", []string{"internal/interval"}, false, "the HTTP edge knows no features"},
	{"internal/ingest", []string{"internal/event", "internal/interval"}, false, "readers of foreign records make facts; storing them is another's job"},
	{"internal/importer", []string{"internal/event", "internal/interval", "internal/ingest", "internal/journal", "internal/db"}, false, "an import reads, publishes and keeps its ledger"},
	{"internal/doctor", []string{"internal/event", "internal/interval", "internal/journal", "internal/db"}, false, "invariants are checked without the lake, which can be rebuilt"},
	{"internal/backup", []string{"internal/event", "internal/journal", "internal/db", "internal/config"}, false, "a backup knows what is kept and what can be rebuilt"},
	{"internal/retention", nil, false, "what goes is decided without knowing what it is"},
	{"internal/sample", []string{"internal/event", "internal/interval"}, false, "the sample centre is imported like any other file"},

	{"telephony", []string{"internal/event", "internal/interval"}, false, "a crash or a change elsewhere must not drop a call"},
	{"telephony/dialer", []string{"internal/event", "internal/interval", "forecasting/erlang"}, false, "pacing needs the formulas and nothing else"},
	{"telephony/acd", []string{"internal/event", "internal/interval", "telephony/routing"}, true, "the core is pure: state and input to facts and commands"},
	{"telephony/routing", []string{"internal/event", "internal/interval"}, true, "strategies see advice as data"},
	{"telephony/call", []string{"internal/event", "internal/interval"}, true, "a pure machine"},
	{"telephony/ivr", []string{"internal/event", "internal/interval"}, true, "a pure machine"},

	{"forecasting", []string{"internal/event", "internal/interval", "internal/lake", "internal/db"}, false, "forecasts read the lake and publish snapshots"},
	{"forecasting/erlang", nil, true, "pure maths; the call path uses it too"},
	{"forecasting/intraday", []string{"internal/event", "internal/interval", "internal/lake", "internal/db", "telephony/acd", "telephony/routing"}, false, "the running day is projected on the production router"},
	{"forecasting/staffing", []string{"internal/event", "internal/interval", "internal/lake", "internal/db", "telephony/acd"}, false, "the simulator is the production router"},
	{"wfm", []string{"internal/event", "internal/interval", "internal/lake", "internal/db", "forecasting/staffing"}, false, "schedules stand on requirements"},
	{"wfm/twin", []string{"internal/event", "internal/interval", "internal/lake", "internal/db", "forecasting/staffing", "telephony/acd"}, false, "the twin runs the production router"},
	{"speech", []string{"internal/event", "internal/interval", "internal/journal", "internal/lake", "internal/db"}, false, "speech analytics reads facts and publishes facts"},
	{"speech/engine", []string{"internal/event", "internal/interval"}, true, "a recogniser runs in a worker of its own"},
	{"speech/worker", []string{"internal/event", "internal/interval", "speech/engine"}, true, "a worker may crash without taking the lake along"},
	{"reporting", []string{"internal/event", "internal/interval", "internal/lake", "internal/db"}, false, "reports read; they change nothing"},

	{"web", []string{"internal/db", "internal/httpapi", "internal/i18n", "internal/interval", "internal/config"}, false, "the public door owns set-up and proxies the rest"},
	{"cmd/agner", []string{"*"}, false, "wiring lives here and only here"},
}

// owners says which folders may import a foreign library, by import path prefix.
var owners = []struct {
	library string
	folders []string
	why     string
}{
	{"github.com/duckdb/duckdb-go", []string{"internal/lake"}, "one opener of the lake; without cgo the rest must build"},
	{"modernc.org/sqlite", []string{"internal/db"}, "set-up may move to PostgreSQL"},
	{"github.com/pressly/goose", []string{"internal/db"}, "migrations run in one place"},
	{"github.com/emiago/sipgo", []string{"telephony/sipua"}, "one adapter, so that the library can be exchanged"},
	{"github.com/pion", []string{"telephony/media"}, "one adapter, so that the library can be exchanged"},
	{"github.com/ebitengine/purego", []string{"speech/engine"}, "native code runs in workers only"},
	{"github.com/tetratelabs/wazero", []string{"wfm/roster"}, "the solver is the only WebAssembly"},
	{"github.com/blevesearch", []string{"speech/search"}, "one opener of the index"},
	{"github.com/alecthomas/kong", []string{"cmd/agner"}, "libraries read no command line"},
	{"github.com/xuri/excelize", []string{"reporting", "wfm/sheet"}, "reports and schedules go to sheets"},
	{"github.com/stretchr/testify", nil, "tests use the standard library and go-cmp"},
}

// Limits of size, in lines.
const (
	maxFunc        = 80 // a screen and a half: above it a function does two things; tables of data are not counted
	maxFuncP90     = 40
	maxFile        = 800
	maxPackage     = 2000 // without tests and *.gen.go
	maxMainPackage = 3000 // cmd/agner: one file per sub-command
)

// deepNesting is reported, not refused.
const deepNesting = 3

// noLicenceFile lists linked modules whose archive has no licence file, and where
// their licence stands instead.
var noLicenceFile = map[string]string{}
