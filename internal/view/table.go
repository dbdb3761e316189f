package view

import (
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// column describes a column of a table.
type column struct {
	title string // in sentence case; empty for a column of signs
	right bool   // aligns values right, for numbers
	wraps bool   // breaks values at spaces on a narrow terminal
}

const (
	gap = "  " // between two columns
	// minWrapWidth is the minimum readable width of a column that wraps.
	minWrapWidth = 24
)

// printTable writes rows in aligned columns to standard output. It omits empty columns. If the rows
// are too wide for the terminal, columns that wrap get narrower. If that is not enough, their
// values move below each row. A row that is still too wide becomes lines of the form "title:
// value".
func (c *Console) printTable(columns []column, rows [][]string) {
	columns, rows = dropEmptyColumns(columns, rows)
	fits := make([]bool, len(rows))
	var fitting [][]string
	for i, row := range rows {
		if _, fits[i] = newLayout(columns, [][]string{row}, c.width); fits[i] {
			fitting = append(fitting, row)
		}
	}
	l, aligned := newLayout(columns, fitting, c.width)
	aligned = aligned && 2*len(fitting) > len(rows) // show titles only if most rows fit
	var text strings.Builder
	if aligned {
		l.writeTitles(&text)
	}
	for i, row := range rows {
		if aligned && fits[i] {
			l.writeRow(&text, row)
		} else {
			writeStacked(&text, columns, row, c.width)
		}
	}
	c.Text(text.String())
}

// printRecords writes a table to a terminal, and tab-separated values without titles to any other
// stream.
func (c *Console) printRecords(columns []column, rows [][]string) {
	if !c.isPiped() {
		c.printTable(columns, rows)
		return
	}
	var text strings.Builder
	for _, row := range rows {
		for i, value := range row {
			if i > 0 {
				text.WriteByte('\t')
			}
			text.WriteString(strings.Join(strings.Fields(printable(ansi.Strip(value))), " "))
		}
		text.WriteByte('\n')
	}
	c.Text(text.String())
}

// dropEmptyColumns returns the columns that have a value in any row, and the values of each row.
func dropEmptyColumns(columns []column, rows [][]string) (kept []column, values [][]string) {
	values = make([][]string, len(rows))
	for i, column := range columns {
		hasValue := false
		for _, row := range rows {
			hasValue = hasValue || row[i] != ""
		}
		if !hasValue {
			continue
		}
		kept = append(kept, column)
		for n, row := range rows {
			values[n] = append(values[n], row[i])
		}
	}
	return kept, values
}

// layout holds the widths of a table's columns.
type layout struct {
	columns []column
	widths  []int // 0 for a column whose values are below the row
	limit   int   // columns of the terminal; 0 without a terminal
}

// newLayout returns the layout of rows, and whether the rows fit into limit terminal columns.
func newLayout(columns []column, rows [][]string, limit int) (l layout, fits bool) {
	l = layout{columns: columns, limit: limit, widths: make([]int, len(columns))}
	minimum := make([]int, len(columns))
	for i, column := range columns {
		l.widths[i], minimum[i] = column.widths(rows, i)
	}
	if limit == 0 || l.width() <= limit {
		return l, true
	}
	full := l.widths
	l.widths = minimum
	if l.width() <= limit {
		l.widen(full)
		return l, true
	}
	for i, column := range columns {
		if column.wraps {
			l.widths[i] = 0
		}
	}
	return l, l.width() > 0 && l.width() <= limit
}

// widths returns the full width of the i-th column, and its minimum width on a narrow terminal.
func (c column) widths(rows [][]string, i int) (full, minimum int) {
	full = ansi.StringWidth(c.title)
	minimum = full
	for _, row := range rows {
		for line := range strings.SplitSeq(row[i], "\n") {
			full = max(full, ansi.StringWidth(line))
			if c.wraps {
				minimum = max(minimum, widestPiece(line))
			}
		}
	}
	if !c.wraps {
		return full, full
	}
	return full, min(full, max(minimum, minWrapWidth))
}

// widestPiece returns the width of the widest piece into which splitWord splits a line's words.
func widestPiece(line string) int {
	widest := 0
	for _, w := range splitWords(line) {
		for _, piece := range splitWord(w.text, math.MaxInt) {
			widest = max(widest, ansi.StringWidth(piece))
		}
	}
	return widest
}

// width returns the width of a row in terminal columns.
func (l layout) width() int {
	width := -len(gap)
	for _, w := range l.widths {
		if w > 0 {
			width += w + len(gap)
		}
	}
	return width
}

// widen widens the table's columns evenly, until each has its full width or a row fills the
// terminal.
func (l *layout) widen(full []int) {
	for bound := minWrapWidth; bound <= l.limit; bound++ {
		wider := *l
		wider.widths = make([]int, len(full))
		for i, width := range l.widths {
			wider.widths[i] = max(width, min(full[i], bound))
		}
		if wider.width() > l.limit {
			return
		}
		*l = wider
	}
}

func (l layout) writeTitles(text *strings.Builder) {
	titles := make([]string, len(l.columns))
	for i, column := range l.columns {
		titles[i] = strong.Render(strings.ToUpper(column.title))
	}
	l.writeCells(text, titles)
}

// writeRow writes a row, and below it the values of columns with width 0.
func (l layout) writeRow(text *strings.Builder, row []string) {
	l.writeCells(text, row)
	for i, column := range l.columns {
		if l.widths[i] == 0 && row[i] != "" {
			writeField(text, gap, column.title, row[i], l.limit)
		}
	}
}

// writeCells writes a row's values side by side, in as many lines as the values need.
func (l layout) writeCells(text *strings.Builder, row []string) {
	cells := make([][]string, len(row))
	height := 0
	for i, value := range row {
		if l.widths[i] > 0 {
			cells[i] = wrapCell(value, l.widths[i])
			height = max(height, len(cells[i]))
		}
	}
	for n := range height {
		var line strings.Builder
		for i, lines := range cells {
			if l.widths[i] == 0 {
				continue
			}
			value := ""
			if n < len(lines) {
				value = lines[n]
			}
			space := strings.Repeat(" ", l.widths[i]-ansi.StringWidth(value))
			if l.columns[i].right {
				value, space = space+value, ""
			}
			line.WriteString(value + space + gap)
		}
		text.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// wrapCell breaks a value into lines of at most width columns.
func wrapCell(value string, width int) []string {
	var lines []string
	for line := range strings.SplitSeq(value, "\n") {
		if ansi.StringWidth(line) <= width {
			lines = append(lines, line)
			continue
		}
		var broken []word
		for _, w := range splitWords(line) {
			if ansi.StringWidth(w.text) <= width {
				broken = append(broken, w)
				continue
			}
			for _, piece := range splitWord(w.text, width) {
				broken = append(broken, word{w.space, piece})
				w.space = ""
			}
		}
		lines = append(lines, fillLines(broken, width, 0)...)
	}
	return lines
}

// writeStacked writes each value of a row on its own line, after its title.
func writeStacked(text *strings.Builder, columns []column, row []string, limit int) {
	indent := ""
	for i, value := range row {
		if value != "" {
			writeField(text, indent, columns[i].title, value, limit)
			indent = gap
		}
	}
}

// writeField writes a title and its value.
func writeField(text *strings.Builder, indent, title, value string, limit int) {
	if title != "" {
		title = strong.Render(title+":") + " "
	}
	lines := strings.ReplaceAll(value, "\n", "\n"+indent+gap)
	text.WriteString(wrapText(indent+title+lines, limit, len(gap)) + "\n")
}
