package view

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/look"
)

var (
	passStyle = lipgloss.NewStyle().Foreground(lipgloss.Green)
	failStyle = lipgloss.NewStyle().Foreground(lipgloss.Red).Bold(true)
	strong    = lipgloss.NewStyle().Bold(true)
	faint     = lipgloss.NewStyle().Faint(true)
)

// markPassed returns text with the sign of a passed check.
func markPassed(text string) string { return withSign(passStyle, "✓", text) }

// markFailed returns text with the sign of a failed check.
func markFailed(text string) string { return withSign(failStyle, "✗", text) }

// markNeutral returns text with the sign of a result that is neither good nor bad.
func markNeutral(text string) string { return withSign(strong, "●", text) }

// markUnknown returns text with the sign of a check without a result.
func markUnknown(text string) string { return withSign(strong, "?", text) }

func withSign(style lipgloss.Style, sign, text string) string {
	return style.Render(strings.TrimSpace(sign + " " + text))
}

// colorize returns text in the color of an outcome.
func colorize(o look.Outcome, text string) string {
	if o.Terminal == 0 || text == "" {
		return text
	}
	return foreground(o).Styled(text)
}

// foreground returns the style of an outcome's color. The style's Styled method is much faster than
// lipgloss's Render, which also lays out the text. A history can have 25,000 events.
func foreground(o look.Outcome) ansi.Style {
	return ansi.NewStyle().ForegroundColor(o.Terminal)
}
