package plan

import (
	"net/url"
	"regexp"
)

// gap is a place in a template: {caller}, {attributes.topic}.
var gap = regexp.MustCompile(`\{[A-Za-z0-9_.-]+\}`)

// Fill puts values into the template of a page that is opened for an agent; what is
// not known is left empty. Values are escaped: a caller's input cannot lead the page
// elsewhere. An empty template gives "".
func Fill(template string, value func(name string) string) string {
	return gap.ReplaceAllStringFunc(template, func(m string) string { return url.QueryEscape(value(m[1 : len(m)-1])) })
}
