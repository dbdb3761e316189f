package view

import (
	"time"

	"retrycatch/internal/functionlog"
)

// Logs is the function's log during an execution.
type Logs struct {
	Group      string    // name of the log group
	AllCallers bool      // Records includes the records of other callers
	Start      time.Time // start of the execution
	Records    []functionlog.Record
}

// Text prints a row for each record, with the time since Start.
func (l Logs) Text(c *Console) {
	title := "Logs in " + printable(l.Group)
	if l.AllCallers {
		title += " for all callers during the execution"
	}
	c.Print("\n%s", wrapText(strong.Render(title), c.width, 2))
	var rows [][]string
	for _, record := range l.Records {
		line := record.Line()
		level := printable(line.Level)
		if level == "ERROR" {
			level = failStyle.Render(level)
		}
		rows = append(rows, []string{offsetText(record.Time, l.Start), level, printable(line.String())})
	}
	c.printTable([]column{{title: "Time", right: true}, {title: "Level"}, {title: "Message", wraps: true}}, rows)
}

// logDocument is a log record in the JSON document of inspect.
type logDocument struct {
	Time    time.Time `json:"timestamp"` // time of the log record
	Message any       `json:"message"`   // JSON as the function logged it, or a string
}

func newLogDocuments(records []functionlog.Record) []logDocument {
	var documents []logDocument
	for _, record := range records {
		documents = append(documents, logDocument{record.Time, jsonValue(record.Text)})
	}
	return documents
}
