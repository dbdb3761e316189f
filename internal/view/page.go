package view

import (
	_ "embed"
	"html/template"
	"io"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/safetext"
)

// Page is a report of executions as one HTML file that needs nothing else: no network, no script, no other file. What
// comes from outside is text in it, whatever it holds.
type Page struct {
	StateMachine string // its name
	Place        string // the account and region
	Made         time.Time
	Executions   []PageExecution // in the order of the list
}

// PageExecution is one of them.
type PageExecution struct {
	Scenario string // empty for an input of the user's own
	Graph    []byte // SVG, which goes into the page as it is; nil where NoGraph says why there is none
	NoGraph  string
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
		"pretty":  safetext.IndentJSON,
		"moment":  pageMoment,
		"short":   pageShort,
		"counted": Counted,
		"missing": missing,
	}).Parse(pageText))
)

// Write writes the page. Time and memory grow with the number of events.
func (p Page) Write(w io.Writer) error {
	shown := struct {
		Page
		Sections []pageSection
	}{Page: p}
	for i := range p.Executions {
		shown.Sections = append(shown.Sections, newPageSection(i+1, &p.Executions[i]))
	}
	return pageTemplate.Execute(w, shown)
}
