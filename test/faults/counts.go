package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Count counts the calls of one operation and their faults.
type Count struct {
	Operation string
	Calls     int
	Injected  map[Fault]int
	// LeftOver counts the faults since the operation's last complete answer. After them, the
	// caller gave up.
	LeftOver int
}

func (c *Count) add(fault Fault) {
	switch fault {
	case none:
		c.LeftOver = 0
		return
	case Delay:
		c.LeftOver = 0
	default:
		c.LeftOver++
	}
	c.Injected[fault]++
}

// Total returns the number of faults.
func (c Count) Total() int {
	total := 0
	for _, n := range c.Injected {
		total += n
	}
	return total
}

// Counts returns the counts so far, sorted by operation.
func (p *Proxy) Counts() []Count {
	p.mu.Lock()
	defer p.mu.Unlock()
	var counts []Count
	for _, operation := range slices.Sorted(maps.Keys(p.counts)) {
		count := *p.counts[operation]
		count.Injected = maps.Clone(count.Injected)
		counts = append(counts, count)
	}
	return counts
}

// String returns the counts as a table, for a test's log.
func (p *Proxy) String() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "operation\tcalls\tinjected\tsurvived\tleft over\tfaults")
	var calls, injected, left int
	for _, count := range p.Counts() {
		var faults []string
		for _, fault := range slices.Sorted(maps.Keys(count.Injected)) {
			faults = append(faults, fmt.Sprintf("%d %s", count.Injected[fault], fault))
		}
		total := count.Total()
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\n",
			count.Operation, count.Calls, total, total-count.LeftOver, count.LeftOver, strings.Join(faults, ", "))
		calls, injected, left = calls+count.Calls, injected+total, left+count.LeftOver
	}
	fmt.Fprintf(table, "all\t%d\t%d\t%d\t%d\t\n", calls, injected, injected-left, left)
	_ = table.Flush() // a Builder never fails
	return text.String()
}
