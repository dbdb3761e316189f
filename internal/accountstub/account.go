// Package accountstub simulates an AWS account that changes over time. It answers SDK calls through
// the HTTP layer of awsstub. In a testing/synctest bubble, its waits take no real time.
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

// Account is an AWS account in one region. Set its fields, except Changes, before the first call.
type Account struct {
	*awsstub.Stub
	// StaleDuration says how long after a change reads of a stack still return its previous state.
	StaleDuration time.Duration
	// HidesDeletedStacks hides deleted stacks even from reads by ARN, as some endpoints do.
	HidesDeletedStacks bool
	// OmitsTokens omits the request tokens from stack events. OmitsEvents omits all stack events.
	OmitsTokens, OmitsEvents bool
	// CredentialsExpireAt is zero for credentials that do not expire.
	CredentialsExpireAt time.Time
	// ResourcePolicies holds the names of the CloudWatch Logs resource policies.
	ResourcePolicies []string
	// EventSourceMappings maps the UUIDs of event source mappings to function ARNs.
	EventSourceMappings map[string]string
	// EventRules holds the names of the EventBridge rules that target the state machine.
	EventRules []string
	// OnlyCDKRoles allows the caller only to assume the CDK's roles. AssumeRole returns the role's
	// kind as the access key: "lookup" can read, and "deploy" can use CloudFormation.
	OnlyCDKRoles bool
	// OutdatedExecutions says how many of the next executions still use the definition from before
	// the last update. Each of them runs for one minute.
	OutdatedExecutions int

	mu         sync.Mutex
	executions []*execution // ordered by start
	stacks     []*Stack
	instances  map[resource.Resource][]*Instance
	denied     map[string]bool
	operations []string          // names of all operations that the account answers
	before     map[string]func() // functions from BeforeNext, keyed by operation
	Changes    []string          // each change so far, as an operation and the name of the changed resource
}

// Instance is a resource as its own service stores it. If a resource is deleted and created again
// under the same name, the account has two instances.
type Instance struct {
	Created              time.Time     // time of creation
	Deleted              time.Time     // time of deletion; zero for a resource that is not deleted
	VisibleAfterDeletion time.Duration // how long the service still returns the resource after the deletion
	Tags                 map[string]string

	ManagedPolicies  []string // role: ARNs
	InlinePolicies   []string // role: names
	InstanceProfiles []string // role: names

	RetentionDays     int           // log group: retention in days; 0 for unlimited
	Protected         bool          // log group: deletion protection
	RunningExecutions []string      // state machine: ARNs of running executions
	DeletionDuration  time.Duration // state machine: how long the deletion takes
	Body              string        // staged file: content
	NoDeletionEvent   bool          // the stack logs no event when it deletes the resource
	DeletionError     string        // why CloudFormation cannot delete the resource, or empty
	RecreatedAfter    time.Duration // log group: time until Lambda recreates it
}

// New returns an empty account.
func New(t testing.TB) *Account {
	a := &Account{Stub: awsstub.New(t), instances: map[resource.Resource][]*Instance{}, denied: map[string]bool{},
		before: map[string]func(){}}
	all := []map[string]handler{a.cloudFormationHandlers(), a.iamHandlers(), a.computeHandlers(),
		a.monitoringHandlers(), a.otherServiceHandlers(), a.detachHandlers(), a.deletionHandlers(), a.s3Handlers(),
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
	case !a.CredentialsExpireAt.IsZero() && !time.Now().Before(a.CredentialsExpireAt):
		return awsstub.Error(http.StatusForbidden, "ExpiredToken",
			"The security token included in the request is expired")
	case a.denied[call.Operation], a.OnlyCDKRoles && !allowedByCDKRoles(call):
		return awsstub.Denied()
	}
	return handle(call.Input)
}

// allowedByCDKRoles reports whether OnlyCDKRoles allows a call.
func allowedByCDKRoles(call awsstub.Call) bool {
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

// BeforeNext runs a function before the next call of an operation.
func (a *Account) BeforeNext(operation string, run func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.before[operation] = run
}

// Add creates a resource outside any stack. The resource appears at instance.Created, which may be
// in the future.
func (a *Account) Add(r resource.Resource, instance Instance) *Instance {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.addInstance(r, instance)
}

func (a *Account) addInstance(r resource.Resource, instance Instance) *Instance {
	a.instances[r] = append(a.instances[r], &instance)
	return &instance
}

// FirstInstance returns the first resource that was created under a name.
func (a *Account) FirstInstance(r resource.Resource) *Instance { return a.instances[r][0] }

// DeleteAt deletes the resource that was last created under a name, at the given time.
func (a *Account) DeleteAt(r resource.Resource, at time.Time) {
	instances := a.instances[r]
	instances[len(instances)-1].Deleted = at
}

// Exists reports whether a resource exists. It returns false for a deleted resource, even if its
// service still shows the resource.
func (a *Account) Exists(r resource.Resource) bool {
	return slices.ContainsFunc(a.instances[r], func(instance *Instance) bool { return instance.exists() })
}

func (i *Instance) exists() bool {
	return !time.Now().Before(i.Created) && (i.Deleted.IsZero() || time.Now().Before(i.Deleted))
}

// visible returns the instance that the resource's service shows now, or nil.
func (a *Account) visible(kind resource.Kind, id string) *Instance {
	instances := a.instances[resource.Resource{Kind: kind, ID: id}]
	for _, instance := range slices.Backward(instances) {
		visibleUntil := instance.Deleted.Add(instance.VisibleAfterDeletion + instance.DeletionDuration)
		hidden := !instance.Deleted.IsZero() && !time.Now().Before(visibleUntil)
		if !time.Now().Before(instance.Created) && !hidden {
			return instance
		}
	}
	return nil
}

// visibleByPrefix returns the visible resources of a kind whose names begin with prefix.
func (a *Account) visibleByPrefix(kind resource.Kind, prefix string) map[string]*Instance {
	found := map[string]*Instance{}
	for r := range a.instances {
		if instance := a.visible(r.Kind, r.ID); instance != nil && r.Kind == kind && strings.HasPrefix(r.ID, prefix) {
			found[r.ID] = instance
		}
	}
	return found
}

// deleteNow deletes a resource through its own service.
func (a *Account) deleteNow(kind resource.Kind, id string) {
	if instance := a.visible(kind, id); instance != nil && instance.Deleted.IsZero() {
		a.markDeleted(resource.Resource{Kind: kind, ID: id}, instance, time.Now())
	}
}

func (a *Account) markDeleted(r resource.Resource, instance *Instance, at time.Time) {
	instance.Deleted = at
	if instance.RecreatedAfter > 0 {
		a.addInstance(r, Instance{Created: at.Add(instance.RecreatedAfter)})
	}
}

func (a *Account) recordChange(format string, values ...any) {
	a.Changes = append(a.Changes, fmt.Sprintf(format, values...))
}
