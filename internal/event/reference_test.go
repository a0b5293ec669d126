package event

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var reference = flag.Bool("reference", false, "write docs/formats/events.md")

const referencePath = "../../docs/formats/events.md"

const referenceHead = `# Events: the format ` + "`agner`" + `

One event is one JSON object; a file has one a line (UTF-8). ` + "`agner export`" + ` writes this form and
` + "`agner import --format agner`" + ` reads it. Journals keep the same events in CBOR (RFC 8949) with the
integer keys given below. The tables are made from the source: ` + "`go test ./internal/event -run Reference -reference`" + `.

Envelope: ` + "`kind`" + ` and ` + "`at`" + ` always; ` + "`recorded_at`" + ` if it differs from ` + "`at`" + `; ` + "`node`" + ` and ` + "`seq`" + ` are the identity
a journal gave; ` + "`source`, `source_ref`, `precision`" + ` (us, ms, s, min, derived) say where a fact comes from;
` + "`site`, `channel`" + ` (voice if absent), ` + "`interaction_id`, `leg_id`, `visit_id`, `offer_id`, `queue`, `agent`, `campaign`,\n`party`" + ` (a keyed pseudonym, never a number) and ` + "`cause`" + ` say what it is about; ` + "`payload`" + ` holds the fields below.

Instants of the envelope are RFC 3339 with a zone. In payloads, fields ending in ` + "`_at`" + ` are µs since
1970-01-01T00:00:00Z and fields ending in ` + "`_us`" + ` are durations in µs. Absent fields are empty, 0 or false.
A kind's "needs" are the envelope fields it cannot do without.
`

var needNames = []struct {
	bit  need
	name string
}{
	{needsInteraction, "interaction_id"},
	{needsQueue, "queue"},
	{needsVisit, "visit_id"},
	{needsOffer, "offer_id"},
	{needsAgent, "agent"},
	{needsCampaign, "campaign"},
}

// TestReference keeps the reference page equal to the source.
func TestReference(t *testing.T) {
	got := makeReference(t)
	if *reference {
		if err := os.WriteFile(referencePath, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(referencePath)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s does not show the events as they are: run go test ./internal/event -run Reference -reference", referencePath)
	}
}

func makeReference(t *testing.T) string {
	t.Helper()
	types, meaning := source(t)
	var b strings.Builder
	b.WriteString(referenceHead)
	b.WriteString("\n## Lists of values\nWriters use only these; readers keep an unlisted value and count it as `other`.\n")
	for _, list := range []string{
		values(Channels), values(Precisions), values(Exits), values(States), values(Sides), values(Directions),
		values(IVROutcomes), values(BlockReasons), values(TransferKinds), values(SupervisionModes),
	} {
		b.WriteString(list)
	}
	b.WriteString("\n## Keys of the envelope in CBOR\n")
	for _, f := range types["wire"].Fields.List {
		fmt.Fprintf(&b, "%s %s · ", tagValue(strings.Trim(f.Tag.Value, "`"), "cbor"), f.Names[0].Name)
	}
	b.WriteString("RecordedLag is recorded_at − at in µs.\n")
	for _, k := range kinds() {
		typ := strings.TrimPrefix(fmt.Sprintf("%T", k.NewPayload()), "*event.")
		fmt.Fprintf(&b, "\n## %s\n%s. Schema %d.", k, meaning[string(k)], k.Schema())
		var needs []string
		for _, n := range needNames {
			if specs[k].needs&n.bit != 0 {
				needs = append(needs, n.name)
			}
		}
		if len(needs) > 0 {
			fmt.Fprintf(&b, " Needs %s.", strings.Join(needs, ", "))
		}
		b.WriteString("\n")
		fields(&b, types, typ, "", "")
	}
	return b.String()
}

// fields writes one line a payload field; a nested struct follows its own field.
func fields(b *strings.Builder, types map[string]*ast.StructType, typ, prefix, keys string) {
	for _, f := range types[typ].Fields.List {
		tag := strings.Trim(f.Tag.Value, "`")
		name, key := prefix+tagValue(tag, "json"), keys+tagValue(tag, "cbor")
		inner := strings.TrimLeft(exprString(f.Type), "*[]")
		fmt.Fprintf(b, "- `%s` %s (%s)", name, readable(exprString(f.Type)), key)
		if c := strings.TrimSpace(f.Comment.Text()); c != "" {
			b.WriteString(": " + c)
		}
		b.WriteString("\n")
		if types[inner] != nil {
			fields(b, types, inner, name+".", key+".")
		}
	}
}

// values writes one closed enumeration.
func values[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = "`" + string(v) + "`"
	}
	return fmt.Sprintf("- %s: %s\n", strings.TrimPrefix(fmt.Sprintf("%T", list[0]), "event."), strings.Join(texts, ", "))
}

func tagValue(tag, name string) string {
	_, rest, _ := strings.Cut(tag, name+`:"`)
	v, _, _ := strings.Cut(rest, `"`)
	v, _, _ = strings.Cut(v, ",")
	return v
}

// readable names a Go type as a reader of JSON would.
func readable(typ string) string {
	switch typ {
	case "int64":
		return "integer"
	case "float64":
		return "number"
	case "bool":
		return "true or false"
	case "string":
		return "text"
	case "[]string":
		return "list of texts"
	case "map[string]int64":
		return "object of integers"
	case "json.RawMessage":
		return "object"
	}
	if strings.HasPrefix(typ, "[]") {
		return "list of objects"
	}
	if strings.HasPrefix(typ, "*") {
		return "object"
	}
	return "one of " + typ
}

func exprString(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return "*" + exprString(e.X)
	case *ast.ArrayType:
		return "[]" + exprString(e.Elt)
	case *ast.MapType:
		return "map[" + exprString(e.Key) + "]" + exprString(e.Value)
	case *ast.SelectorExpr:
		return exprString(e.X) + "." + e.Sel.Name
	}
	return fmt.Sprintf("%T", e)
}

// source returns the package's structs and what the comment of each kind says.
func source(t *testing.T) (map[string]*ast.StructType, map[string]string) {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	types, meaning := map[string]*ast.StructType{}, map[string]string{}
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok {
					types[n.Name.Name] = s
				}
			case *ast.ValueSpec:
				if lit, ok := kindValue(n); ok {
					text := strings.TrimSpace(n.Comment.Text())
					meaning[lit] = strings.ToUpper(text[:1]) + text[1:]
				}
			}
			return true
		})
	}
	return types, meaning
}

// kindValue returns the text of a constant KindX Kind = "x".
func kindValue(n *ast.ValueSpec) (string, bool) {
	id, ok := n.Type.(*ast.Ident)
	if !ok || id.Name != "Kind" || len(n.Values) != 1 || n.Comment == nil {
		return "", false
	}
	lit, ok := n.Values[0].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	return strings.Trim(lit.Value, `"`), true
}
