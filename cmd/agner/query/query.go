// Package query is the command `agner sql` and the child process in which queries run.
package query

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"text/tabwriter"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/httpapi"
)

// SQL asks one SELECT of the facts.
type SQL struct {
	Text   string `arg:"" optional:"" help:"One SELECT; - reads it from standard input."`
	Tables bool   `help:"List the tables and their columns instead."`
	Rows   int    `default:"100000" help:"More rows are refused, not cut; at most 1000000."`
	JSON   bool   `name:"json" xor:"form" help:"Print JSON."`
	CSV    bool   `name:"csv" xor:"form" help:"Print CSV."`
}

// Run prints the rows.
func (s *SQL) Run(ctx context.Context, c *node.Root) (err error) {
	if !s.Tables && s.Text == "" {
		return exit.With(exit.CodeUsage, errors.New(`sql: give a SELECT, such as "SELECT queue, count(*) FROM visits GROUP BY 1", or --tables`))
	}
	if s.Text == "-" {
		text, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
		if err != nil {
			return err
		}
		s.Text = string(text)
	}
	inst, err := c.Existing()
	if err != nil {
		return err
	}
	a, err := inst.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	fmt.Fprintln(os.Stderr, "reading", a.How)
	if s.Tables {
		return s.tables(ctx, a, os.Stdout)
	}
	return s.ask(ctx, a, os.Stdout)
}

// answer is a table as JSON.
type answer struct {
	Columns []struct {
		Name string `json:"name"`
	} `json:"columns"`
	Rows json.RawMessage `json:"rows"`
	AsOf string          `json:"as_of"`
}

func (s *SQL) ask(ctx context.Context, a *node.Client, w io.Writer) error {
	body, err := json.Marshal(map[string]any{"sql": s.Text, "max_rows": s.Rows})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, node.Base+"/sql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", httpapi.MediaJSON)
	if s.CSV {
		req.Header.Set("Accept", httpapi.MediaCSV)
		res, err := a.Send(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		_, err = io.Copy(w, res.Body)
		return err
	}
	var got answer
	if err := a.Do(req, &got); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "facts as of", got.AsOf)
	if s.JSON {
		_, err := fmt.Fprintf(w, "%s\n", got.Rows)
		return err
	}
	return got.print(w)
}

// print lays the rows out in columns.
func (a *answer) print(w io.Writer) error {
	var rows []map[string]any
	d := json.NewDecoder(bytes.NewReader(a.Rows))
	d.UseNumber()
	if err := d.Decode(&rows); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	out := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, c := range a.Columns {
		fmt.Fprintf(out, "%s\t", c.Name)
	}
	fmt.Fprintln(out)
	for _, r := range rows {
		for _, c := range a.Columns {
			v := r[c.Name]
			if v == nil {
				v = "–"
			}
			fmt.Fprintf(out, "%v\t", v)
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

func (s *SQL) tables(ctx context.Context, a *node.Client, w io.Writer) error {
	var raw json.RawMessage
	if err := a.Get(ctx, "/sql/catalogue", nil, &raw); err != nil {
		return err
	}
	if s.JSON {
		_, err := fmt.Fprintf(w, "%s\n", raw)
		return err
	}
	var catalogue struct {
		Tables []struct {
			Name, Text string
			Columns    []struct{ Name, Type string }
		}
	}
	if err := json.Unmarshal(raw, &catalogue); err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	for _, t := range catalogue.Tables {
		fmt.Fprintf(w, "%s: %s\n", t.Name, t.Text)
		for _, c := range t.Columns {
			fmt.Fprintf(w, "  %-20s %s\n", c.Name, c.Type)
		}
	}
	return nil
}
