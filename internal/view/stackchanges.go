package view

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/teardown"
)

// StackChanges shows the changes to a stack's resources on standard error, until End or Erase is
// called.
type StackChanges interface {
	teardown.Progress
	Step(text string) // shows a step that affects the whole stack but changes no resource
	Pause()           // erases a board until the next event or step, so that other code can write
	End()             // stops and leaves the last state on the terminal
	Erase()           // stops and erases a board; a log stays
}

// NewStackChanges returns a board for a terminal. The board appears with the first event or step,
// and its rows with the first change. For any other stream, NewStackChanges returns a log with a
// line for each change.
func (c *Console) NewStackChanges(planned []PlannedResource) StackChanges {
	changes := &stackChanges{console: c, rows: newStackRows(planned)}
	if c.CanRedraw() {
		return &stackBoard{stackChanges: changes, region: c.newRegion()}
	}
	return &stackLog{stackChanges: changes}
}

// stackChanges holds the fields that the board and the log share.
type stackChanges struct {
	console *Console
	mu      sync.Mutex
	rows    *stackRows
}

// failureText describes the failure of a resource or of the stack. It returns "" for any other
// event.
func (s *stackChanges) failureText(e inventory.Event, ended *stackRow) string {
	switch {
	case ended != nil && ended.state == rowFailed:
		return markFailed(printable(fmt.Sprintf("%s: %s: %s", ended.Resource, ended.word, e.Reason)))
	case e.OfStack && e.Reason != "" && (strings.Contains(string(e.Status), "ROLLBACK") ||
		strings.HasSuffix(string(e.Status), "_FAILED")):
		return printable(fmt.Sprintf("The stack %s is %s: %s", e.LogicalID, e.Status, e.Reason))
	}
	return ""
}

// stackBoard shows a line for each resource, redrawn in place.
type stackBoard struct {
	*stackChanges
	region *region
	stopMu sync.Mutex // guards stop
	stop   func()     // nil while the board is not drawn
}

// Say writes a line above the board.
func (b *stackBoard) Say(line string) { b.console.Notice(line) }

// Event updates and draws the board. It ignores the creation of a change set, because the user may
// have to approve the change set before any resource changes.
func (b *stackBoard) Event(e inventory.Event) {
	if e.Status == types.ResourceStatus(types.StackStatusReviewInProgress) {
		return
	}
	b.mu.Lock()
	ended := b.rows.applyEvent(e, time.Now())
	failure := b.failureText(e, ended)
	b.mu.Unlock()
	b.startDrawing()
	if failure != "" {
		columns, _ := b.region.maxSize()
		b.writeAbove(wrapText(failure, columns, 2))
	}
}

// ShowItem updates the row of a resource that was checked after the stack's deletion.
func (b *stackBoard) ShowItem(item teardown.Item) {
	b.mu.Lock()
	b.rows.applyCheck(item, time.Now())
	b.mu.Unlock()
	b.startDrawing()
}

// Waiting shows how many resources still exist.
func (b *stackBoard) Waiting(pending, all int) { b.Step(pendingText(pending, all)) }

// Step shows a step of the whole stack in the footer.
func (b *stackBoard) Step(text string) {
	b.mu.Lock()
	b.rows.setStep(text, time.Now())
	b.mu.Unlock()
	b.startDrawing()
}

// Pause erases the board until the next event or step, which restarts the clock.
func (b *stackBoard) Pause() {
	b.Erase()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows.began = time.Time{}
}

func pendingText(pending, all int) string {
	return fmt.Sprintf("waiting for %d of %s to disappear", pending, Counted(all, "resource"))
}

// startDrawing starts to redraw the board, unless it is already being redrawn.
func (b *stackBoard) startDrawing() {
	b.stopMu.Lock()
	defer b.stopMu.Unlock()
	if b.stop != nil {
		return
	}
	b.stop = animate(redrawInterval, b.draw)
	b.draw()
	b.console.setLive(b)
}

func (b *stackBoard) draw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	columns, lines := b.region.maxSize()
	b.region.draw(b.rows.lines(time.Now(), columns, lines)...)
}

// writeAbove writes a line above the board.
func (b *stackBoard) writeAbove(line string) {
	b.mu.Lock()
	b.region.writeAbove(line)
	b.mu.Unlock()
	b.draw()
}

// End leaves the last state on the terminal, or erases a board that shows no change.
func (b *stackBoard) End() {
	switch {
	case !b.stopDrawing():
	case b.rows.changed:
		b.rows.step = ""
		b.draw()
	default:
		b.region.erase()
	}
}

func (b *stackBoard) Erase() {
	if b.stopDrawing() {
		b.region.erase()
	}
}

// stopDrawing stops redrawing the board, and reports whether the board was drawn.
func (b *stackBoard) stopDrawing() bool {
	b.stopMu.Lock()
	defer b.stopMu.Unlock()
	if b.stop == nil {
		return false
	}
	b.stop()
	b.stop = nil
	b.console.setLive(nil)
	return true
}

// unfinishedInterval is the time between two lines about an unfinished change.
const unfinishedInterval = 30 * time.Second

// stackLog writes a line for each finished change.
type stackLog struct {
	*stackChanges
	pending int    // number of pending resources in the last line that Waiting wrote
	stop    func() // nil before the first event
}

// Say writes a line.
func (l *stackLog) Say(line string) { l.console.Notice(line) }

// Event writes a line about a finished change, or about a failure of the stack.
func (l *stackLog) Event(e inventory.Event) {
	if l.stop == nil {
		l.stop = animate(unfinishedInterval, l.logUnfinished)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	ended := l.rows.applyEvent(e, time.Now())
	if failure := l.failureText(e, ended); failure != "" {
		l.console.Progress("%s", failure)
	} else if ended != nil {
		l.console.Done("%s %s", printable(ended.String()), ended.progressText(time.Now()))
	}
}

// logUnfinished writes a line for each change that has lasted for unfinishedInterval or longer.
func (l *stackLog) logUnfinished() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range l.rows.rows {
		if now := time.Now(); row.state == rowChanging && now.Sub(row.startedHere) >= unfinishedInterval {
			l.console.Progress("%s still %s", printable(row.String()), row.progressText(now))
		}
	}
}

// Step writes nothing, because steps are short.
func (l *stackLog) Step(string) {}

// Pause does nothing, because written lines stay.
func (l *stackLog) Pause() {}

// ShowItem writes nothing, because the teardown's result shows the same states.
func (l *stackLog) ShowItem(teardown.Item) {}

// Waiting writes a line if the number of pending resources has changed.
func (l *stackLog) Waiting(pending, all int) {
	if pending != l.pending {
		l.console.Progress("%s.", Capitalize(pendingText(pending, all)))
	}
	l.pending = pending
}

// End stops the log.
func (l *stackLog) End() {
	if l.stop != nil {
		l.stop()
	}
}

// Erase stops the log. Written lines stay.
func (l *stackLog) Erase() { l.End() }
