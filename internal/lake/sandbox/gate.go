package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// makers are the table functions that read nothing: rows out of numbers and lists.
var makers = []string{"range", "generate_series", "unnest"}

// hidden are functions that tell about the process and not about the centre.
var hidden = []string{"getenv", "current_setting", "getvariable", "write_log", "nextval", "currval", "version", "txid_current"}

// plainName is what a WITH may be called: nothing that the engine would take for a file.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// wrap puts the row limit around a query. The gate reads the result, so that nothing in the text can end the wrapping.
func wrap(text string, rows int) string {
	text = strings.TrimRight(strings.TrimSpace(text), "; \t\r\n")
	return fmt.Sprintf("SELECT * FROM (\n%s\n) AS answer LIMIT %d", text, rows+1)
}

// check is the gate: text is exactly one SELECT that asks for nothing but our tables.
func check(ctx context.Context, c *sql.Conn, text string) error {
	var tree string
	if err := c.QueryRowContext(ctx, `SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)`, text).Scan(&tree); err != nil {
		return refuse(Failed, "%s", plainError(err))
	}
	var parsed struct {
		Error      bool              `json:"error"`
		Message    string            `json:"error_message"`
		Statements []json.RawMessage `json:"statements"`
	}
	if err := json.Unmarshal([]byte(tree), &parsed); err != nil {
		return fmt.Errorf("syntax tree: %w", err)
	}
	switch {
	case strings.Contains(parsed.Message, "Only SELECT"):
		return refuse(Forbidden, "only one SELECT can be asked, no other statement")
	case parsed.Error:
		return refuse(Failed, "%s", parsed.Message)
	case len(parsed.Statements) != 1:
		return refuse(Forbidden, "one SELECT can be asked at a time; these are %d statements", len(parsed.Statements))
	}
	var root any
	if err := json.Unmarshal(parsed.Statements[0], &root); err != nil {
		return fmt.Errorf("syntax tree: %w", err)
	}
	names := map[string]bool{}
	for _, t := range Tables() {
		names[t.Name] = true
	}
	if err := each(root, func(n map[string]any) error { return made(n, names) }); err != nil {
		return err
	}
	return each(root, func(n map[string]any) error { return allowed(n, names) })
}

// each calls f for every object of a tree.
func each(v any, f func(map[string]any) error) error {
	switch v := v.(type) {
	case map[string]any:
		if err := f(v); err != nil {
			return err
		}
		for _, child := range v {
			if err := each(child, f); err != nil {
				return err
			}
		}
	case []any:
		for _, child := range v {
			if err := each(child, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func text(n map[string]any, key string) string {
	s, _ := n[key].(string)
	return s
}

// made takes down the names that the query makes with WITH.
func made(n map[string]any, names map[string]bool) error {
	ctes, ok := n["cte_map"].(map[string]any)
	if !ok {
		return nil
	}
	list, _ := ctes["map"].([]any)
	for _, entry := range list {
		e, _ := entry.(map[string]any)
		name := text(e, "key")
		if !plainName.MatchString(name) {
			return refuse(Forbidden, "WITH %q: a name of letters, digits and _ is wanted", name)
		}
		names[strings.ToLower(name)] = true
	}
	return nil
}

// allowed looks at one node of the tree.
func allowed(n map[string]any, names map[string]bool) error {
	switch text(n, "type") {
	case "SHOW_REF":
		if show := text(n, "show_type"); n["query"] == nil || show != "DESCRIBE" && show != "SUMMARY" {
			return refuse(Forbidden, "SHOW is not there; the catalogue lists the tables: %s", tableNames())
		}
	case "TABLE_FUNCTION":
		f, _ := n["function"].(map[string]any)
		if name := strings.ToLower(text(f, "function_name")); !slices.Contains(makers, name) {
			return refuse(Forbidden, "table function %s is not there; rows come from %s, or from %s", name, tableNames(), strings.Join(makers, ", "))
		}
	case "VALUE_PARAMETER":
		return refuse(Forbidden, "a query has no parameters")
	}
	if name := text(n, "table_name"); name != "" && text(n, "class") == "" {
		qualified := text(n, "schema_name")+text(n, "catalog_name") != ""
		if qualified || !names[strings.ToLower(name)] {
			return refuse(Forbidden, "there is no table %s; the tables are %s", name, tableNames())
		}
	}
	if name := strings.ToLower(text(n, "function_name")); slices.Contains(hidden, name) || strings.HasPrefix(name, "duckdb_") || strings.HasPrefix(name, "pragma_") {
		return refuse(Forbidden, "function %s is not there", name)
	}
	return nil
}

func tableNames() string {
	var names []string
	for _, t := range Tables() {
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}
