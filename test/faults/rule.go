package faults

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// Fault names a kind of fault.
type Fault string

// The faults.
const (
	Throttle      Fault = "throttled"   // the service's own error for too many requests
	InternalError Fault = "internal"    // status 500
	Unavailable   Fault = "unavailable" // status 503
	CutBefore     Fault = "cut before"  // the connection breaks before the endpoint sees the request
	CutAfter      Fault = "cut after"   // the endpoint carries out the request, and only half of the answer arrives
	Delay         Fault = "delayed"     // the request and its complete answer are late
	down          Fault = "refused"     // the fault of Down
	none          Fault = ""
)

// Rule injects a fault into some calls of some operations.
type Rule struct {
	Operation string // such as "states:ListExecutions"; "states:*" covers a service, "*" everything
	Calls     Calls
	Fault     Fault
	Wait      time.Duration // for Delay
}

// Calls selects calls. n counts the calls of the operation, from 1. draw is a random number from 0
// to 1, which is always the same for the same seed, rule, operation and n.
type Calls func(n int, draw float64) bool

// Share selects a share of the calls, from 0 to 1.
func Share(rate float64) Calls { return func(_ int, draw float64) bool { return draw < rate } }

// Nth selects one call of each operation.
func Nth(number int) Calls { return func(n int, _ float64) bool { return n == number } }

// First selects the first calls of each operation.
func First(count int) Calls { return func(n int, _ float64) bool { return n <= count } }

// covers reports whether a pattern matches a name. A trailing * matches any suffix.
func covers(pattern, name string) bool {
	prefix, isPrefix := strings.CutSuffix(pattern, "*")
	return pattern == name || isPrefix && strings.HasPrefix(name, prefix)
}

// decide returns the first rule that selects a call. It depends only on the call's own number, so
// the order of calls of other operations does not matter.
func decide(seed uint64, rules []Rule, operation string, n int) Rule {
	for i, rule := range rules {
		if covers(rule.Operation, operation) && rule.Calls(n, draw(seed, i, operation, n)) {
			return rule
		}
	}
	return Rule{Fault: none}
}

func draw(seed uint64, rule int, operation string, n int) float64 {
	hash := fnv.New64a()
	fmt.Fprint(hash, rule, operation, n)
	return rand.New(rand.NewPCG(seed, hash.Sum64())).Float64()
}
