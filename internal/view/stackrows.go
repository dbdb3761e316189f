package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/teardown"
)

// stackRows holds the changes to the resources of a stack. It does no I/O. Callers pass the current
// time.
type stackRows struct {
	rows         []*stackRow
	began        time.Time // zero before the first event
	changed      bool      // the state of at least one resource has changed
	totalUnknown bool      // the total number of changes is unknown
	step         string    // current step of the whole stack
}

// stackRow is a resource with its latest change.
type stackRow struct {
	resource.Resource
	logicalID    string // empty before the first event of the resource
	state        rowState
	word         string    // word for the state, such as "creating"
	startedInAWS time.Time // start of the latest change, by CloudFormation's clock
	startedHere  time.Time // start of the latest change, by the local clock
	took         time.Duration
}

type rowState int

const (
	rowWaiting rowState = iota
	rowChanging
	rowDone
	rowFailed
)

// PlannedResource is a resource that the next change of the stack is expected to affect.
type PlannedResource struct {
	resource.Resource        // ID is the resource's ID, or else its name or logical ID
	LogicalID         string // empty if unknown
}

func newStackRows(planned []PlannedResource) *stackRows {
	s := &stackRows{totalUnknown: len(planned) == 0}
	for _, p := range planned {
		s.rows = append(s.rows, &stackRow{Resource: p.Resource, logicalID: p.LogicalID, word: "waiting"})
	}
	return s
}

// start starts the clock, unless it is already running.
func (s *stackRows) start(now time.Time) {
	if s.began.IsZero() {
		s.began = now
	}
}

// setStep sets the current step of the whole stack.
func (s *stackRows) setStep(what string, now time.Time) {
	s.start(now)
	s.step = printable(what)
}

// applyEvent updates the row of an event's resource. It returns the row if the change has ended, or
// else nil.
func (s *stackRows) applyEvent(e inventory.Event, now time.Time) *stackRow {
	s.start(now)
	if e.OfStack {
		// An update can change fewer resources than its change set lists:
		// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html
		if strings.HasPrefix(string(e.Status), "UPDATE_") {
			s.totalUnknown = true
			s.rows = slices.DeleteFunc(s.rows, func(row *stackRow) bool { return row.state == rowWaiting })
		}
		s.setStep(fmt.Sprintf("stack %s: %s", e.LogicalID, e.Status), now)
		return nil
	}
	if !e.Kind.ExistsOutsideStack() {
		return nil
	}
	s.changed = true
	row := s.findOrAdd(e)
	state, word := rowStateOf(e.Status)
	if state == rowChanging && row.word == word { // CloudFormation repeats the event with the resource's ID
		return nil
	}
	if state == rowChanging {
		row.startedInAWS, row.startedHere, row.took = e.At, now, 0
	} else if !row.startedInAWS.IsZero() {
		row.took = max(0, e.At.Sub(row.startedInAWS))
	}
	row.state, row.word = state, word
	if state == rowChanging {
		return nil
	}
	return row
}

// findOrAdd returns the row of an event's resource, and adds a missing row.
func (s *stackRows) findOrAdd(e inventory.Event) *stackRow {
	i := slices.IndexFunc(s.rows, func(r *stackRow) bool { return r.logicalID == e.LogicalID })
	if i < 0 {
		i = slices.IndexFunc(s.rows, func(r *stackRow) bool { return r.logicalID == "" && r.Resource == e.Resource })
	}
	if i < 0 {
		i = len(s.rows)
		s.rows = append(s.rows, &stackRow{Resource: resource.Resource{Kind: e.Kind, ID: e.LogicalID}})
	}
	row := s.rows[i]
	row.logicalID = e.LogicalID
	if e.ID != "" {
		row.ID = e.ID
	}
	return row
}

// applyCheck updates a resource's row with the result of a check after the stack's deletion.
func (s *stackRows) applyCheck(item teardown.Item, now time.Time) {
	s.setStep("checking each service", now)
	s.changed = true
	for _, row := range s.rows {
		if row.Resource != item.Resource {
			continue
		}
		row.state, row.word, row.took = rowDone, string(item.State), 0
		switch item.State {
		case teardown.Gone, teardown.Kept:
		case teardown.Foreign:
			row.word = "not ours"
		default:
			row.state = rowWaiting
		}
	}
}

