package resource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Hold describes something outside a stack that prevents CloudFormation from deleting one of the
// stack's resources.
type Hold struct {
	Resource Resource
	Text     string // for example "has the policy arn:aws:iam::aws:policy/ReadOnlyAccess, which is not the stack's"
	Lifting  string // for example "detach the policy arn:aws:iam::aws:policy/ReadOnlyAccess"
	Command  string // the AWS CLI command that removes the hold
	lift     func(ctx context.Context, cfg aws.Config) error
}

func (h Hold) String() string { return "the " + h.Resource.String() + " " + h.Text }

// Lift removes the hold. It returns nil if the hold no longer exists.
func (h Hold) Lift(ctx context.Context, cfg aws.Config) error {
	if err := unlessAbsent(h.lift(ctx, cfg)); err != nil {
		return fmt.Errorf("the %s: cannot %s: %w", h.Resource, h.Lifting, err)
	}
	return nil
}

// Declared lists a role's policies and instance profiles that belong to the role's own stack.
// CloudFormation removes them together with the role.
type Declared struct {
	// Unread means that the role's policies cannot be read from the template. Then no policy counts
	// as a hold.
	Unread   bool
	Inline   []string // names of inline policies
	Managed  string   // the template's list of managed policies, in JSON
	Policies []string // ARNs of managed policies that are resources of the stack
	Profiles []string // names of instance profiles that are resources of the stack
}

func (d Declared) inline(name string) bool { return d.Unread || slices.Contains(d.Inline, name) }

// managed reports whether the stack attaches the policy. It compares only the policy's name,
// because a template may construct an ARN with intrinsic functions.
func (d Declared) managed(arn string) bool {
	name := arn[strings.LastIndex(arn, "/")+1:] + `"`
	return d.Unread || slices.Contains(d.Policies, arn) ||
		strings.Contains(d.Managed, "/"+name) || strings.Contains(d.Managed, `"`+name)
}

// Holds finds everything that prevents CloudFormation from deleting a resource of the stack. For a
// resource that does not exist, it finds nothing.
func Holds(ctx context.Context, cfg aws.Config, r Resource, declared Declared) ([]Hold, error) {
	record, _ := r.Kind.record()
	if record.holds == nil {
		return nil, nil
	}
	holds, err := record.holds(ctx, cfg, r.ID, declared)
	if err := unlessAbsent(err); err != nil {
		return nil, fmt.Errorf("cannot check what prevents the deletion of the %s: %w", r, err)
	}
	return holds, nil
}
