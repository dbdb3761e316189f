package view

import (
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// column describes a column of a list.
type column struct {
	title string // in sentence case
	right bool   // aligns numbers
	wraps bool   // breaks at words where the terminal is too narrow
}

const (
	gap = "  " // between two columns
	// narrowest is the width below which a column of words is hard to read.
	narrowest = 16
)

// list writes rows in aligned columns to standard output, without those that are empty. Where the
// terminal is too narrow, the columns that wrap get narrower. If that is not enough, each row
// becomes lines of the form "title: value".
func (c *Console) list(columns []column, rows [][]string) {
	columns, rows = withValues(columns, rows)
	widths, fits := fitted(columns, rows, c.width)
	if !fits {
		c.Text(entries(columns, rows, c.width))
		return
	}
	var text strings.Builder
	titles := make([]string, len(columns))
	for i, column := range columns {
		titles[i] = strong.Render(strings.ToUpper(column.title))
	}
	for _, row := range append([][]string{titles}, rows...) {
		writeRow(&text, columns, row, widths)
	}
	c.Text(text.String())
}

// records writes a list to a terminal. Elsewhere it writes a line for each row, without titles, with
// a tab between two values.
func (c *Console) records(columns []column, rows [][]string) {
	if !c.piped() {
		c.list(columns, rows)
		return
	}
	var text strings.Builder
	for _, row := range rows {
		for i, value := range row {
			if i > 0 {
				text.WriteByte('\t')
			}
			text.WriteString(strings.Join(strings.Fields(ansi.Strip(value)), " "))
		}
		text.WriteByte('\n')
	}
	c.Text(text.String())
}

// withValues omits the columns that are empty in each row.
func withValues(columns []column, rows [][]string) (kept []column, values [][]string) {
	values = make([][]string, len(rows))
	for i, column := range columns {
		filled := false
		for _, row := range rows {
			filled = filled || row[i] != ""
		}
		if !filled {
			continue
		}
		kept = append(kept, column)
		for n, row := range rows {
			values[n] = append(values[n], row[i])
		}
	}
	return kept, values
}

// fitted returns the width of each column. It reports whether they fit into limit columns of a
// terminal; a limit of 0 is none.
func fitted(columns []column, rows [][]string, limit int) (widths []int, fits bool) {
	least, full := make([]int, len(columns)), make([]int, len(columns))
	for i, column := range columns {
		full[i] = ansi.StringWidth(column.title)
		piece := full[i]
		for _, row := range rows {
			for line := range strings.SplitSeq(row[i], "\n") {
				full[i] = max(full[i], ansi.StringWidth(line))
				piece = max(piece, widestPiece(column, line))
			}
		}
		least[i] = min(full[i], max(piece, narrowest))
		if !column.wraps {
			least[i] = full[i]
		}
	}
	room := limit - len(gap)*(len(columns)-1)
	if limit <= 0 || sum(full) <= room {
		return full, true
	}
	widths = least
	for bound := narrowest; sum(least) <= room; bound++ { // as wide as each other, as far as there is room
		widths = least
		least = make([]int, len(columns))
		for i := range columns {
			least[i] = max(widths[i], min(full[i], bound))
		}
	}
	return widths, sum(widths) <= room
}

// widestPiece returns the width of the widest part of a line that its column keeps whole.
func widestPiece(c column, line string) int {
	widest := 0
	if !c.wraps {
		return widest
	}
	for _, w := range words(line) {
		for _, piece := range pieces(w.text, math.MaxInt) {
			widest = max(widest, ansi.StringWidth(piece))
		}
	}
	return widest
}

func sum(numbers []int) int {
	sum := 0
	for _, n := range numbers {
		sum += n
	}
	return sum
}

// writeRow writes a row in as many lines as its longest value needs.
func writeRow(text *strings.Builder, columns []column, row []string, widths []int) {
	cells := make([][]string, len(row))
	height := 1
	for i, value := range row {
		cells[i] = cell(value, widths[i])
		height = max(height, len(cells[i]))
	}
	for n := range height {
		line := ""
		for i, lines := range cells {
			value := ""
			if n < len(lines) {
				value = lines[n]
			}
			space := strings.Repeat(" ", widths[i]-ansi.StringWidth(value))
			if columns[i].right {
				value, space = space+value, ""
			}
			if i > 0 {
				line += gap
			}
			line += value + space
		}
		text.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// cell returns the lines of a value. None is wider than width columns.
func cell(value string, width int) []string {
	var lines []string
	for line := range strings.SplitSeq(value, "\n") {
		if ansi.StringWidth(line) <= width {
			lines = append(lines, line)
			continue
		}
		var broken []word
		for _, w := range words(line) {
			if ansi.StringWidth(w.text) <= width {
				broken = append(broken, w)
				continue
			}
			for i, piece := range pieces(w.text, width) {
				if i > 0 {
					w.space = ""
				}
				broken = append(broken, word{w.space, piece})
			}
		}
		lines = append(lines, filled(broken, width, 0)...)
	}
	return lines
}

// entries writes each value on a line of its own.
func entries(columns []column, rows [][]string, width int) string {
	var text strings.Builder
	for _, row := range rows {
		indent := ""
		for i, value := range row {
			if value == "" {
				continue
			}
			for n, line := range strings.Split(value, "\n") {
				if n == 0 {
					line = strong.Render(columns[i].title+":") + " " + line
				} else {
					line = "  " + line
				}
				text.WriteString(wrapped(indent+line, width, 2) + "\n")
			}
			indent = gap
		}
	}
	return text.String()
}
