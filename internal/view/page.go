package view

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"retrycatch/internal/history"
)

// Page is a report of executions: a single HTML file without scripts. It needs neither the network
// nor other files, and escapes all external text.
type Page struct {
	StateMachine string // name of the state machine
	Location     string // account and region
	Created      time.Time
	Executions   []PageExecution // in the order of the list
}

// PageExecution is an execution in a Page.
type PageExecution struct {
	ConsoleURL string // page in AWS's console; empty if there is none
	Graph      []byte // SVG, inserted without escaping; nil if there is none
	NoGraph    string // reason for a missing graph
	NoTrace    string // reason for an unknown trace ID; empty for an execution without a trace
	history.Execution
}

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyles string

	pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
		"styles":  func() template.CSS { return pageColors() + template.CSS(pageStyles) },
		"strokes": func() []stroke { return strokes },
		"text":    newPageBox,
		"moment":  pageTime,
		"short":   shortenForPage,
		"fields":  strings.Fields,
		"counted": Counted,
		"missing": missingText,
	}).Parse(pageText))
)

// Write writes the page. It takes time and memory in proportion to the number of events.
func (p Page) Write(w io.Writer) error {
	shown := struct {
		Page
		Sections       []*pageSection
		Filters        []pageFilter
		MinGraphWidths []int // widths below which the graphs scroll, in ascending order
	}{Page: p}
	for i := range p.Executions {
		section := newPageSection(i+1, &p.Executions[i])
		shown.Sections = append(shown.Sections, section)
		shown.MinGraphWidths = append(shown.MinGraphWidths, section.MinGraphWidth())
	}
	slices.Sort(shown.MinGraphWidths)
	shown.MinGraphWidths = slices.Compact(shown.MinGraphWidths)
	shown.Filters = addFilters(shown.Sections)
	return pageTemplate.Execute(w, shown)
}
