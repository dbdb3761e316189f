package inventory

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/deployment"
	"retrycatch/internal/resource"
)

// Ownership tells who owns an existing resource.
type Ownership struct {
	Ours  bool
	Owned bool // an existing stack contains it
	// Removable is false for a resource that CloudFormation reports as deleted, because its service
	// may show it for a while longer. It is also false if the template may tell CloudFormation to
	// keep the resource.
	Removable bool
	Kept      bool   // the template told CloudFormation to keep it
	Why       string // completes "the log group X ": "was created at …, after …"
}

// Claims lists, for each resource, the stacks that have or had it, newest first.
type Claims map[resource.Resource][]Claim

// Claim connects a resource to a stack that has or had it.
type Claim struct {
	Member Member
	Stack  *Stack
}

// NewClaims collects the claims of stacks, which are sorted from new to old.
func NewClaims(records []Record) Claims {
	claims := Claims{}
	for _, record := range records {
		for _, member := range record.Members {
			claims[member.Resource] = append(claims[member.Resource], Claim{member, record.Stack})
		}
	}
	return claims
}

// Owner returns the first stack with a valid claim to an existing resource. Without a valid claim,
// the newest stack's claim explains who else may own the resource.
func (c Claims) Owner(r resource.Resource, o resource.Observation) Ownership {
	owner := Ownership{Why: "exists, but no stack of this name ever had it"}
	if name := o.Tags[deployment.TagStack]; o.Tags[deployment.TagProject] == deployment.Project &&
		o.Tags[deployment.TagRegion] != "" {
		owner.Why = fmt.Sprintf("has the tags of the stack %s in the region %s", name, o.Tags[deployment.TagRegion])
	}
	for i, claim := range c[r] {
		one := claim.Member.Owner(claim.Stack, o)
		if one.Ours {
			return one
		}
		if i == 0 {
			owner = one
		}
	}
	return owner
}

