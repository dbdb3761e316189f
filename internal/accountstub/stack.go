package accountstub

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

// Stack is a CloudFormation stack. Its events determine its state.
type Stack struct {
	Name, ARN string
	Tags      map[string]string
	RoleARN   string
	Protected bool
	Template  string
	Outputs   map[string]string
	Created   time.Time
	Updated   time.Time // zero if the stack was never updated
	// DeleteStackError is the message of the error that DeleteStack returns, or empty.
	DeleteStackError string
	// AbandonReason is the reason in the event that ends a deletion before any resource is deleted.
	// If it is empty, deletions proceed.
	AbandonReason string
	// ChangeSets maps the ARNs of pending change sets to their templates.
	ChangeSets map[string]string
	// Tokens, Modes and Roles record the parameters of the requests to delete the stack.
	Tokens []string
	Modes  []types.DeletionMode
	Roles  []string

	events []Event
}

// Event is a stack event.
type Event struct {
	At        time.Time
	Resource  resource.Resource // empty for the stack itself; has no ID while the resource is being created
	Status    string
	Reason    string
	Token     string
	LogicalID string // if empty, LogicalID(Resource) is used
	Unlisted  bool   // the stack's list of resources omits the resource
}

const regionAndAccount = awsstub.Region + ":" + awsstub.Account

// Deploy adds a stack whose creation starts at the given time and takes one minute.
func (a *Account) Deploy(name string, created time.Time, resources ...resource.Resource) *Stack {
	a.mu.Lock()
	defer a.mu.Unlock()
	stack := a.newStack(name, created)
	stack.AddEvent(created, resource.Resource{}, "CREATE_IN_PROGRESS")
	for _, r := range resources {
		stack.AddCreationEvents(created, r)
		a.addInstance(r, Instance{Created: created.Add(20 * time.Second)})
	}
	stack.AddEvent(created.Add(time.Minute), resource.Resource{}, "CREATE_COMPLETE")
	return stack
}

// AddStack adds a stack without events.
func (a *Account) AddStack(name string, created time.Time) *Stack {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.newStack(name, created)
}

func (a *Account) newStack(name string, created time.Time) *Stack {
	stack := &Stack{Name: name, Created: created, Template: "{}", Tags: map[string]string{"Project": "retrycatch"},
		ARN: fmt.Sprintf("arn:aws:cloudformation:%s:stack/%s/%d", regionAndAccount, name, len(a.stacks)+1)}
	a.stacks = append(a.stacks, stack)
	return stack
}

// AddCreationEvents adds the events of a resource's creation, 10 and 30 seconds after the given
// time.
func (s *Stack) AddCreationEvents(from time.Time, r resource.Resource) {
	s.AddEvent(from.Add(10*time.Second), resource.Resource{Kind: r.Kind}, "CREATE_IN_PROGRESS").LogicalID = LogicalID(r)
	s.AddEvent(from.Add(30*time.Second), r, "CREATE_COMPLETE")
}

// templateWithResources returns the stack's template with all resources that the stack ever had. It
// does not change a template that contains a function's code, because the template's staged file is
// named after the template's hash.
func (s *Stack) templateWithResources() string {
	var template struct{ Resources map[string]json.RawMessage }
	if strings.Contains(s.Template, `"Code"`) || json.Unmarshal([]byte(s.Template), &template) != nil {
		return s.Template
	}
	if template.Resources == nil {
		template.Resources = map[string]json.RawMessage{}
	}
	for _, event := range s.events {
		id := cmp.Or(event.LogicalID, LogicalID(event.Resource))
		if _, known := template.Resources[id]; !known && event.Resource.ID != "" {
			template.Resources[id] = json.RawMessage(`{}`)
		}
	}
	body, _ := json.Marshal(template) // parsed JSON always marshals
	return string(body)
}

// AddEvent adds an event of the stack or of a resource.
func (s *Stack) AddEvent(at time.Time, r resource.Resource, status string) *Event {
	s.events = append(s.events, Event{At: at, Resource: r, Status: status})
	return &s.events[len(s.events)-1]
}

// LogicalID returns a resource's logical ID in the stack's template.
func LogicalID(r resource.Resource) string { return awsstub.LogicalID(string(r.Kind), r.ID) }

