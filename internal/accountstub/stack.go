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

// Stack is a CloudFormation stack. Its events define its state.
type Stack struct {
	Name, ARN string
	Tags      map[string]string
	RoleARN   string
	Protected bool
	Template  string
	Outputs   map[string]string
	Created   time.Time
	Updated   time.Time // zero if it was never updated
	// Refuses is the error message of DeleteStack, or empty.
	Refuses string
	// GivesUp is the reason why a deletion ends and leaves the stack unchanged, or empty.
	GivesUp string
	// ChangeSets holds the templates of the pending change sets by ARN.
	ChangeSets map[string]string
	// Tokens, Modes and Roles hold the parameters of the requests to delete the stack.
	Tokens []string
	Modes  []types.DeletionMode
	Roles  []string

	events []Event
}

// Event holds an event of a stack.
type Event struct {
	At       time.Time
	Resource resource.Resource // without an ID in a creation's first event; empty for the stack itself
	Status   string
	Reason   string
	Token    string
	Logical  string // the logical ID; if empty, LogicalID's result
	Unlisted bool   // missing from the stack's list of resources
}

// place is the location of every stack.
const place = awsstub.Region + ":" + awsstub.Account

// Deploy adds a stack and creates its resources within a minute after the given time.
func (a *Account) Deploy(name string, created time.Time, resources ...resource.Resource) *Stack {
	a.mu.Lock()
	defer a.mu.Unlock()
	stack := a.newStack(name, created)
	stack.Log(created, resource.Resource{}, "CREATE_IN_PROGRESS")
	for _, r := range resources {
		stack.Create(created, r)
		a.add(r, Thing{Since: created.Add(20 * time.Second)})
	}
	stack.Log(created.Add(time.Minute), resource.Resource{}, "CREATE_COMPLETE")
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
		ARN: fmt.Sprintf("arn:aws:cloudformation:%s:stack/%s/%d", place, name, len(a.stacks)+1)}
	a.stacks = append(a.stacks, stack)
	return stack
}

// Create logs the creation of a resource from 10 to 30 seconds after the given time.
func (s *Stack) Create(from time.Time, r resource.Resource) {
	s.Log(from.Add(10*time.Second), resource.Resource{Kind: r.Kind}, "CREATE_IN_PROGRESS").Logical = LogicalID(r)
	s.Log(from.Add(30*time.Second), r, "CREATE_COMPLETE")
}

// declared returns the template plus all resources that the stack ever had. It does not change a
// template with code, because that template's hash is the name of a staged file.
func (s *Stack) declared() string {
	var template struct{ Resources map[string]json.RawMessage }
	if strings.Contains(s.Template, `"Code"`) || json.Unmarshal([]byte(s.Template), &template) != nil {
		return s.Template
	}
	if template.Resources == nil {
		template.Resources = map[string]json.RawMessage{}
	}
	for _, event := range s.events {
		id := cmp.Or(event.Logical, LogicalID(event.Resource))
		if _, known := template.Resources[id]; !known && event.Resource.ID != "" {
			template.Resources[id] = json.RawMessage(`{}`)
		}
	}
	body, _ := json.Marshal(template) // parsed from JSON
	return string(body)
}

// Log adds an event.
func (s *Stack) Log(at time.Time, r resource.Resource, status string) *Event {
	s.events = append(s.events, Event{At: at, Resource: r, Status: status})
	return &s.events[len(s.events)-1]
}

// LogicalID returns a resource's name in its stack's template.
func LogicalID(r resource.Resource) string { return awsstub.LogicalID(string(r.Kind), r.ID) }

// status returns the last event of the stack itself, or nil before the first.
func (s *Stack) status(at time.Time) *Event {
	for _, event := range slices.Backward(s.events) {
		if event.Resource.Kind == "" && !event.At.After(at) {
			return &event
		}
	}
	return nil
}

func (s *Stack) gone(at time.Time) bool {
	now := s.status(at)
	return now != nil && now.Status == string(types.StackStatusDeleteComplete)
}

// members returns the last event of each resource that the stack lists.
func (s *Stack) members(at time.Time) []Event {
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

// delete simulates CloudFormation's deletion of the stack, which takes two seconds.
func (a *Account) delete(s *Stack, token string, mode types.DeletionMode) {
	now := time.Now()
	s.Tokens, s.Modes = append(s.Tokens, token), append(s.Modes, mode)
	if s.gone(now) || s.deleting(now) {
		return // CloudFormation merges the request into the one in progress
	}
	log := func(after time.Duration, r resource.Resource, status, reason string) {
		event := s.Log(now.Add(after), r, status)
		event.Token, event.Reason = token, reason
	}
	log(0, resource.Resource{}, "DELETE_IN_PROGRESS", "User Initiated")
	if s.GivesUp != "" {
		log(2*time.Second, resource.Resource{}, "UPDATE_COMPLETE", s.GivesUp)
		return
	}
	var failed []string
	for _, member := range s.members(now) {
		r, reason := member.Resource, a.obstacle(s, member.Resource)
		switch {
		case slices.Contains([]string{"DELETE_COMPLETE", "DELETE_SKIPPED", "CREATE_FAILED"}, member.Status):
		case strings.Contains(s.Template, `"`+LogicalID(r)+`": {"DeletionPolicy": "Retain"`):
			log(time.Second, r, "DELETE_SKIPPED", "")
		case reason == "":
			thing := a.shown(r.Kind, r.ID)
			if thing == nil || !thing.Silent {
				log(time.Second, r, "DELETE_COMPLETE", "")
			}
			if thing != nil && thing.Until.IsZero() {
				a.endAt(r, thing, now.Add(time.Second))
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

// deleting reports whether a deletion is in progress.
func (s *Stack) deleting(at time.Time) bool {
	now := s.status(at)
	return now != nil && now.Status == string(types.StackStatusDeleteInProgress)
}

// mustDetach is IAM's response to the deletion of a role with policies.
const mustDetach = "Cannot delete entity, must detach all policies first."

// obstacle returns the reason why CloudFormation cannot delete a resource now, or "".
func (a *Account) obstacle(s *Stack, r resource.Resource) string {
	thing := a.shown(r.Kind, r.ID)
	switch {
	case thing == nil:
		return ""
	case thing.Protected:
		return "Log group has deletion protection enabled"
	case !declared(s.Template, thing.Managed) || !declared(s.Template, thing.Inline):
		return mustDetach
	case len(thing.Profiles) > 0:
		return "Cannot delete entity, must remove roles from instance profile first."
	}
	return thing.Stuck
}

func declared(template string, policies []string) bool {
	return !slices.ContainsFunc(policies, func(policy string) bool { return !strings.Contains(template, policy) })
}
