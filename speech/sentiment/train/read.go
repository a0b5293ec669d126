package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// errSource is a source that is not FORMAT:FILE or does not fit its format.
var errSource = errors.New("source is not readable")

// least is the mean rating, of -4 to 4, from which a text counts as having a side.
const least = 0.4

// read reads FORMAT:FILE.
func read(source string) ([]sample, error) {
	format, path, ok := strings.Cut(source, ":")
	parse, known := formats[format]
	if !ok || !known {
		return nil, fmt.Errorf("%w: %q, want FORMAT:FILE", errSource, source)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return list, nil
}

var formats = map[string]func(io.Reader) ([]sample, error){
	"vader": lines(vader), "pos": lines(plain(true)), "neg": lines(plain(false)), "tree": lines(tree), "csv": table(crowd), "rated": table(rated),
}

// lines applies f to every line; f returns nil for a line without a side.
func lines(f func(string) *sample) func(io.Reader) ([]sample, error) {
	return func(r io.Reader) ([]sample, error) {
		var out []sample
		sc := bufio.NewScanner(r)
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			if s := f(strings.ToValidUTF8(sc.Text(), "")); s != nil && s.text != "" {
				out = append(out, *s)
			}
		}
		return out, sc.Err()
	}
}

// vader reads id, mean rating and text; a clear rating weighs more.
func vader(line string) *sample {
	parts := strings.SplitN(line, "\t", 3)
	if len(parts) < 3 {
		return nil
	}
	v, err := strconv.ParseFloat(parts[1], 64)
	if err != nil || math.Abs(v) < least {
		return nil
	}
	return &sample{text: parts[2], positive: v > 0, weight: min(1, 0.4+math.Abs(v)/2)}
}

func plain(positive bool) func(string) *sample {
	return func(line string) *sample {
		return &sample{text: strings.TrimSpace(line), positive: positive, weight: 1}
	}
}

var leaf = regexp.MustCompile(`\(-?[0-9]+ ([^()]+)\)`)

// tree reads the leaves of a Penn tree; brackets are written as -LRB- and -RRB-.
func tree(line string) *sample {
	if !strings.HasPrefix(line, "(0") && !strings.HasPrefix(line, "(1") {
		return nil
	}
	var words []string
	for _, m := range leaf.FindAllStringSubmatch(line, -1) {
		words = append(words, m[1])
	}
	text := strings.NewReplacer("-LRB-", "(", "-RRB-", ")", " n't", "n't", "\\/", "/").Replace(strings.Join(words, " "))
	return &sample{text: text, positive: line[1] == '1', weight: 1}
}

// table applies f to every row of a CSV file after its header.
func table(f func([]string) *sample) func(io.Reader) ([]sample, error) {
	return func(r io.Reader) ([]sample, error) {
		c := csv.NewReader(r)
		c.FieldsPerRecord, c.LazyQuotes = -1, true
		rows, err := c.ReadAll()
		if err != nil || len(rows) == 0 {
			return nil, fmt.Errorf("%w: %w", errSource, err)
		}
		var out []sample
		for _, row := range rows[1:] {
			if s := f(row); s != nil {
				s.text = strings.ToValidUTF8(s.text, "")
				out = append(out, *s)
			}
		}
		return out, nil
	}
}

// crowd reads sentiment, confidence, text; neutral ones are passed over.
func crowd(row []string) *sample {
	if len(row) < 3 || row[0] != "positive" && row[0] != "negative" {
		return nil
	}
	c, err := strconv.ParseFloat(row[1], 64)
	if err != nil || c < 0.5 {
		return nil
	}
	return &sample{text: row[2], positive: row[0] == "positive", weight: 0.5 * c}
}

// rated reads 0 or 1 and a text.
func rated(row []string) *sample {
	if len(row) < 2 || row[0] != "0" && row[0] != "1" {
		return nil
	}
	return &sample{text: row[1], positive: row[0] == "1", weight: 1}
}

// letters is a text without everything else, to find repeats.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
