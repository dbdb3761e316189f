package faults

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// Fault is a kind of harm.
type Fault string

// The faults.
const (
	Throttle      Fault = "throttled"   // the service's own error for too many requests
	InternalError Fault = "internal"    // status 500
	Unavailable   Fault = "unavailable" // status 503
	CutBefore     Fault = "cut before"  // the connection breaks, and the endpoint has not seen the request
	CutAfter      Fault = "cut after"   // the request is carried out, and the connection breaks in the middle of the answer
	Delay         Fault = "delayed"     // the request is carried out later, and the answer is whole
	down          Fault = "refused"     // what Down does
	none          Fault = ""
)

// Rule does harm to some of the calls of some operations.
type Rule struct {
	Operation string // for example "states:ListExecutions"; "states:*" is all of a service, "*" is all
	Calls     Calls
	Fault     Fault
	Wait      time.Duration // of a Delay
}

// Calls chooses calls: by how manieth of its operation one is, from 1 on, or by its lot, which lies between 0 and 1 and is
// the same each time for a seed, a rule, an operation and a number.
type Calls func(n int, lot float64) bool

// Share is a part of the calls, between 0 and 1.
func Share(rate float64) Calls { return func(_ int, lot float64) bool { return lot < rate } }

// Nth is one call of each operation.
func Nth(number int) Calls { return func(n int, _ float64) bool { return n == number } }

// First are the first calls of each operation.
func First(count int) Calls { return func(n int, _ float64) bool { return n <= count } }

// covers reports whether a pattern matches a name. A * at its end matches any rest.
func covers(pattern, name string) bool {
	prefix, isPrefix := strings.CutSuffix(pattern, "*")
	return pattern == name || isPrefix && strings.HasPrefix(name, prefix)
}

// decide returns the first rule that hits a call. It looks at nothing but the call's own number, so that calls of other
// operations, which may come in any order, change nothing.
func decide(seed uint64, rules []Rule, operation string, n int) Rule {
	for i, rule := range rules {
		if covers(rule.Operation, operation) && rule.Calls(n, lot(seed, i, operation, n)) {
			return rule
		}
	}
	return Rule{Fault: none}
}

func lot(seed uint64, rule int, operation string, n int) float64 {
	hash := fnv.New64a()
	fmt.Fprint(hash, rule, operation, n)
	return rand.New(rand.NewPCG(seed, hash.Sum64())).Float64()
}
