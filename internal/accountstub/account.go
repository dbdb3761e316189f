// Package accountstub simulates an AWS account that changes over time. Its stacks and resources
// respond through the HTTP layer of awsstub. In a testing/synctest bubble, its waits take no real
// time.
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
	// Stale is how long reads of a stack return the previous state after a change.
	Stale time.Duration
	// Forgets hides deleted stacks even from reads by ARN, as some endpoints do.
	Forgets bool
	// NoTokens omits the request tokens from stack events. NoEvents omits all stack events.
	NoTokens, NoEvents bool
	// Expires is when the credentials expire. If it is zero, they do not expire.
	Expires time.Time
	// Policies holds the names of the CloudWatch Logs resource policies.
	Policies []string
	// Mappings maps the UUIDs of event source mappings to function ARNs.
	Mappings map[string]string
	// Rules holds the names of the EventBridge rules that target the state machine.
	Rules []string
	// OnlyRoles allows the caller only to assume the CDK's roles. The access key of an assumed role
	// is the role's kind: lookup may read, and deploy may use CloudFormation.
	OnlyRoles bool
	// Outdated is the number of executions that will still start with the definition from before
	// the last update.
	Outdated int

	mu         sync.Mutex
	executions []*execution // ordered by start
	stacks     []*Stack
	instances  map[resource.Resource][]*Thing
	denied     map[string]bool
	operations []string // names of all operations that the account answers
	before     map[string]func()
	Changes    []string // each change as an operation and the name of the changed resource
}

// Thing is a resource in its own service. A resource that is deleted and created again under the
// same name has two.
type Thing struct {
	Since time.Time     // time of creation
	Until time.Time     // time of deletion; zero for a resource that is not deleted
	Lag   time.Duration // how long the service still returns the resource after the deletion
	Tags  map[string]string

	Managed, Inline, Profiles []string      // role: policy ARNs, inline policy names, profile names
	Retention                 int           // log group: retention in days; 0 for unlimited
	Protected                 bool          // log group: deletion protection
	Running                   []string      // state machine: ARNs of running executions
	Deleting                  time.Duration // state machine: how long the deletion takes
	Body                      string        // staged file: content
	Silent                    bool          // the stack logs no event when it deletes the resource
	Stuck                     string        // reason why CloudFormation cannot delete the resource, or empty
	Flush                     time.Duration // log group: delay until Lambda recreates it after its deletion
}

// New returns an empty account.
func New(t testing.TB) *Account {
	a := &Account{Stub: awsstub.New(t), instances: map[resource.Resource][]*Thing{}, denied: map[string]bool{},
		before: map[string]func(){}}
	all := []map[string]handler{a.cloudFormationHandlers(), a.iamHandlers(), a.computeHandlers(),
		a.monitoringHandlers(), a.messagingHandlers(), a.detachHandlers(), a.deletionHandlers(), a.s3Handlers(),
		a.workflowHandlers(), a.checkHandlers()}
	for _, handlers := range all {
		for operation, handle := range handlers {
			a.operations = append(a.operations, operation)
			a.On(operation, func(call awsstub.Call) (*http.Response, error) { return a.answer(call, handle)(call) })
		}
	}
	return a
}

// handler returns the answer for an operation's input.
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
	case a.denied[call.Operation], a.OnlyRoles && !allowedForRole(call):
		return awsstub.Denied()
	}
	return handle(call.Input)
}

// allowedForRole reports whether OnlyRoles allows a call.
func allowedForRole(call awsstub.Call) bool {
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
func (a *Account) Operations() []string { return slices.Clone(a.operations) }

// Deny denies the operations from now on.
func (a *Account) Deny(operations ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, operation := range operations {
		a.denied[operation] = true
	}
}

// Before runs a function before the next call of an operation.
func (a *Account) Before(operation string, run func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.before[operation] = run
}

// Add creates a resource outside any stack. The resource appears at thing.Since, which may be in
// the
// future.
func (a *Account) Add(r resource.Resource, thing Thing) *Thing {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.addInstance(r, thing)
}

func (a *Account) addInstance(r resource.Resource, thing Thing) *Thing {
	a.instances[r] = append(a.instances[r], &thing)
	return &thing
}

// Thing returns the first resource that was created under a name.
func (a *Account) Thing(r resource.Resource) *Thing { return a.instances[r][0] }

// End deletes the resource that was last created under a name, at the given time.
func (a *Account) End(r resource.Resource, at time.Time) {
	generations := a.instances[r]
	generations[len(generations)-1].Until = at
}

// Exists reports whether a resource exists, even if its service does not return it yet, or still
// returns it.
func (a *Account) Exists(r resource.Resource) bool {
	return slices.ContainsFunc(a.instances[r], func(thing *Thing) bool { return thing.exists() })
}

func (t *Thing) exists() bool {
	return !time.Now().Before(t.Since) && (t.Until.IsZero() || time.Now().Before(t.Until))
}

// visible returns the resource if its service returns it now, or nil.
func (a *Account) visible(kind resource.Kind, id string) *Thing {
	generations := a.instances[resource.Resource{Kind: kind, ID: id}]
	for _, thing := range slices.Backward(generations) {
		hidden := !thing.Until.IsZero() && !time.Now().Before(thing.Until.Add(thing.Lag+thing.Deleting))
		if !time.Now().Before(thing.Since) && !hidden {
			return thing
		}
	}
	return nil
}

// visibleByPrefix returns the visible resources of a kind whose names begin with prefix.
func (a *Account) visibleByPrefix(kind resource.Kind, prefix string) map[string]*Thing {
	found := map[string]*Thing{}
	for r := range a.instances {
		if thing := a.visible(r.Kind, r.ID); thing != nil && r.Kind == kind && strings.HasPrefix(r.ID, prefix) {
			found[r.ID] = thing
		}
	}
	return found
}

// deleteNow deletes a resource through its own service.
func (a *Account) deleteNow(kind resource.Kind, id string) {
	if thing := a.visible(kind, id); thing != nil && thing.Until.IsZero() {
		a.deleteAt(resource.Resource{Kind: kind, ID: id}, thing, time.Now())
	}
}

func (a *Account) deleteAt(r resource.Resource, thing *Thing, at time.Time) {
	thing.Until = at
	if thing.Flush > 0 {
		a.addInstance(r, Thing{Since: at.Add(thing.Flush)})
	}
}

func (a *Account) recordChange(format string, values ...any) {
	a.Changes = append(a.Changes, fmt.Sprintf(format, values...))
}