// rowStateOf returns the row state for a resource status, and the state's word.
func rowStateOf(status types.ResourceStatus) (rowState, string) {
	text := string(status)
	actions := []struct{ part, doing, done, failed string }{
		{"ROLLBACK_", "rolling back", "rolled back", "not rolled back"}, // first, to match UPDATE_ROLLBACK_COMPLETE
		{"CREATE_", "creating", "created", "not created"},
		{"UPDATE_", "updating", "updated", "not updated"},
		{"DELETE_", "deleting", "deleted", "not deleted"},
		{"IMPORT_", "importing", "imported", "not imported"},
	}
	for _, action := range actions {
		switch {
		case !strings.Contains(text, action.part):
		case strings.HasSuffix(text, "_IN_PROGRESS"):
			return rowChanging, action.doing
		case strings.HasSuffix(text, "_COMPLETE"):
			return rowDone, action.done
		case strings.HasSuffix(text, "_FAILED"):
			return rowFailed, action.failed
		case status == types.ResourceStatusDeleteSkipped:
			return rowDone, "kept"
		}
	}
	return rowDone, text
}

// rowSigns maps states to their signs and styles.
var rowSigns = map[rowState]struct {
	sign  string
	style lipgloss.Style
}{
	rowWaiting: {"·", faint}, rowChanging: {"●", strong}, rowDone: {"✓", passStyle}, rowFailed: {"✗", failStyle},
}

// progressText returns the row's word, and the duration of the change.
func (r *stackRow) progressText(now time.Time) string {
	switch {
	case r.state == rowChanging:
		return r.word + " " + wholeSeconds(now.Sub(r.startedHere))
	case r.state == rowFailed && r.took >= minShownTime:
		return r.word + " (" + Seconds(r.took) + ")"
	case r.took >= minShownTime:
		return r.word + " in " + Seconds(r.took)
	default:
		return r.word
	}
}

// minShownTime is the shortest duration that Seconds does not round to zero.
const minShownTime = 50 * time.Millisecond

func wholeSeconds(d time.Duration) string { return formatDuration(d.Truncate(time.Second), 0) }

// minProgressWidth is the minimum width of the progress column. It keeps the width of the name
// column constant.
const minProgressWidth = len("created in 10.0 s")

// minWidthForKinds is the width below which the board omits the kinds of resources.
const minWidthForKinds = 60

// lines returns the rows and then a footer, in at most maxLines lines. It shortens names so that
// the rows fit into the given number of columns.
func (s *stackRows) lines(now time.Time, columns, maxLines int) []string {
	kindWidth, nameWidth, progressWidth, done := 0, 0, minProgressWidth, 0
	for _, row := range s.rows {
		kindWidth = max(kindWidth, ansi.StringWidth(row.Kind.Title()))
		nameWidth = max(nameWidth, ansi.StringWidth(printable(row.Name())))
		progressWidth = max(progressWidth, len(row.progressText(now)))
		if row.state == rowDone {
			done++
		}
	}
	if columns < minWidthForKinds {
		kindWidth = 0
	}
	nameWidth = min(nameWidth, max(8, columns-2-kindWidth-len(gap)*2-progressWidth))
	shown := s.visibleRows(maxLines - 1)
	if !s.changed {
		shown = nil
	}
	var lines []string
	for _, row := range shown {
		sign := rowSigns[row.state]
		lines = append(lines, sign.style.Render(sign.sign)+" "+fitColumn(row.Kind.Title(), kindWidth)+
			gap[:min(kindWidth, len(gap))]+
			fitColumn(printable(row.Name()), nameWidth)+gap+sign.style.Render(row.progressText(now)))
	}
	footer := wholeSeconds(now.Sub(s.began))
	switch {
	case !s.changed:
	case s.totalUnknown:
		footer = fmt.Sprintf("%d done  %s", done, footer)
	default:
		footer = fmt.Sprintf("%d/%d  %s", done, len(s.rows), footer)
	}
	if hidden := len(s.rows) - len(shown); s.changed && hidden > 0 {
		footer += fmt.Sprintf("  (%d more)", hidden)
	}
	if s.step != "" {
		footer += "  " + s.step
	}
	return append(lines, strong.Render(footer))
}

// visibleRows returns at most limit rows, in their order. It prefers rows that are changing, then
// failed rows, waiting rows and finished rows.
func (s *stackRows) visibleRows(limit int) []*stackRow {
	if len(s.rows) <= limit {
		return s.rows
	}
	kept := map[*stackRow]bool{}
	for _, state := range []rowState{rowChanging, rowFailed, rowWaiting, rowDone} {
		for _, row := range s.rows {
			if row.state == state && len(kept) < limit {
				kept[row] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(s.rows), func(row *stackRow) bool { return !kept[row] })
}

// fitColumn returns text of exactly width columns. It removes the middle of longer text, because
// all alarm names start alike, and all names in a stage end alike.
func fitColumn(text string, width int) string {
	fullWidth := ansi.StringWidth(text)
	if fullWidth <= width || width < 2 {
		return padRight(ansi.Truncate(text, width, "…"), width)
	}
	end := (width - 1) / 2
	return padRight(ansi.Truncate(text, width-1-end, "")+"…"+ansi.TruncateLeft(text, fullWidth-end, ""), width)
}
