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

// Page is a report of executions: one HTML file without a script that needs neither the network nor
// another file. It escapes all text from outside.
type Page struct {
	StateMachine string // its name
	Place        string // the account and region
	Made         time.Time
	Executions   []PageExecution // in the order of the list
}

// PageExecution is an execution in a Page.
type PageExecution struct {
	ConsoleURL string // of AWS's console; empty if it does not show the execution
	Graph      []byte // SVG, inserted unescaped; nil if there is none
	NoGraph    string // why there is no graph
	NoTrace    string // why the trace ID is unknown; empty if there is none
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
		"moment":  pageMoment,
		"short":   pageShort,
		"fields":  strings.Fields,
		"counted": Counted,
		"missing": missing,
	}).Parse(pageText))
)

// Write writes the page. Time and memory grow with the number of events.
func (p Page) Write(w io.Writer) error {
	shown := struct {
		Page
		Sections []*pageSection
		Filters  []pageFilter
		Leasts   []int // widths below which graphs scroll
	}{Page: p}
	for i := range p.Executions {
		section := newPageSection(i+1, &p.Executions[i])
		shown.Sections = append(shown.Sections, section)
		shown.Leasts = append(shown.Leasts, section.GraphLeast())
	}
	slices.Sort(shown.Leasts)
	shown.Leasts = slices.Compact(shown.Leasts)
	shown.Filters = filter(shown.Sections)
	return pageTemplate.Execute(w, shown)
}
