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

// StackChanges shows the changes of a stack's resources on standard error, until Leave or Erase.
type StackChanges interface {
	teardown.Progress
	Step(text string) // shows a step that changes no resource
	Pause()           // erases a board until the next event, so that others can write
	Leave()           // leaves the last state of a board on the terminal
	Erase()           // erases a board
}

// NewStackChanges returns a board for a terminal, which appears with the first change. For any
// other stream it returns a log with a line for each change.
func (c *Console) NewStackChanges(planned []Planned) StackChanges {
	changes := &stackChanges{console: c, rows: newStackRows(planned)}
	if c.Redraws() {
		return &stackBoard{stackChanges: changes, region: c.newRegion()}
	}
	return &stackLog{stackChanges: changes}
}

// stackChanges is the common part of the board and the log.
type stackChanges struct {
	console *Console
	mu      sync.Mutex
	rows    *stackRows
}

// failure describes the failure of a resource, or of the stack. It returns "" for any other event.
func (s *stackChanges) failure(e inventory.Event, ended *stackRow) string {
	switch {
	case ended != nil && ended.state == rowFailed:
		return no(printable(fmt.Sprintf("%s: %s: %s", ended.Resource, ended.word, e.Reason)))
	case e.OfStack && e.Reason != "" && (strings.Contains(string(e.Status), "ROLLBACK") ||
		strings.HasSuffix(string(e.Status), "_FAILED")):
		return printable(fmt.Sprintf("The stack %s is %s: %s", e.LogicalID, e.Status, e.Reason))
	}
	return ""
}

// stackBoard redraws a line for each resource.
type stackBoard struct {
	*stackChanges
	region *region
	life   sync.Mutex // guards stop
	stop   func()     // nil while the board is not drawn
}

// Say writes a line above the board.
func (b *stackBoard) Say(line string) { b.console.Notice(line) }

// Event updates and draws the board. It ignores the creation of a change set, which changes no
// resource and may precede a question.
func (b *stackBoard) Event(e inventory.Event) {
	if e.Status == types.ResourceStatus(types.StackStatusReviewInProgress) {
		return
	}
	b.mu.Lock()
	ended := b.rows.event(e, time.Now())
	failure := b.failure(e, ended)
	b.mu.Unlock()
	b.begin()
	if failure != "" {
		columns, _ := b.region.room()
		b.above(wrapped(failure, columns, 2))
	}
}

// Look updates the row of a resource.
func (b *stackBoard) Look(item teardown.Item) {
	b.mu.Lock()
	b.rows.look(item, time.Now())
	b.mu.Unlock()
	b.begin()
}

// Waiting says how many resources still exist.
func (b *stackBoard) Waiting(pending, all int) { b.Step(waitingFor(pending, all)) }

// Step shows a step of the whole stack in the footer.
func (b *stackBoard) Step(text string) {
	b.mu.Lock()
	b.rows.does(text, time.Now())
	b.mu.Unlock()
	b.begin()
}

// Pause erases the board until the next event, and restarts its clock.
func (b *stackBoard) Pause() {
	b.Erase()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows.began = time.Time{}
}

func waitingFor(pending, all int) string {
	return fmt.Sprintf("waiting for %d of %s to disappear", pending, Counted(all, "resource"))
}

// begin starts drawing unless the board is drawn already.
func (b *stackBoard) begin() {
	b.life.Lock()
	defer b.life.Unlock()
	if b.stop != nil {
		return
	}
	b.stop = animate(redrawing, b.draw)
	b.draw()
	b.console.redraw(b)
}

func (b *stackBoard) draw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	columns, lines := b.region.room()
	b.region.draw(b.rows.lines(time.Now(), columns, lines)...)
}

// above writes a line above the board.
func (b *stackBoard) above(line string) {
	b.mu.Lock()
	b.region.above(line)
	b.mu.Unlock()
	b.draw()
}

// Leave leaves the last state on the terminal. It erases a board without a change.
func (b *stackBoard) Leave() {
	switch {
	case !b.ended():
	case b.rows.changed:
		b.rows.doing = ""
		b.draw()
	default:
		b.region.erase()
	}
}

// Erase erases the board.
func (b *stackBoard) Erase() {
	if b.ended() {
		b.region.erase()
	}
}

// ended stops drawing. It reports whether the board was drawn.
func (b *stackBoard) ended() bool {
	b.life.Lock()
	defer b.life.Unlock()
	if b.stop == nil {
		return false
	}
	b.stop()
	b.stop = nil
	b.console.redraw(nil)
	return true
}

// stillEvery is the time between two lines about a resource that still changes.
const stillEvery = 30 * time.Second

// stackLog writes a line for each finished change.
type stackLog struct {
	*stackChanges
	pending int    // number of resources in the last line about waiting
	stop    func() // nil before the first event
}

// Say writes a line.
func (l *stackLog) Say(line string) { l.console.Notice(line) }

// Event writes a line about a finished change.
func (l *stackLog) Event(e inventory.Event) {
	if l.stop == nil {
		l.stop = animate(stillEvery, l.still)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	ended := l.rows.event(e, time.Now())
	if failure := l.failure(e, ended); failure != "" {
		l.console.Progress("%s", failure)
	} else if ended != nil {
		l.console.Done("%s %s", printable(ended.String()), ended.progress(time.Now()))
	}
}

// still writes a line for each resource that has been changing for stillEvery or longer.
func (l *stackLog) still() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range l.rows.rows {
		if now := time.Now(); row.state == rowChanges && now.Sub(row.since) >= stillEvery {
			l.console.Progress("%s still %s", printable(row.String()), row.progress(now))
		}
	}
}

// Step writes nothing, because steps are short.
func (l *stackLog) Step(string) {}

// Pause does nothing: written lines stay.
func (l *stackLog) Pause() {}

// Look writes nothing, because the proof follows.
func (l *stackLog) Look(teardown.Item) {}

// Waiting writes a line if the number has changed.
func (l *stackLog) Waiting(pending, all int) {
	if pending != l.pending {
		l.console.Progress("%s.", Capital(waitingFor(pending, all)))
	}
	l.pending = pending
}

// Leave ends the log.
func (l *stackLog) Leave() {
	if l.stop != nil {
		l.stop()
	}
}

// Erase ends the log: written lines stay.
func (l *stackLog) Erase() { l.Leave() }
