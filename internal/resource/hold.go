package resource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Hold is something outside a stack that prevents CloudFormation from deleting one of the stack's
// resources, such as a policy that somebody attached to a role.
type Hold struct {
	Resource Resource
	Text     string // predicate about the resource, such as "has deletion protection"
	Fix      string // what Lift does, such as "turn off deletion protection"
	Command  string // AWS CLI command that removes the hold
	lift     func(ctx context.Context, cfg aws.Config) error
}

func (h Hold) String() string { return "the " + h.Resource.String() + " " + h.Text }

// Lift removes the hold. It returns nil if the hold or the resource no longer exists.
func (h Hold) Lift(ctx context.Context, cfg aws.Config) error {
	if err := ignoreAbsent(h.lift(ctx, cfg)); err != nil {
		return fmt.Errorf("the %s: cannot %s: %w", h.Resource, h.Fix, err)
	}
	return nil
}

// DeclaredAttachments lists a role's policies and instance profiles that belong to the role's own
// stack. CloudFormation removes them together with the role.
type DeclaredAttachments struct {
	// Unreadable is true if the template is missing, or contains the policies in a form that cannot
	// be read. In this case, no policy counts as a hold.
	Unreadable bool
	Inline     []string // names of inline policies
	Managed    string   // the template's list of managed policies, in JSON
	Policies   []string // ARNs of managed policies that are resources of the stack
	Profiles   []string // names of instance profiles that are resources of the stack
}

func (d DeclaredAttachments) hasInline(name string) bool {
	return d.Unreadable || slices.Contains(d.Inline, name)
}

// hasManaged reports whether the stack attaches the policy. In d.Managed, hasManaged searches only
// for the policy's name, because a template may construct the ARN with intrinsic functions.
func (d DeclaredAttachments) hasManaged(arn string) bool {
	name := arn[strings.LastIndex(arn, "/")+1:] + `"`
	return d.Unreadable || slices.Contains(d.Policies, arn) ||
		strings.Contains(d.Managed, "/"+name) || strings.Contains(d.Managed, `"`+name)
}

// Holds finds what prevents CloudFormation from deleting a resource of the stack. It finds no hold
// for a resource that does not exist.
func Holds(ctx context.Context, cfg aws.Config, r Resource, declared DeclaredAttachments) ([]Hold, error) {
	record, _ := r.Kind.record()
	if record.holds == nil {
		return nil, nil
	}
	holds, err := record.holds(ctx, cfg, r.ID, declared)
	if err := ignoreAbsent(err); err != nil {
		return nil, fmt.Errorf("cannot check what prevents the deletion of the %s: %w", r, err)
	}
	return holds, nil
}
