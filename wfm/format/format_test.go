package format

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/agner-platform/agner/wfm/rules"
)

// schedulingData returns the folder of public instances or skips.
func schedulingData(t *testing.T) string {
	t.Helper()
	root := os.Getenv("AGNER_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, "scheduling")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no public instances: set AGNER_TESTDATA")
	}
	return dir
}

// names returns the rules broken, sorted and once each, and checks that the
// catalogue has them.
func names(t *testing.T, s Score) string {
	t.Helper()
	var out []string
	for _, v := range s.Violations {
		if _, ok := rules.Find(v.Rule); !ok {
			t.Errorf("rule %q is not in the catalogue", v.Rule)
		}
		if v.Text == "" {
			t.Errorf("%+v says nothing", v)
		}
		out = append(out, v.Rule)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

func TestPublicInstancesAreRead(t *testing.T) {
	dir := schedulingData(t)
	for format, pattern := range map[string]string{
		CallcentreWeek: "callcentre_week/*.json", CurtoisQu: "curtois_qu/*.json",
		Chomp: "chomp/chomp*.json", Rotating: "rotating_workforce/*.dzn",
	} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			in, err := Read(format, filepath.Base(file), f)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if in.Format() != format {
				t.Errorf("%s: format %q", file, in.Format())
			}
			s, err := in.Score(strings.NewReader(`{}`))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if !strings.Contains(names(t, s), rules.Complete) {
				t.Errorf("%s: an empty solution breaks %q", file, names(t, s))
			}
			f.Close()
		}
	}
}

const smallWeek = `{"name":"small","demand":[[0,1,2,2,1,0],[0,1,1,1,1,0],[1,1,1,1,1,1]],
"contracts":[{"name":"A","agents":2,"days_per_week":2,"span":4,"first_start":0,"last_start":4,"start_step":2,
"breaks":[{"earliest_offset":1,"latest_offset":2,"length":1},{"earliest_offset":2,"latest_offset":3,"length":1}]}],
"rules":{"max_start_spread_slots":2,"min_rest_slots":2,"shifts_per_day":1},"weights":{"over_per_slot":1,"under_per_slot":4}}`

