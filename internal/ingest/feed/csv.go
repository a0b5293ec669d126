package feed

import (
	"bytes"
	"errors"
	"strings"
)

// maxRecordLines bounds a quoted field that holds line breaks: past it the quote
// was a stray one.
const maxRecordLines = 32

// CSVRecords is the Splitter of CSV (RFC 4180): a record goes on while a quote is
// open.
func CSVRecords(r *Reader) ([]byte, error) {
	b, err := Lines(r)
	if err != nil || bytes.Count(b, []byte{'"'})%2 == 0 {
		return b, err
	}
	rec := bytes.Clone(b)
	for range maxRecordLines {
		b, err := r.ReadLine()
		if err != nil && !errors.Is(err, ErrTorn) {
			if IsEOF(err) {
				return nil, Rejectf("quote is not closed before the end of the file")
			}
			return nil, err
		}
		rec = append(append(rec, '\n'), b...)
		if bytes.Count(rec, []byte{'"'})%2 == 0 {
			return rec, err
		}
		if len(rec) > r.max {
			return nil, ErrLineTooLong
		}
	}
	return nil, Rejectf("quote is not closed within %d lines", maxRecordLines)
}

// SplitCSV appends the fields of one record to dst. It is lenient: text after a
// closing quote is kept, and a quote inside an unquoted field is a character.
func SplitCSV(dst []string, text string, comma byte) []string {
	if strings.IndexByte(text, '"') < 0 {
		for {
			i := strings.IndexByte(text, comma)
			if i < 0 {
				return append(dst, text)
			}
			dst, text = append(dst, text[:i]), text[i+1:]
		}
	}
	for {
		var field string
		var more bool
		field, text, more = csvField(text, comma)
		dst = append(dst, field)
		if !more {
			return dst
		}
	}
}

// csvField reads one field; more says that another follows.
func csvField(text string, comma byte) (field, rest string, more bool) {
	if !strings.HasPrefix(text, `"`) {
		return strings.Cut(text, string(comma))
	}
	var b strings.Builder
	text = text[1:]
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			b.WriteString(text) // not closed: the rest is the field
			return b.String(), "", false
		}
		b.WriteString(text[:i])
		text = text[i+1:]
		if !strings.HasPrefix(text, `"`) {
			break
		}
		b.WriteByte('"')
		text = text[1:]
	}
	tail, rest, more := strings.Cut(text, string(comma))
	b.WriteString(tail)
	return b.String(), rest, more
}
