package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Count holds the number of calls and injected faults of one operation.
type Count struct {
	Operation string
	Calls     int
	Injected  map[Fault]int
	// Unresolved is the number of faults since the operation's last complete response. No retry
	// succeeded after these faults.
	Unresolved int
}

func (c *Count) add(fault Fault) {
	switch fault {
	case noFault:
		c.Unresolved = 0
		return
	case Delay:
		c.Unresolved = 0
	default:
		c.Unresolved++
	}
	c.Injected[fault]++
}

// Total returns the number of injected faults.
func (c Count) Total() int {
	total := 0
	for _, n := range c.Injected {
		total += n
	}
	return total
}

// Counts returns the counts of all operations so far, sorted by operation.
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

// String returns the counts as a table for the test log.
func (p *Proxy) String() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "operation\tcalls\tinjected\trecovered\tunresolved\tfaults")
	var calls, injected, unresolved int
	for _, count := range p.Counts() {
		var faults []string
		for _, fault := range slices.Sorted(maps.Keys(count.Injected)) {
			faults = append(faults, fmt.Sprintf("%d %s", count.Injected[fault], fault))
		}
		total := count.Total()
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\n",
			count.Operation, count.Calls, total, total-count.Unresolved, count.Unresolved, strings.Join(faults, ", "))
		calls, injected, unresolved = calls+count.Calls, injected+total, unresolved+count.Unresolved
	}
	fmt.Fprintf(table, "all\t%d\t%d\t%d\t%d\t\n", calls, injected, injected-unresolved, unresolved)
	_ = table.Flush() // a Builder never fails
	return text.String()
}
