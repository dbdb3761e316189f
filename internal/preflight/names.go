package preflight

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
)

// usedNames explains existing resources with names that the deployment needs. The console tutorial
// creates resources with the same names.
type usedNames struct {
	stackName string
	stack     *inventory.Stack // nil if none exists
	target    Target
	claims    inventory.Claims // read when the first name is in use
}

// explain returns a problem that names the resource's owner. This may be an earlier deployment in
// CloudFormation's records, another stage or region by the tags, or somebody else. Only a resource
// of an earlier deployment may be deleted. explain returns nil if the stack itself owns the
// resource.
func (n *usedNames) explain(ctx context.Context, cfg aws.Config, r resource.Resource, o resource.Observation) error {
	if n.claims == nil {
		records, err := inventory.ReadHistories(ctx, cfg, n.stackName, n.stack)
		if err != nil {
			return unread(err, n.target)
		}
		n.claims = inventory.NewClaims(records)
	}
	exists := fmt.Sprintf("the %s exists already", r)
	owner := n.claims.Owner(r, o)
	switch {
	case owner.Owned: // the stack's list of resources was stale
		return nil
	case owner.Kept:
		return &problem.Problem{What: exists + ": an earlier deployment of this stack kept it",
			Next: n.target.AWS(r.RemoveCommand())}
	case owner.Ours:
		return &problem.Problem{What: exists + ": it " + owner.Why, Next: n.freeing(owner)}
	case o.Tags[deployment.TagProject] == deployment.Project:
		return n.tagged(exists, o.Tags, cfg.Region)
	default:
		return &problem.Problem{What: exists + ", and this stack does not own it: it " + owner.Why,
			Next: n.target.Elsewhere()}
	}
}

// freeing returns the command that frees the name of a resource of this stack. IAM may show a
// deleted resource for some seconds, for which a teardown waits. If the stack exists, a second
// deployment is late enough.
func (n *usedNames) freeing(owner inventory.Ownership) string {
	switch {
	case owner.Removable:
		return n.target.Command("destroy --force")
	case n.stack == nil:
		return n.target.Command("destroy")
	default:
		return n.target.Command("deploy")
	}
}

// tagged returns the problem for a resource of another deployment of this project.
func (n *usedNames) tagged(exists string, tags map[string]string, region string) error {
	p := &problem.Problem{What: exists + ": it belongs to the stack " + tags[deployment.TagStack],
		Next: n.target.Elsewhere()}
	if other := tags[deployment.TagRegion]; other != "" && other != region {
		p.What += " in the region " + other + ", and its name is unique in the account"
		p.Next = n.target.Regional()
	}
	return p
}