func TestScoreWeek(t *testing.T) {
	w, err := ReadWeek(strings.NewReader(smallWeek))
	if err != nil {
		t.Fatal(err)
	}
	second := `{"contract":"A","agent":2,"shifts":[{"day":0,"start":0,"breaks":[1,2]},{"day":1,"start":0,"breaks":[1,2]}]}`
	for _, c := range []struct{ name, shifts, want string }{
		{"legal", `[{"day":0,"start":0,"breaks":[1,3]},{"day":1,"start":2,"breaks":[1,2]}]`, ""},
		{"window of start", `[{"day":0,"start":1,"breaks":[1,3]},{"day":1,"start":2,"breaks":[1,2]}]`, "start_window"},
		{"rest round the week", `[{"day":0,"start":0,"breaks":[1,3]},{"day":2,"start":2,"breaks":[1,2]}]`, "min_rest"},
		{"spread and rest", `[{"day":0,"start":4,"breaks":[1,3]},{"day":1,"start":0,"breaks":[1,2]}]`, "min_rest start_spread"},
		{"one day", `[{"day":0,"start":0,"breaks":[1,3]}]`, "days_per_week"},
		{"same day", `[{"day":0,"start":0,"breaks":[1,3]},{"day":0,"start":2,"breaks":[1,3]}]`, "one_shift_a_day"},
		{"break missing", `[{"day":0,"start":0,"breaks":[1]},{"day":1,"start":2,"breaks":[1,2]}]`, "break_count"},
		{"break late", `[{"day":0,"start":0,"breaks":[3,2]},{"day":1,"start":2,"breaks":[1,2]}]`, "break_window"},
		{"breaks overlap", `[{"day":0,"start":0,"breaks":[2,2]},{"day":1,"start":2,"breaks":[1,2]}]`, "break_overlap"},
		{"no such day", `[{"day":7,"start":0,"breaks":[1,3]},{"day":0,"start":0,"breaks":[1,3]},{"day":1,"start":2,"breaks":[1,2]}]`, "known"},
	} {
		text := `{"format":"callcentre_week","agents":[{"contract":"A","agent":1,"shifts":` + c.shifts + `},` + second + `]}`
		s, err := w.Score(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := names(t, s); got != c.want {
			t.Errorf("%s: broke %q, want %q: %v", c.name, got, c.want, s.Violations)
		}
	}
	s, _ := w.Score(strings.NewReader(`{"agents":[` + second + `,` + second + `,{"contract":"B","agent":1,"shifts":[]}]}`))
	if got := names(t, s); got != "complete known" {
		t.Errorf("doubled and unknown rows broke %q", got)
	}
}

// The cost is counted by hand: agent 1 covers slots 0, 3 of day 0 and 2, 5 of day
// 1 (slot 5 has no demand), agent 2 nothing but slots 0, 3 of days 0 and 1.
func TestWeekCostByHand(t *testing.T) {
	w, _ := ReadWeek(strings.NewReader(smallWeek))
	s, err := w.Score(strings.NewReader(`{"agents":[
		{"contract":"A","agent":1,"shifts":[{"day":0,"start":0,"breaks":[1,2]},{"day":1,"start":2,"breaks":[1,2]}]},
		{"contract":"A","agent":2,"shifts":[{"day":0,"start":0,"breaks":[1,2]},{"day":1,"start":0,"breaks":[1,2]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	// day 0: missing 1 at slot 1, 2 at 2, 0 at 3, 1 at 4 = 4; day 1: missing at 1 and 4 = 2; day 2: 6 missing.
	if want := 4 * (4 + 2 + 6); s.Cost != want || len(s.Violations) != 0 {
		t.Errorf("cost %d, want %d; %v", s.Cost, want, s.Violations)
	}
}

const smallStaff = `{"nDays":14,"shifts":[{"id":"E","length":480,"forbiddenFollowingShifts":null},{"id":"L","length":480,"forbiddenFollowingShifts":["E"]}],
"staffs":[{"id":"A","maxShifts":[14,3],"minTotalMinutes":1920,"maxTotalMinutes":3360,"minConsecutiveShifts":2,"maxConsecutiveShifts":4,
"minConsecutiveDaysOff":2,"maxWeekends":1,"daysOff":[13],"onRequests":[{"day":0,"shift":"E","weight":3}],"offRequests":[{"day":1,"shift":"E","weight":5}]}],
"covers":[` // + 14 rows

func smallStaffing(t *testing.T) *Staffing {
	t.Helper()
	row := `[{"requirement":1,"weightIfUnder":100,"weightIfOver":1},{"requirement":0,"weightIfUnder":100,"weightIfOver":1}]`
	s, err := ReadStaffing("small", strings.NewReader(smallStaff+strings.Repeat(row+",", 13)+row+"]}"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func staffRow(id, days string) StaffingRoster {
	row := StaffingRoster{ID: id}
	for _, r := range days {
		row.Shifts = append(row.Shifts, strings.TrimPrefix(string(r), "-"))
	}
	return row
}

func TestScoreStaffing(t *testing.T) {
	s := smallStaffing(t)
	for _, c := range []struct {
		days string
		cost int
		want string
	}{
		// 14 days, E covered on n days: 100·(14−n); L beyond 0 costs 1 each.
		{"EE--EEE-------", 5 + 900, ""},
		{"-EE--EE-------", 3 + 5 + 1000, ""}, // works neither Saturday (5) nor Sunday … Saturday 5 and Sunday 6: one weekend
		{"EELLE--EE-----", 5 + 900 + 2, "max_consecutive succession"},
		{"EE-EE---------", 5 + 1000, "min_days_off"},
		{"EE--E--EE-----", 5 + 900, "min_consecutive"},
		{"EE-----------E", 5 + 1100, "day_off min_minutes"},
		{"EE--EE--EE--EE", 5 + 600, "day_off max_minutes max_weekends"},
		{"LLLL----------", 3 + 1400 + 4, "max_shifts"},
		{"EE--EEX-------", 5 + 1000, "known"},
		{"EE--EEE", 5 + 900, "complete"},
	} {
		got := s.ScoreSolution(&StaffingSolution{Rosters: []StaffingRoster{staffRow("A", c.days)}})
		if names(t, got) != c.want || got.Cost != c.cost {
			t.Errorf("%s: cost %d want %d, broke %q want %q: %v", c.days, got.Cost, c.cost, names(t, got), c.want, got.Violations)
		}
	}
	got := s.ScoreSolution(&StaffingSolution{Rosters: []StaffingRoster{staffRow("B", "--------------")}})
	if names(t, got) != "complete known min_minutes" || got.Cost != 3+1400 {
		t.Errorf("nobody: %+v", got)
	}
}

func TestScoreCurves(t *testing.T) {
	c, err := ReadCurves("x", strings.NewReader(`{"name":"a","demand":[[1,0,0,1],[1,1,0,1]],"min_length":2,"max_length":3,"wrap":true}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		shifts, want string
		cost         int
	}{
		{`{"day":0,"start":3,"length":3,"count":1},{"day":1,"start":3,"length":2,"count":1}`, "", 5},
		{`{"day":0,"start":3,"length":3,"count":2}`, "cover", 6},
		{`{"day":0,"start":3,"length":4,"count":1},{"day":1,"start":3,"length":2,"count":1}`, "shift_length", 6},
		{`{"day":0,"start":3,"length":3,"count":1},{"day":1,"start":3,"length":2,"count":1},{"day":2,"start":0,"length":2,"count":1}`, "known", 5},
	} {
		s, err := c.Score(strings.NewReader(`{"curves":[{"name":"a","shifts":[` + k.shifts + `]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if names(t, s) != k.want || s.Cost != k.cost {
			t.Errorf("%s: %+v, want %q at %d", k.shifts, s, k.want, k.cost)
		}
	}
	no := false
	c.List[0].Wrap = &no
	s, _ := c.Score(strings.NewReader(`{"curves":[{"name":"a","shifts":[{"day":1,"start":3,"length":2,"count":1}]},{"name":"b"}]}`))
	if names(t, s) != "cover known within_horizon" {
		t.Errorf("without wrap: %+v", s)
	}
}

func TestScoreRota(t *testing.T) {
	o := &Rota{Name: "x", Employees: 3}
	for d := range 5 {
		o.Requirements[d] = [3]int{1, 0, 1}
	}
	o.Requirements[5], o.Requirements[6] = [3]int{1, 0, 0}, [3]int{1, 0, 0}
	for _, c := range []struct{ weeks, want string }{
		{"DDDDD-- NNN--DD --DNNN-", "requirement"},
		{"DDDDDD- ------- -------", "off_in_six requirement two_days_off"},
		{"NNNN--- ------- -------", "max_nights requirement"},
		{"NND---- ------- -------", "off_after_nights requirement"},
		{"D-D-D-D ------- -------", "requirement two_days_off"},
		{"-----D- -----D- -----D-", "free_weekend requirement"},
		{"------- -------", "complete requirement"},
		{"------ ------- ----x--", "complete known requirement"},
	} {
		s := o.ScoreSolution(&RotaSolution{Weeks: strings.Fields(c.weeks)})
		if names(t, s) != c.want {
			t.Errorf("%s: broke %q, want %q: %v", c.weeks, names(t, s), c.want, s.Violations)
		}
	}
}

func TestWrongFilesAreExplained(t *testing.T) {
	edit := func(old, repl string) string { return strings.Replace(smallWeek, old, repl, 1) }
	for _, c := range []struct{ format, text, want string }{
		{CallcentreWeek, "", "the file is empty"},
		{CallcentreWeek, "{", "unexpected end"},
		{CallcentreWeek, edit(`[0,1,2,2,1,0]`, `[0,1]`), "demand of day 1 has 6 slots"},
		{CallcentreWeek, edit(`[0,1,2`, `[-1,1,2`), "demand of day 0, slot 0 is -1"},
		{CallcentreWeek, edit(`"agents":2`, `"agents":-2`), `contract "A": agents = -2`},
		{CallcentreWeek, edit(`"days_per_week":2`, `"days_per_week":4`), "days_per_week = 4 in a week of 3 days"},
		{CallcentreWeek, edit(`"span":4`, `"span":9`), "do not fit a week"},
		{CallcentreWeek, edit(`"start_step":2`, `"start_step":0`), "start_step = 0"},
		{CallcentreWeek, edit(`"latest_offset":2`, `"latest_offset":4`), "break from 1 to 4"},
		{CallcentreWeek, edit(`"under_per_slot":4`, `"under_per_slot":-4`), "may not be negative"},
		{CurtoisQu, `{"nDays":0}`, "nDays = 0"},
		{CurtoisQu, `{"nDays":1,"shifts":[{"id":"E","length":1}]}`, "nobody can be planned"},
		{CurtoisQu, strings.Replace(smallStaff, "1920", "9920", 1) + "]}", "covers has 0 days"},
		{CurtoisQu, strings.Replace(smallStaff, `["E"]`, `["Q"]`, 1) + "]}", `forbidden following shift "Q"`},
		{Chomp, `[]`, "no curve"},
		{Chomp, `{"name":"a","demand":[[1]],"min_length":2,"max_length":1}`, "shifts of 2 to 1 hours"},
		{Rotating, "employees = 3;", "requirements is missing"},
		{Rotating, "employees = 3; requirements = [| 1,2,3 |];", "requirements has 1 rows"},
		{Rotating, "employees = 3; requirements = [|" + strings.Repeat("1,1,1|", 7) + "];", "0 days off a week"},
	} {
		_, err := Read(c.format, "x", strings.NewReader(c.text))
		if !errors.Is(err, ErrInstance) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q gives %v, want %q", c.format, c.text, err, c.want)
		}
	}
	if _, err := Read("excel", "x", strings.NewReader("")); !errors.Is(err, ErrFormat) {
		t.Errorf("unknown format: %v", err)
	}
	w, _ := ReadWeek(strings.NewReader(smallWeek))
	if _, err := w.Score(strings.NewReader(`{"format":"chomp"}`)); !errors.Is(err, ErrSolution) {
		t.Errorf("solution of another format: %v", err)
	}
}

func TestScoreIsJSON(t *testing.T) {
	out, err := json.Marshal(Score{Cost: 3, Violations: []rules.Violation{}})
	if err != nil || string(out) != `{"cost":3,"hard_violations":[]}` {
		t.Errorf("%s, %v", out, err)
	}
}
