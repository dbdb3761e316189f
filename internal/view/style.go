package view

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/look"
)

var (
	good   = lipgloss.NewStyle().Foreground(lipgloss.Green)
	wrong  = lipgloss.NewStyle().Foreground(lipgloss.Red).Bold(true)
	strong = lipgloss.NewStyle().Bold(true)
	faint  = lipgloss.NewStyle().Faint(true)
)

// The signs distinguish the results of a check without colors. Package look has the signs of steps
// and executions.

// yes marks a passed check.
func yes(text string) string { return marked(good, "✓", text) }

// no marks a failed check.
func no(text string) string { return marked(wrong, "✗", text) }

// neutral marks a result that is neither good nor bad.
func neutral(text string) string { return marked(strong, "●", text) }

// unknown marks a check without a result.
func unknown(text string) string { return marked(strong, "?", text) }

func marked(style lipgloss.Style, sign, text string) string {
	return style.Render(strings.TrimSpace(sign + " " + text))
}

// styled shows a text with an outcome's sign or word in the outcome's color.
func styled(o look.Outcome, text string) string {
	if o.Terminal == 0 || text == "" {
		return text
	}
	return foreground(o).Styled(text)
}

// foreground returns the style of an outcome's color. Its Styled is much faster than lipgloss's
// Render, which also lays out its text. A history can have 25,000 events.
func foreground(o look.Outcome) ansi.Style {
	return ansi.NewStyle().ForegroundColor(o.Terminal)
}
