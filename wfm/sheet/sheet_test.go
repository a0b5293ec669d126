package sheet_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/sheet"
)

func problem(t *testing.T) *rules.Problem {
	t.Helper()
	text := `{"format": "agner_week", "name": "w", "zone": "Europe/Tallinn", "from": "2026-10-19", "days": 7, "lines": [{"id": "l", "skill": "en", "need": [` +
		strings.TrimSuffix(strings.Repeat("1,", 676), ",") + `]}], "contracts": [{"name": "day", "kind": "flexible", "shifts": [{"name": "d", "from": "08:00", "lengths": [480]}]}],
 "agents": [{"id": "a", "name": "Ann, B", "contracts": ["day"], "skills": ["en"]}]}`
	p, err := rules.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// plan has a night over the change of clocks, a split day, a meeting with a name of two words, and extra hours.
func plan(p *rules.Problem) *rules.Schedule {
	z := p.Axis().Time("", 0).Location()
	at := func(d, h, m int) time.Time { return time.Date(2026, 10, d, h, m, 0, 0, z) }
	return &rules.Schedule{Format: rules.Format, Shifts: []rules.Shift{
		{Agent: "a", Date: "2026-10-19", Contract: "day", Kind: "d", Blocks: []rules.Block{
			{Start: at(19, 8, 0), Minutes: 240, Pauses: []rules.Pause{{Name: "meal", Start: at(19, 10, 30), Minutes: 30}, {Name: "team talk", Start: at(19, 11, 0), Minutes: 60, Paid: true, Work: true}}},
			{Start: at(19, 18, 0), Minutes: 60, Extra: true},
		}},
		{Agent: "a", Date: "2026-10-24", Contract: "day", Kind: "d", Blocks: []rules.Block{
			{Start: at(24, 22, 0), Minutes: 480, Pauses: []rules.Pause{{Name: "meal", Start: at(25, 1, 30), Minutes: 30}}},
		}},
	}}
}

func TestThereAndBack(t *testing.T) {
	p := problem(t)
	s := plan(p)
	var b bytes.Buffer
	if err := sheet.Write(&b, p, s); err != nil {
		t.Fatal(err)
	}
	back, err := sheet.Read(&b, p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Shifts, back); diff != "" {
		t.Errorf("there and back (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeReadNamesItsCell(t *testing.T) {
	p := problem(t)
	for _, c := range []struct{ cell, value, want string }{
		{"A2", "nobody", `A2 (agent) is "nobody"`},
		{"C2", "Monday", `C2 (date)`},
		{"F2", "8 o'clock", `F2 (start)`},
		{"G3", "-5", `G3 (minutes)`},
		{"H2", "meal 12:30", `H2 (pauses)`},
		{"I3", "yes", `I3 (extra)`},
		{"A1", "person", "row 1"},
	} {
		var b, changed bytes.Buffer
		if err := sheet.Write(&b, p, plan(p)); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellValue("Schedule", c.cell, c.value); err != nil {
			t.Fatal(err)
		}
		if err := f.Write(&changed); err != nil {
			t.Fatal(err)
		}
		_, err = sheet.Read(&changed, p)
		if !errors.Is(err, sheet.ErrSheet) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %q: error %v, want %s", c.cell, c.value, err, c.want)
		}
	}
	if _, err := sheet.Read(strings.NewReader("no workbook"), p); !errors.Is(err, sheet.ErrSheet) {
		t.Errorf("no workbook: %v", err)
	}
}
