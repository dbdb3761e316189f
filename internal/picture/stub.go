package picture

import (
	"cmp"
	"slices"
)

// Limits of the arrows in a picture. Graphviz adds a node for each row that an arrow crosses, and
// its time grows with the square of their number.
const (
	few    = 12  // states: a state machine of no more has no stubs, unless it is dense
	dense  = 4   // transitions for each node: with more, a small state machine in a large definition is dense
	shared = 5   // long arrows to the same state; more become stubs
	near   = 2   // rows: a shorter or equal arrow to a shared state counts as short
	budget = 700 // rows that all arrows of a definition may cross together, besides one for each node
)

// rowsFor returns the rows that the arrows of one state machine may cross together: its share of
// the budget by its nodes, but no less than two for each.
func rowsFor(nodes, all int) int { return max(budget*nodes/all, 2*nodes) }

// link represents a transition between two nodes of a state machine.
type link struct {
	from, to int
	length   int  // the rows that its arrow would cross; 0 in a small state machine
	up       bool // closes a loop, so its arrow leads up
	stub     bool // has a stub instead of an arrow: a short arrow to the name of the state
}

// choose decides which links of a large or dense state machine get stubs, and which lead up. The
// first link is the start, and leads from the first node.
//
// Long arrows from many states to the same one get stubs. If the others cross more rows together
// than they may, the longest get stubs too. The shortest arrow to each node stays, so the picture
// stays in one piece.
func choose(nodes int, links []link, rows int) {
	if nodes <= few+2 && len(links) <= max(dense*nodes, rows) { // with the start and the end
		return
	}
	arrange(nodes, links)
	order := make([]*link, len(links)) // the shortest first
	for i := range links {
		order[i] = &links[i]
	}
	slices.SortStableFunc(order, func(a, b *link) int { return cmp.Compare(a.length, b.length) })
	sources := farSources(nodes, links)
	reached := make([]bool, nodes)
	free := rows + nodes
	for _, l := range order {
		l.stub = reached[l.to] || l.from == l.to
		if !l.stub {
			reached[l.to] = true
			free -= l.length
		}
	}
	for _, l := range order {
		toShared := l.length > near && sources[l.to] > shared
		if l.stub && !toShared && l.length <= free {
			l.stub = false
			free -= max(1, l.length)
		}
	}
	stubLoops(nodes, links)
}

// farSources counts the nodes from which long arrows lead to each node.
func farSources(nodes int, links []link) []int {
	sources := make([]int, nodes)
	seen := map[[2]int]bool{}
	for _, l := range links {
		if ends := [2]int{l.from, l.to}; l.length > near && !seen[ends] {
			seen[ends] = true
			sources[l.to]++
		}
	}
	return sources
}

// stubLoops gives stubs to the loops of nodes with stubs, because an arrow would cross those.
func stubLoops(nodes int, links []link) {
	beside := make([]bool, nodes)
	for _, l := range links {
		beside[l.from] = beside[l.from] || l.stub
	}
	for i, l := range links {
		links[i].stub = l.stub || l.from == l.to && beside[l.from]
	}
}

// arrange puts the nodes into rows, much as Graphviz does. It sets the length of each link, and
// whether it leads up.
func arrange(nodes int, links []link) {
	leaving := make([][]*link, nodes)
	for i, l := range links {
		leaving[l.from] = append(leaving[l.from], &links[i])
	}
	var left []int // the last first
	entered, done := make([]bool, nodes), make([]bool, nodes)
	var visit func(n int)
	visit = func(n int) {
		entered[n] = true
		for _, l := range leaving[n] {
			if !entered[l.to] {
				visit(l.to)
			}
			l.up = !done[l.to]
		}
		done[n] = true
		left = append(left, n)
	}
	for n := range nodes {
		if !entered[n] {
			visit(n)
		}
	}
	rows := make([]int, nodes)
	for _, n := range slices.Backward(left) {
		for _, l := range leaving[n] {
			if !l.up {
				rows[l.to] = max(rows[l.to], rows[n]+1)
			}
		}
	}
	for i, l := range links {
		links[i].length = max(rows[l.to]-rows[l.from], rows[l.from]-rows[l.to])
	}
}
