// Package report writes executions as one HTML page that needs nothing else: no network, no script, no other file. What
// comes from outside is text in it, whatever it holds.
package report

import (
	_ "embed"
	"html/template"
	"io"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/safetext"
)

// Page is what a report shows.
type Page struct {
	StateMachine string // its name
	Place        string // the account and region
	Made         time.Time
	Executions   []Execution // in the order of the list
}

// Execution is one of them.
type Execution struct {
	Name     string
	ARN      string
	Scenario string // empty for an input of the user's own
	Graph    []byte // SVG, which goes into the page as it is; nil where NoGraph says why there is none
	NoGraph  string
	history.Execution
}

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	styles string

	page = template.Must(template.New("page").Funcs(template.FuncMap{
		"styles":  func() template.CSS { return template.CSS(styles) },
		"pretty":  safetext.IndentJSON,
		"moment":  moment,
		"short":   short,
		"counted": counted,
	}).Parse(pageText))
)

// Write writes the page. Time and memory grow with the number of events.
func Write(w io.Writer, p Page) error {
	view := pageView{Page: p}
	for i, e := range p.Executions {
		view.Sections = append(view.Sections, newSection(i+1, e))
	}
	return page.Execute(w, view)
}
