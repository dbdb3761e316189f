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

// StackChanges shows the changes of a stack's resources on standard error, until Leave or Erase
// ends it.
type StackChanges interface {
	teardown.Progress
	Step(text string) // a step before the first change
	Pause()           // removes a board until something happens: somebody else writes now
	Leave()           // leaves the last state of a board on the terminal
	Erase()           // removes a board
}

// NewStackChanges returns a board on a terminal, which it draws from the first change on, and
// elsewhere a line for each change.
func (c *Console) NewStackChanges(planned []Planned) StackChanges {
	changes := &stackChanges{console: c, rows: newStackRows(planned)}
	if c.Redraws() {
		return &stackBoard{stackChanges: changes, region: c.newRegion()}
	}
	return &stackLog{stackChanges: changes}
}

// stackChanges is the common part of the board and the lines.
type stackChanges struct {
	console *Console
	mu      sync.Mutex
	rows    *stackRows
}

// failure returns the lines about a failed resource, or about a stack that gives up.
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
	stop   func()     // nil unless it is drawn
}

// Say writes a line above the board.
func (b *stackBoard) Say(line string) { b.console.Notice(line) }

// Event draws the board from now on. A change set's creation changes no resource, and a question
// may follow it.
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

// Waiting says how many resources are not gone yet.
func (b *stackBoard) Waiting(pending, all int) { b.Step(waitingFor(pending, all)) }

// Step says what happens to the stack as a whole.
func (b *stackBoard) Step(text string) {
	b.mu.Lock()
	b.rows.does(text, time.Now())
	b.mu.Unlock()
	b.begin()
}

// Pause removes the board until something happens. The time of a question does not count.
func (b *stackBoard) Pause() {
	b.Erase()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows.began = time.Time{}
}

func waitingFor(pending, all int) string {
	return fmt.Sprintf("waiting for %d of %s to be gone", pending, Counted(all, "resource"))
}

// begin starts the drawing, unless it has started.
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

// Leave leaves the last state on the terminal, unless nothing has changed.
func (b *stackBoard) Leave() {
	switch {
	case !b.ended():
	case b.rows.changed:
		b.rows.doing = "" // it is over
		b.draw()
	default:
		b.region.erase()
	}
}

// Erase removes the board.
func (b *stackBoard) Erase() {
	if b.ended() {
		b.region.erase()
	}
}

// ended ends the drawing. It reports whether there was one.
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

// stillEvery is the time between two lines about the resources that still change.
const stillEvery = 30 * time.Second

// stackLog writes a line for each change that has ended.
type stackLog struct {
	*stackChanges
	pending int    // the number of resources that it last waited for
	stop    func() // nil before the first event
}

// Say writes a line.
func (l *stackLog) Say(line string) { l.console.Notice(line) }

// Event writes a line if a change has ended.
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

// still writes a line for each resource that has been changing for long.
func (l *stackLog) still() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range l.rows.rows {
		if now := time.Now(); row.state == rowChanges && now.Sub(row.since) >= stillEvery {
			l.console.Progress("%s still %s", printable(row.String()), row.progress(now))
		}
	}
}

// Step writes nothing: it takes no time that is worth a line.
func (l *stackLog) Step(string) {}

// Pause does nothing: lines stay.
func (l *stackLog) Pause() {}

// Look writes nothing: the proof follows.
func (l *stackLog) Look(teardown.Item) {}

// Waiting writes a line if the number has changed.
func (l *stackLog) Waiting(pending, all int) {
	if pending != l.pending {
		l.console.Progress("%s.", Capital(waitingFor(pending, all)))
	}
	l.pending = pending
}

// Leave ends the lines.
func (l *stackLog) Leave() {
	if l.stop != nil {
		l.stop()
	}
}

// Erase ends the lines too: what is written stays.
func (l *stackLog) Erase() { l.Leave() }
