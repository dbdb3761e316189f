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

// Page is a report of executions: a single HTML file without scripts, which needs neither the
// network nor other files. The page escapes all external text.
type Page struct {
	StateMachine string // name of the state machine
	Location     string // account and region
	Created      time.Time
	Executions   []PageExecution // in the order of the page's list
}

// PageExecution is an execution in a page.
type PageExecution struct {
	ConsoleURL string // URL of the execution in the AWS console; empty for other endpoints
	Graph      []byte // SVG, which the page does not escape; nil if there is none
	NoGraph    string // reason why Graph is nil
	NoTrace    string // reason why the trace ID is unknown; empty if the execution has no trace
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
		"box":     newPageBox,
		"moment":  pageTime,
		"short":   shortenForPage,
		"fields":  strings.Fields,
		"counted": Counted,
		"missing": missingText,
	}).Parse(pageText))
)

// Write writes the page. The time and memory that it needs grow linearly with the number of events.
func (p Page) Write(w io.Writer) error {
	shown := struct {
		Page
		Sections       []*pageSection
		Filters        []pageFilter
		MinGraphWidths []int // page widths below which graphs scroll, in ascending order
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