// lastStackEvent returns the last event of the stack itself as of the given time, or nil.
func (s *Stack) lastStackEvent(at time.Time) *Event {
	for _, event := range slices.Backward(s.events) {
		if event.Resource.Kind == "" && !event.At.After(at) {
			return &event
		}
	}
	return nil
}

func (s *Stack) isDeleted(at time.Time) bool {
	latest := s.lastStackEvent(at)
	return latest != nil && latest.Status == string(types.StackStatusDeleteComplete)
}

// lastResourceEvents returns the last event of each listed resource as of the given time.
func (s *Stack) lastResourceEvents(at time.Time) []Event {
	var last []Event
	for _, event := range s.events {
		if event.Resource.ID == "" || event.At.After(at) {
			continue
		}
		last = slices.DeleteFunc(last, func(other Event) bool { return other.Resource == event.Resource })
		if !event.Unlisted {
			last = append(last, event)
		}
	}
	return last
}

// simulateDeletion adds the events of the stack's deletion, which takes two seconds, and deletes
// the stack's resources.
func (a *Account) simulateDeletion(s *Stack, token string, mode types.DeletionMode) {
	now := time.Now()
	s.Tokens, s.Modes = append(s.Tokens, token), append(s.Modes, mode)
	if s.isDeleted(now) || s.isDeleting(now) {
		return // CloudFormation starts no second deletion
	}
	log := func(after time.Duration, r resource.Resource, status, reason string) {
		event := s.AddEvent(now.Add(after), r, status)
		event.Token, event.Reason = token, reason
	}
	log(0, resource.Resource{}, "DELETE_IN_PROGRESS", "User Initiated")
	if s.AbandonReason != "" {
		log(2*time.Second, resource.Resource{}, "UPDATE_COMPLETE", s.AbandonReason)
		return
	}
	var failed []string
	for _, last := range s.lastResourceEvents(now) {
		r, reason := last.Resource, a.deletionBlocker(s, last.Resource)
		switch {
		case slices.Contains([]string{"DELETE_COMPLETE", "DELETE_SKIPPED", "CREATE_FAILED"}, last.Status):
		case strings.Contains(s.Template, `"`+LogicalID(r)+`": {"DeletionPolicy": "Retain"`):
			log(time.Second, r, "DELETE_SKIPPED", "")
		case reason == "":
			instance := a.visible(r.Kind, r.ID)
			if instance == nil || !instance.NoDeletionEvent {
				log(time.Second, r, "DELETE_COMPLETE", "")
			}
			if instance != nil && instance.Deleted.IsZero() {
				a.markDeleted(r, instance, now.Add(time.Second))
			}
		case mode == types.DeletionModeForceDeleteStack:
			log(time.Second, r, "DELETE_SKIPPED", "")
		default:
			log(time.Second, r, "DELETE_FAILED", reason)
			failed = append(failed, LogicalID(r))
		}
	}
	if len(failed) > 0 {
		log(2*time.Second, resource.Resource{}, "DELETE_FAILED",
			"The following resource(s) failed to delete: ["+strings.Join(failed, ", ")+"].")
		return
	}
	log(2*time.Second, resource.Resource{}, "DELETE_COMPLETE", "")
}

// isDeleting reports whether a deletion is in progress.
func (s *Stack) isDeleting(at time.Time) bool {
	latest := s.lastStackEvent(at)
	return latest != nil && latest.Status == string(types.StackStatusDeleteInProgress)
}

// mustDetachMessage is IAM's error message when a role that has policies is deleted.
const mustDetachMessage = "Cannot delete entity, must detach all policies first."

// deletionBlocker returns the reason why CloudFormation cannot delete a resource now, or "".
func (a *Account) deletionBlocker(s *Stack, r resource.Resource) string {
	instance := a.visible(r.Kind, r.ID)
	switch {
	case instance == nil:
		return ""
	case instance.Protected:
		return "Log group has deletion protection enabled"
	case !containsAll(s.Template, instance.ManagedPolicies) || !containsAll(s.Template, instance.InlinePolicies):
		return mustDetachMessage
	case len(instance.InstanceProfiles) > 0:
		return "Cannot delete entity, must remove roles from instance profile first."
	}
	return instance.DeletionError
}

func containsAll(template string, policies []string) bool {
	return !slices.ContainsFunc(policies, func(policy string) bool { return !strings.Contains(template, policy) })
}
