package picture

import (
	"cmp"
	"slices"
)

// Limits for the arrows in a picture. A stub is a short arrow to the name of the target. Stubs keep
// layouts fast: Graphviz adds a node for each row that an arrow crosses, and its running time grows
// with the square of the number of nodes.
const (
	maxSmall        = 12  // maximum number of states in a small state machine, which gets stubs only if dense
	denseRatio      = 4   // a state machine with more transitions per node is dense
	maxSharedArrows = 5   // maximum number of long arrows to one node; if there are more, they become stubs
	shortLength     = 2   // an arrow that crosses more rows is long
	rowBudget       = 700 // total rows that a definition's arrows may cross, in addition to one per node
)

// rowLimit returns the number of rows that the arrows of one state machine may cross in total, in
// addition to one per node. Each node gets the same share of rowBudget, but at least two rows.
func rowLimit(nodeCount, totalNodes int) int { return max(rowBudget*nodeCount/totalNodes, 2*nodeCount) }

// link is a transition between two nodes of a state machine.
type link struct {
	from, to int
	length   int  // rows that an arrow would cross; 0 in a small, sparse state machine
	up       bool // closes a cycle, so an arrow would lead up
	stub     bool // is drawn as a stub instead of an arrow to its target
}

// chooseStubs replaces arrows of a large or dense state machine with stubs. Node 0 is the start.
//
// Long arrows from many nodes to the same node become stubs. If the other arrows cross too many
// rows (see rowLimit), the longest ones become stubs too. The shortest arrow to each node remains,
// so that the graph stays connected.
func chooseStubs(nodeCount int, links []link, limit int) {
	if nodeCount <= maxSmall+2 && len(links) <= max(denseRatio*nodeCount, limit) { // 2 for the start and the end
		return
	}
	assignRows(nodeCount, links)
	order := make([]*link, len(links)) // by length, ascending
	for i := range links {
		order[i] = &links[i]
	}
	slices.SortStableFunc(order, func(a, b *link) int { return cmp.Compare(a.length, b.length) })
	sources := countFarSources(nodeCount, links)
	reached := make([]bool, nodeCount)
	free := limit + nodeCount
	for _, l := range order {
		l.stub = reached[l.to] || l.from == l.to
		if !l.stub {
			reached[l.to] = true
			free -= l.length
		}
	}
	for _, l := range order {
		toShared := l.length > shortLength && sources[l.to] > maxSharedArrows
		if l.stub && !toShared && l.length <= free {
			l.stub = false
			free -= max(1, l.length)
		}
	}
	stubLoops(nodeCount, links)
}

// countFarSources returns, for each node, the number of nodes from which long arrows lead to it.
func countFarSources(nodeCount int, links []link) []int {
	sources := make([]int, nodeCount)
	seen := map[[2]int]bool{}
	for _, l := range links {
		if ends := [2]int{l.from, l.to}; l.length > shortLength && !seen[ends] {
			seen[ends] = true
			sources[l.to]++
		}
	}
	return sources
}

// stubLoops turns the loops of each node that has stubs into stubs too. The arrow of a loop, which
// leads from a node to itself, would cross the other stubs.
func stubLoops(nodeCount int, links []link) {
	hasStubs := make([]bool, nodeCount)
	for _, l := range links {
		hasStubs[l.from] = hasStubs[l.from] || l.stub
	}
	for i, l := range links {
		links[i].stub = l.stub || l.from == l.to && hasStubs[l.from]
	}
}

// assignRows puts the nodes into rows, much as Graphviz does. It sets length and up of each link.
func assignRows(nodeCount int, links []link) {
	outgoing := make([][]*link, nodeCount)
	for i, l := range links {
		outgoing[l.from] = append(outgoing[l.from], &links[i])
	}
	var finished []int // nodes in the order in which the depth-first search finishes them
	entered, done := make([]bool, nodeCount), make([]bool, nodeCount)
	var visit func(n int)
	visit = func(n int) {
		entered[n] = true
		for _, l := range outgoing[n] {
			if !entered[l.to] {
				visit(l.to)
			}
			l.up = !done[l.to]
		}
		done[n] = true
		finished = append(finished, n)
	}
	for n := range nodeCount {
		if !entered[n] {
			visit(n)
		}
	}
	rows := make([]int, nodeCount)
	for _, n := range slices.Backward(finished) {
		for _, l := range outgoing[n] {
			if !l.up {
				rows[l.to] = max(rows[l.to], rows[n]+1)
			}
		}
	}
	for i, l := range links {
		links[i].length = max(rows[l.to]-rows[l.from], rows[l.from]-rows[l.to])
	}
}
