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

// Ownership says whether an existing resource belongs to a stack.
type Ownership struct {
	Ours    bool // the stack, or a deleted stack of the same name, created the resource
	InStack bool // an existing stack contains the resource
	// Removable is false if CloudFormation reports that the resource was deleted, because the
	// service may still show it for a while. It is also false if it is unknown whether the template
	// retains the resource.
	Removable bool
	Kept      bool   // the template retains the resource when the stack is deleted
	Why       string // predicate about the resource, such as "is in the stack retrycatch"
}

// Claims maps each resource to the stacks that have or had the resource, newest first.
type Claims map[resource.Resource][]Claim

// Claim is a stack that has or had a resource.
type Claim struct {
	Member Member
	Stack  *Stack
}

// NewClaims collects the claims in records, which are sorted from new to old.
func NewClaims(records []Record) Claims {
	claims := Claims{}
	for _, record := range records {
		for _, member := range record.Members {
			claims[member.Resource] = append(claims[member.Resource], Claim{member, record.Stack})
		}
	}
	return claims
}

// Owner decides whether an existing resource belongs to one of the stacks that claim it. Without a
// valid claim, the result explains why the newest claim is not valid.
func (c Claims) Owner(r resource.Resource, o resource.Observation) Ownership {
	owner := Ownership{Why: "was not created by any stack of this stage"}
	if name := o.Tags[deployment.TagStack]; o.Tags[deployment.TagProject] == deployment.Project &&
		o.Tags[deployment.TagRegion] != "" {
		owner.Why = fmt.Sprintf("has the tags of the stack %s in the region %s", name, o.Tags[deployment.TagRegion])
	}
	for i, claim := range c[r] {
		claimed := claim.Member.Owner(claim.Stack, o)
		if claimed.Ours {
			return claimed
		}
		if i == 0 {
			owner = claimed
		}
	}
	return owner
}

// ReadHistories reads the histories of a stack and of this project's deleted stacks with the same
// name, newest first. The parameter stack may be nil.
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

// clockSkew is the tolerance for clock differences between CloudFormation and a resource's service.
const clockSkew = 5 * time.Second

// Owner decides whether an existing resource belongs to the stack that has or had it. A resource in
// an existing stack belongs to that stack. Otherwise the name proves nothing: somebody may have
// created the resource before the stack was created or after it was deleted. The resource belongs
// to the stack only if it was created while its ID was in the stack.
func (m Member) Owner(stack *Stack, o resource.Observation) Ownership {
	if m.InStack() {
		return Ownership{Ours: true, InStack: true, Removable: true, Kept: m.Kept, Why: "is in the stack " + stack.Name}
	}
	if reason := m.reasonNotOwned(stack, o); reason != "" {
		return Ownership{Why: reason}
	}
	owner := Ownership{Ours: true, Removable: m.Status != types.ResourceStatusDeleteComplete,
		Kept: m.Kept && m.couldBeKept(), Why: m.explainLeftover(stack)}
	if m.keptUnknown && m.couldBeKept() {
		owner.Removable = false
		owner.Why += ", and the template could not be read, so it is unknown whether the template retains the resource"
	}
	return owner
}

// reasonNotOwned explains why an existing resource does not belong to the stack, or might not
// belong to it. It returns "" if the resource belongs to the stack.
func (m Member) reasonNotOwned(stack *Stack, o resource.Observation) string {
	other := otherStack(stack, o.Tags)
	begun := m.CreationBegun
	if begun.IsZero() { // the events have expired
		begun = stack.Created
	}
	switch {
	case m.notManaged():
		return fmt.Sprintf("is no longer in the stack %s (%s at %s)", stack.Name, m.Status, formatTime(m.Changed))
	case m.Kind.Unique(): // AWS never reuses the ID
		return ""
	case m.existed:
		return fmt.Sprintf("already existed when the stack %s tried to create its own", stack.Name)
	case other != "":
		return "has the tags of the stack " + other
	case o.Since.IsZero() && o.Tags[deployment.TagProject] != deployment.Project:
		return "has a name that the stack used, but its service does not report when it was created"
	case o.Since.IsZero():
		return ""
	case createdAfter(o.Since, begun, m.last(stack)):
		return fmt.Sprintf("was created or changed at %s, after the stack's own resource was %s at %s",
			formatTime(o.Since), statusVerb(m.Status), formatTime(m.last(stack)))
	case o.Since.Before(begun.Add(-clockSkew)):
		return fmt.Sprintf("was created at %s, before the stack tried to create its own at %s",
			formatTime(o.Since), formatTime(begun))
	case m.CreationBegun.IsZero() && m.Status == types.ResourceStatusCreateFailed:
		return "has the name of a resource that the stack failed to create, but the time of the attempt is unknown"
	default:
		return ""
	}
}

// createdAfter reports whether a resource is newer than the stack's own resource, which existed
// from ownStart to ownEnd. IAM reports whole seconds:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
// So a resource created in the same second as ownEnd counts as newer, unless ownStart is in that
// second too.
func createdAfter(created, ownStart, ownEnd time.Time) bool {
	if created.Nanosecond() == 0 && created.Equal(ownEnd.Truncate(time.Second)) {
		return ownStart.Before(created)
	}
	return created.After(ownEnd)
}

// otherStack describes the stack that this project's tags name, for example "retrycatch in the
// region us-east-1". It returns "" if the tags are not this project's, or if they name the given
// stack.
func otherStack(stack *Stack, tags map[string]string) string {
	name, region := tags[deployment.TagStack], tags[deployment.TagRegion]
	own, _ := arn.Parse(stack.ARN) // without an ARN, the region is empty
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

// last returns the last time at which the stack had the resource. If CloudFormation deleted the
// resource, this is the start of the deletion. A resource created during the deletion, such as a
// log group that Lambda recreates, is not the stack's.
func (m Member) last(stack *Stack) time.Time {
	if m.Status == types.ResourceStatusDeleteComplete && !m.deletionBegun.IsZero() {
		return m.deletionBegun
	}
	if stack.Gone() && !m.ended() && stack.Deleted.After(m.Changed) {
		return stack.Deleted
	}
	return m.Changed
}

// couldBeKept reports whether the template could have retained the resource. It did not if
// CloudFormation tried to delete the resource, or failed to create it.
func (m Member) couldBeKept() bool {
	switch m.Status {
	case types.ResourceStatusDeleteComplete, types.ResourceStatusDeleteFailed, types.ResourceStatusCreateFailed:
		return false
	}
	return true
}

// explainLeftover explains why a resource still exists.
func (m Member) explainLeftover(stack *Stack) string {
	switch m.Status {
	case types.ResourceStatusCreateFailed:
		return fmt.Sprintf("was created by the stack %s, which reports that the creation failed at %s",
			stack.Name, formatTime(m.Changed))
	case types.ResourceStatusDeleteComplete:
		return fmt.Sprintf("still exists, although CloudFormation reported at %s that it was deleted", formatTime(m.Changed))
	default:
		return fmt.Sprintf("was left behind by the stack %s (%s at %s)", stack.Name, m.Status, formatTime(m.Changed))
	}
}

// statusVerb returns the end of the clause "the stack's own resource was …".
func statusVerb(status types.ResourceStatus) string {
	switch status {
	case types.ResourceStatusDeleteComplete:
		return "deleted"
	case types.ResourceStatusDeleteSkipped, types.ResourceStatusDeleteFailed:
		return "left behind"
	default:
		return "last reported as " + string(status)
	}
}

func formatTime(at time.Time) string { return at.UTC().Format(time.RFC3339) }