// ReadHistories reads the history of a stack, which may be nil, and of all deleted stacks of
// this project with its name. It returns an error if CloudFormation cannot be read.
func ReadHistories(ctx context.Context, cfg aws.Config, name string, stack *Stack) ([]Record, error) {
	stacks, err := FindDeletedStacks(ctx, cfg, name)
	if err != nil {
		return nil, err
	}
	if stack != nil {
		stacks = append([]*Stack{stack}, stacks...)
	}
	var records []Record
	for _, stack := range stacks {
		record, err := ReadHistory(ctx, cfg, stack)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

// skew is the tolerance for clock differences between CloudFormation and a resource's service.
const skew = 5 * time.Second

// Owner decides whether an existing resource belongs to the stack that has or had it. A resource in
// an existing stack belongs to that stack. Otherwise the name proves nothing: somebody may have
// created the resource before the stack did, or after the stack's deletion. The stack owns it only
// if it was certainly created while the stack had it.
func (m Member) Owner(stack *Stack, o resource.Observation) Ownership {
	if m.Owned() {
		return Ownership{Ours: true, Owned: true, Removable: true, Kept: m.Kept, Why: "is in the stack " + stack.Name}
	}
	if why := m.doubt(stack, o); why != "" {
		return Ownership{Why: why}
	}
	left := Ownership{Ours: true, Removable: m.Status != types.ResourceStatusDeleteComplete,
		Kept: m.Kept && !m.tried(), Why: m.left(stack)}
	if m.unread && !m.tried() {
		left.Removable = false
		left.Why += ", and the template may keep it: the stack's template could not be read"
	}
	return left
}

// doubt explains why an existing resource may not belong to the stack. It returns "" if it does.
func (m Member) doubt(stack *Stack, o resource.Observation) string {
	other := otherStack(stack, o.Tags)
	first := m.Begun
	if first.IsZero() { // the events have expired
		first = stack.Created
	}
	switch {
	case m.foreign():
		return fmt.Sprintf("is no longer in the stack %s (%s at %s)", stack.Name, m.Status, stamp(m.Changed))
	case m.Kind.Unique(): // AWS never reuses its ID
		return ""
	case m.existed:
		return fmt.Sprintf("already existed when the stack %s tried to create its own", stack.Name)
	case other != "":
		return "has the tags of the stack " + other
	case o.Since.IsZero() && o.Tags[deployment.TagProject] != deployment.Project:
		return "has a name that the stack used, but its service does not report when it was created"
	case o.Since.IsZero():
		return ""
	case later(o.Since, m.last(stack), first):
		return fmt.Sprintf("was created or changed at %s, after the stack's own was %s at %s",
			stamp(o.Since), past(m.Status), stamp(m.last(stack)))
	case o.Since.Before(first.Add(-skew)):
		return fmt.Sprintf("was created at %s, before the stack tried to create its own at %s",
			stamp(o.Since), stamp(first))
	case m.Begun.IsZero() && m.Status == types.ResourceStatusCreateFailed:
		return "has a name that the stack failed to create, and the time of the attempt is unknown"
	default:
		return ""
	}
}

// later reports whether a resource was created after the end of the stack's own resource with that
// name. since is the creation of the resource. first and last are the creation and the end of the
// stack's own. IAM reports whole seconds, so a creation in the last second counts as later. An
// exception is a stack's own resource that was also created in that second:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
func later(since, last, first time.Time) bool {
	if since.Nanosecond() == 0 && since.Equal(last.Truncate(time.Second)) {
		return first.Before(since)
	}
	return since.After(last)
}

// otherStack returns the stack of this project that the tags name. It returns "" if that is the
// given stack.
func otherStack(stack *Stack, tags map[string]string) string {
	name, region := tags[deployment.TagStack], tags[deployment.TagRegion]
	own, _ := arn.Parse(stack.ARN) // without an ARN, every region differs
	switch {
	case tags[deployment.TagProject] != deployment.Project:
		return ""
	case region != "" && region != own.Region:
		return name + " in the region " + region
	case name != stack.Name:
		return name
	}
	return ""
}

// last returns when the stack stopped having the resource. This is the start of the resource's
// deletion, its last event, or the stack's deletion, whichever is known first. A resource created
// during its own deletion is new, such as a log group that Lambda creates again.
func (m Member) last(stack *Stack) time.Time {
	if m.Status == types.ResourceStatusDeleteComplete && !m.ending.IsZero() {
		return m.ending
	}
	if stack.Gone() && !m.ended() && stack.Deleted.After(m.Changed) {
		return stack.Deleted
	}
	return m.Changed
}

// tried reports whether CloudFormation tried to delete the resource, or failed to create it. If so,
// the template did not keep it.
func (m Member) tried() bool {
	switch m.Status {
	case types.ResourceStatusDeleteComplete, types.ResourceStatusDeleteFailed, types.ResourceStatusCreateFailed:
		return true
	}
	return false
}

// left explains how a resource outlived its stack.
func (m Member) left(stack *Stack) string {
	switch m.Status {
	case types.ResourceStatusCreateFailed:
		return fmt.Sprintf("was created by the stack %s, which reports that the creation failed at %s",
			stack.Name, stamp(m.Changed))
	case types.ResourceStatusDeleteComplete:
		return fmt.Sprintf("still exists, though CloudFormation reported its deletion at %s", stamp(m.Changed))
	default:
		return fmt.Sprintf("was left behind by the stack %s (%s at %s)", stack.Name, m.Status, stamp(m.Changed))
	}
}

// past completes the sentence "the stack's own was".
func past(status types.ResourceStatus) string {
	switch status {
	case types.ResourceStatusDeleteComplete:
		return "deleted"
	case types.ResourceStatusDeleteSkipped, types.ResourceStatusDeleteFailed:
		return "left behind"
	default:
		return "last reported (" + string(status) + ")"
	}
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }
