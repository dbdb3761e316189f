// Package accountstub simulates an AWS account over time for tests. Its stacks and resources change
// behind the HTTP layer of awsstub. In a bubble of testing/synctest, its waits take no real time.
package accountstub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

// Account is an AWS account in one region. Set its fields before the first call.
type Account struct {
	*awsstub.Stub
	// Stale is the time after a change during which reads of stacks return the former state.
	Stale time.Duration
	// Forgets hides deleted stacks, even from reads by ARN, as on some endpoints.
	Forgets bool
	// NoTokens removes the tokens from the events of stacks. NoEvents removes all events.
	NoTokens, NoEvents bool
	// Expires is the time at which the credentials expire, or zero for never.
	Expires time.Time
	// Policies holds the names of the resource policies of CloudWatch Logs.
	Policies []string
	// Mappings maps the UUIDs of event source mappings to function ARNs.
	Mappings map[string]string
	// Rules holds the names of the EventBridge rules that target the state machine.
	Rules []string
	// OnlyRoles denies the caller every call except assuming the CDK's roles. An assumed role's key
	// is its kind: lookup can read, and deploy can use CloudFormation.
	OnlyRoles bool
	// Outdated is the number of executions that still start with the definition before the last
	// update.
	Outdated int

	mu         sync.Mutex
	executions []*execution // in the order of their start
	stacks     []*Stack
	things     map[resource.Resource][]*Thing
	denied     map[string]bool
	known      []string // names of operations
	before     map[string]func()
	Changes    []string // names of changing operations, each with the changed name
}

// Thing is a resource as its own service knows it.
type Thing struct {
	Since time.Time
	Until time.Time     // time of deletion; zero for an existing resource
	Lag   time.Duration // how long its service shows it after its deletion
	Tags  map[string]string

	Managed, Inline, Profiles []string      // of a role: policy ARNs, inline policy names, profile names
	Retention                 int           // of a log group, in days; 0 for unlimited
	Protected                 bool          // of a log group: deletion protection
	Running                   []string      // of a state machine: execution ARNs
	Deleting                  time.Duration // of a state machine: duration of its deletion
	Body                      string        // of a staged file
	Silent                    bool          // its deletion with the stack has no event
	Stuck                     string        // reason why CloudFormation cannot delete it
	Flush                     time.Duration // of a log group: delay until Lambda recreates it after its deletion
}

// New returns an empty account.
func New(t testing.TB) *Account {
	a := &Account{Stub: awsstub.New(t), things: map[resource.Resource][]*Thing{}, denied: map[string]bool{},
		before: map[string]func(){}}
	all := []map[string]handler{a.cloudFormation(), a.iam(), a.compute(), a.watching(), a.messages(), a.policies(),
		a.removals(), a.s3(), a.workflow(), a.checks()}
	for _, handlers := range all {
		for operation, handle := range handlers {
			a.known = append(a.known, operation)
			a.On(operation, func(call awsstub.Call) (*http.Response, error) { return a.answer(call, handle)(call) })
		}
	}
	return a
}

// handler returns the answer to an operation with an input.
type handler func(in any) awsstub.Answer

func (a *Account) answer(call awsstub.Call, handle handler) awsstub.Answer {
	a.mu.Lock()
	before := a.before[call.Operation]
	delete(a.before, call.Operation)
	a.mu.Unlock()
	if before != nil {
		before()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !a.Expires.IsZero() && !time.Now().Before(a.Expires):
		return awsstub.Error(http.StatusForbidden, "ExpiredToken",
			"The security token included in the request is expired")
	case a.denied[call.Operation], a.OnlyRoles && !ofRole(call):
		return awsstub.Denied()
	}
	return handle(call.Input)
}

// ofRole reports whether the CDK's roles may make a call, or whether the call assumes one of them.
func ofRole(call awsstub.Call) bool {
	service, name, _ := strings.Cut(call.Operation, ".")
	switch call.Key {
	case "lookup":
		return slices.ContainsFunc([]string{"Describe", "Detect", "Get", "Head", "List", "Simulate"},
			func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	case "deploy":
		return service == "CloudFormation"
	default:
		return call.Operation == "STS.AssumeRole"
	}
}

// Operations returns the operations that the account answers.
func (a *Account) Operations() []string { return slices.Clone(a.known) }

// Deny denies these operations from now on.
func (a *Account) Deny(operations ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, operation := range operations {
		a.denied[operation] = true
	}
}

// Before calls happen before the next call of an operation.
func (a *Account) Before(operation string, happen func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.before[operation] = happen
}

// Add creates a resource outside any stack. The resource appears at the thing's time, which may be
// in the future.
func (a *Account) Add(r resource.Resource, thing Thing) *Thing {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.add(r, thing)
}

func (a *Account) add(r resource.Resource, thing Thing) *Thing {
	a.things[r] = append(a.things[r], &thing)
	return &thing
}

// Thing returns the first resource with this name.
func (a *Account) Thing(r resource.Resource) *Thing { return a.things[r][0] }

// End deletes the newest resource with this name at the given time.
func (a *Account) End(r resource.Resource, at time.Time) {
	generations := a.things[r]
	generations[len(generations)-1].Until = at
}

// Exists reports whether the resource exists, even if its service shows otherwise.
func (a *Account) Exists(r resource.Resource) bool {
	return slices.ContainsFunc(a.things[r], func(thing *Thing) bool { return thing.exists() })
}

func (t *Thing) exists() bool {
	return !time.Now().Before(t.Since) && (t.Until.IsZero() || time.Now().Before(t.Until))
}

// shown returns the resource that its service shows, or nil.
func (a *Account) shown(kind resource.Kind, id string) *Thing {
	generations := a.things[resource.Resource{Kind: kind, ID: id}]
	for _, thing := range slices.Backward(generations) {
		hidden := !thing.Until.IsZero() && !time.Now().Before(thing.Until.Add(thing.Lag+thing.Deleting))
		if !time.Now().Before(thing.Since) && !hidden {
			return thing
		}
	}
	return nil
}

// named returns the shown resources of a kind whose names begin with a prefix.
func (a *Account) named(kind resource.Kind, prefix string) map[string]*Thing {
	found := map[string]*Thing{}
	for r := range a.things {
		if thing := a.shown(r.Kind, r.ID); thing != nil && r.Kind == kind && strings.HasPrefix(r.ID, prefix) {
			found[r.ID] = thing
		}
	}
	return found
}

// end deletes a resource through its own service.
func (a *Account) end(kind resource.Kind, id string) {
	if thing := a.shown(kind, id); thing != nil && thing.Until.IsZero() {
		a.endAt(resource.Resource{Kind: kind, ID: id}, thing, time.Now())
	}
}

func (a *Account) endAt(r resource.Resource, thing *Thing, at time.Time) {
	thing.Until = at
	if thing.Flush > 0 {
		a.add(r, Thing{Since: at.Add(thing.Flush)})
	}
}

func (a *Account) changed(format string, values ...any) {
	a.Changes = append(a.Changes, fmt.Sprintf(format, values...))
}
