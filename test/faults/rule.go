package faults

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// Fault says what a Rule does to a call.
type Fault string

// Kinds of faults.
const (
	Throttle      Fault = "throttled"    // the service's throttling error
	InternalError Fault = "internal"     // status 500
	Unavailable   Fault = "unavailable"  // status 503
	CutRequest    Fault = "cut request"  // the connection is reset before the endpoint sees the request
	CutResponse   Fault = "cut response" // the endpoint handles the request; half of the response arrives
	Delay         Fault = "delayed"      // the request reaches the endpoint late
	downFault     Fault = "down"         // injected by Down
	noFault       Fault = ""
)

// Rule injects a fault into those calls of Operation that Calls selects.
type Rule struct {
	Operation string // such as "states:ListExecutions"; "states:*" matches one service, "*" all operations
	Calls     Selector
	Fault     Fault
	Wait      time.Duration // only used by Delay
}

// Selector reports whether a rule applies to the nth call of an operation. It receives a random
// number from 0 to 1, which depends only on the seed, the rule, the operation and n.
type Selector func(n int, random float64) bool

// Share selects calls at random. rate is the share of the calls to select, from 0 to 1.
func Share(rate float64) Selector { return func(_ int, draw float64) bool { return draw < rate } }

// Nth selects the call with this number, counted from 1 for each operation.
func Nth(number int) Selector { return func(n int, _ float64) bool { return n == number } }

// First selects the first count calls of each operation.
func First(count int) Selector { return func(n int, _ float64) bool { return n <= count } }

// matchesPattern reports whether a pattern matches a name. A trailing * matches any suffix.
func matchesPattern(pattern, name string) bool {
	prefix, isPrefix := strings.CutSuffix(pattern, "*")
	return pattern == name || isPrefix && strings.HasPrefix(name, prefix)
}

// selectRule returns the first rule that applies to a call, or a rule without a fault. The order of
// calls to different operations does not change the result.
func selectRule(seed uint64, rules []Rule, operation string, n int) Rule {
	for i, rule := range rules {
		if matchesPattern(rule.Operation, operation) && rule.Calls(n, randomDraw(seed, i, operation, n)) {
			return rule
		}
	}
	return Rule{Fault: noFault}
}

func randomDraw(seed uint64, ruleIndex int, operation string, n int) float64 {
	hash := fnv.New64a()
	fmt.Fprint(hash, ruleIndex, operation, n)
	return rand.New(rand.NewPCG(seed, hash.Sum64())).Float64()
}
