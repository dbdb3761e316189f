package main

import (
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// readScreen returns the runs of each row.
func readScreen(screen *vt.Emulator) [rows][]run {
	var result [rows][]run
	for row := range result {
		result[row] = readRow(screen, row)
	}
	return result
}

// readRow splits a row into runs. A run ends where the style changes, or after two spaces.
func readRow(screen *vt.Emulator, row int) []run {
	var runs []run
	var current run
	end := func() {
		text := strings.TrimRight(current.text, " ")
		current.width -= len(current.text) - len(text)
		current.text = text
		if text != "" {
			runs = append(runs, current)
		}
		current = run{}
	}
	for column := 0; column < columns; column++ {
		cell := screen.CellAt(column, row)
		if cell == nil || cell.Width == 0 { // the second half of a wide cell
			continue
		}
		class := classOf(cell.Style)
		if class != current.class || strings.HasSuffix(current.text, "  ") {
			end()
		}
		if current.text == "" {
			if cell.Content == " " {
				continue
			}
			current = run{column: column, class: class}
		}
		current.text += cell.Content
		current.width += cell.Width
	}
	end()
	return runs
}

// classOf returns the CSS classes of a style.
func classOf(style uv.Style) string {
	var classes []string
	if style.Attrs&uv.AttrBold != 0 {
		classes = append(classes, "bold")
	}
	if style.Attrs&uv.AttrFaint != 0 {
		classes = append(classes, "faint")
	}
	if name, ok := colorClasses[style.Fg]; ok {
		classes = append(classes, name)
	}
	return strings.Join(classes, " ")
}

// colorClasses holds the CSS classes of the colors that the commands use.
var colorClasses = map[color.Color]string{
	ansi.Red: "red", ansi.Green: "green", ansi.Yellow: "yellow", ansi.Blue: "blue", ansi.Magenta: "magenta", ansi.Cyan: "cyan",
}
