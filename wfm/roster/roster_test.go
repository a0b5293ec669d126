package roster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/agner-platform/agner/wfm/format"
	"github.com/agner-platform/agner/wfm/search"
)

// file solves text and returns the solution as a file, with what the scorer says.
func file(t fataler, name, text string, opt search.Options) ([]byte, format.Header, format.Score) {
	t.Helper()
	in, err := format.Read(name, "test", strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v", err)
	}
	s, err := Solve(context.Background(), in, opt)
	if err != nil {
		t.Fatalf("%v", err)
	}
	out, err := json.Marshal(s.File)
	if err != nil {
		t.Fatalf("%v", err)
	}
	score, err := in.Score(bytes.NewReader(out))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return out, s.Head, score
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

const weekText = `{"name":"w","demand":[[0,2,3,3,2,1,0,0],[1,2,2,4,2,1,0,0],[1,1,1,1,1,1,1,0],[0,2,3,3,2,1,0,0]],
"contracts":[{"name":"A","agents":4,"days_per_week":2,"span":4,"first_start":0,"last_start":4,"start_step":1,
"breaks":[{"earliest_offset":1,"latest_offset":2,"length":1}]},
{"name":"B","agents":2,"days_per_week":3,"span":3,"first_start":1,"last_start":5,"start_step":2,"breaks":[]}],
"rules":{"max_start_spread_slots":2,"min_rest_slots":%d,"shifts_per_day":1},"weights":{"over_per_slot":1,"under_per_slot":4}}`

const rotaText = "employees = 9; requirements = [| 2,1,1 | 2,1,1 | 2,1,1 | 2,1,1 | 2,1,1 | 1,1,1 | 1,1,1 |];"

func staffText(days int, minMinutes int) string {
	row := `[{"requirement":2,"weightIfUnder":100,"weightIfOver":1},{"requirement":1,"weightIfUnder":100,"weightIfOver":1}]`
	person := func(id string) string {
		return fmt.Sprintf(`{"id":%q,"maxShifts":[%d,%d],"minTotalMinutes":%d,"maxTotalMinutes":%d,"minConsecutiveShifts":2,"maxConsecutiveShifts":5,
		"minConsecutiveDaysOff":2,"maxWeekends":%d,"daysOff":[3],"onRequests":[{"day":0,"shift":"E","weight":3}],"offRequests":null}`,
			id, days, days/4, minMinutes, days*480*5/7, days/10+1)
	}
	return fmt.Sprintf(`{"nDays":%d,"shifts":[{"id":"E","length":480,"forbiddenFollowingShifts":null},{"id":"L","length":600,"forbiddenFollowingShifts":["E"]}],
	"staffs":[%s,%s,%s,%s],"covers":[%s%s]}`, days, person("A"), person("B"), person("C"), person("D"), strings.Repeat(row+",", days-1), row)
}

func TestEveryFormatIsSolvedAndRepeats(t *testing.T) {
	for _, c := range []struct{ format, text string }{
		{format.CallcentreWeek, fmt.Sprintf(weekText, 4)},
		// here starts must move with the days
		{format.CallcentreWeek, strings.Replace(fmt.Sprintf(weekText, 6), "spread_slots\":2", "spread_slots\":4", 1)},
		{format.CurtoisQu, staffText(28, 28*480/3)},
		{format.CurtoisQu, staffText(120, 120*480/3)}, // longer than one programme takes
		{format.Chomp, `{"name":"a","demand":[[1,0,2,1],[1,1,0,1]],"min_length":2,"max_length":3,"wrap":true}`},
		{format.Rotating, rotaText},
	} {
		opt := search.Options{Seed: 7, Work: 0.3}
		a, head, score := file(t, c.format, c.text, opt)
		if len(score.Violations) > 0 || score.Cost != head.Cost {
			t.Errorf("%s: the solver says %d, the scorer %+v", c.format, head.Cost, score)
		}
		if head.Bound > float64(head.Cost) || head.Method == "" || head.Stopped == "" || !head.Deterministic {
			t.Errorf("%s: header %+v", c.format, head)
		}
		b, again, _ := file(t, c.format, c.text, opt)
		if strip(t, a) != strip(t, b) || again.Cost != head.Cost {
			t.Errorf("%s: the same seed gave another file", c.format)
		}
	}
}

// strip removes what may differ: the time used.
func strip(t *testing.T, data []byte) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "seconds")
	out, _ := json.Marshal(m)
	return string(out)
}

// Any small staff problem gets a legal roster or a reason.
func TestAnyStaffProblem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := staffText(rapid.IntRange(7, 70).Draw(t, "days"), 480*rapid.IntRange(0, 12).Draw(t, "min"))
		in, err := format.Read(format.CurtoisQu, "x", strings.NewReader(text))
		if err != nil {
			return
		}
		s, err := Solve(context.Background(), in, search.Options{Work: 0.01})
		if err != nil {
			if !errors.Is(err, format.ErrInstance) || !strings.Contains(err.Error(), `employee "`) {
				t.Fatalf("%v", err)
			}
			return
		}
		out, _ := json.Marshal(s.File)
		score, err := in.Score(bytes.NewReader(out))
		if err != nil || len(score.Violations) > 0 || score.Cost != s.Head.Cost || s.Head.Bound > float64(score.Cost) {
			t.Fatalf("%v: %+v, header %+v", err, score, s.Head)
		}
	})
}

func TestCancelKeepsTheBest(t *testing.T) {
	for _, c := range []struct{ format, text string }{
		{format.CallcentreWeek, fmt.Sprintf(weekText, 4)}, {format.CurtoisQu, staffText(28, 4800)},
		{format.Chomp, `{"name":"a","demand":[[1,0,2,1],[1,1,0,1]],"min_length":2,"max_length":3}`},
	} {
		in, err := format.Read(c.format, "x", strings.NewReader(c.text))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s, err := Solve(ctx, in, search.Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.format, err)
		}
		out, _ := json.Marshal(s.File)
		score, err := in.Score(bytes.NewReader(out))
		if err != nil || len(score.Violations) > 0 {
			t.Errorf("%s: %v, %+v", c.format, err, score.Violations)
		}
		if s.Head.Stopped != "cancelled" && s.Head.Stopped != "proven" {
			t.Errorf("%s: stopped %q", c.format, s.Head.Stopped)
		}
	}
}

func TestImpossibleIsExplained(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{format.CurtoisQu, staffText(14, 14*480*5/7+1), "minTotalMinutes"},
		{format.CurtoisQu, strings.ReplaceAll(staffText(14, 14*480/2), `"daysOff":[3]`, `"daysOff":[1,3,5,7,9,11]`), `employee "`},
		{format.CallcentreWeek, strings.Replace(fmt.Sprintf(weekText, 14), `"days_per_week":3`, `"days_per_week":2`, 1), `contract "A"`},
	} {
		in, err := format.Read(c.format, "x", strings.NewReader(c.text))
		if err == nil {
			_, err = Solve(context.Background(), in, search.Options{Work: 0.1})
		}
		if !errors.Is(err, format.ErrInstance) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want it to say %q", err, c.want)
		}
	}
}
