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

// usedNames finds out who owns existing resources that have the deployment's names. For example,
// AWS's console tutorial creates resources with these names.
type usedNames struct {
	stackName string
	stack     *inventory.Stack // nil if none exists
	target    Target
	claims    inventory.Claims // read when the first existing resource is found
}

// explain returns a problem that names the resource's owner, or nil if the stack owns the resource.
// CloudFormation's records show the resources of earlier deployments, even if the stack is deleted.
// Tags show the resources of other stages and regions. All other resources belong to somebody else.
func (n *usedNames) explain(ctx context.Context, cfg aws.Config, r resource.Resource, o resource.Observation) error {
	if n.claims == nil {
		records, err := inventory.ReadHistories(ctx, cfg, n.stackName, n.stack)
		if err != nil {
			return readProblem(err, n.target)
		}
		n.claims = inventory.NewClaims(records)
	}
	exists := fmt.Sprintf("the %s already exists", r)
	owner := n.claims.Owner(r, o)
	switch {
	case owner.InStack: // the stack's list of resources was stale
		return nil
	case owner.Kept:
		return &problem.Problem{What: exists + ": an earlier deployment of this stack kept it",
			Next: n.target.AWS(r.RemoveCommand())}
	case owner.Ours:
		return &problem.Problem{What: exists + ": it " + owner.Why, Next: n.freeNameCommand(owner)}
	case o.Tags[deployment.TagProject] == deployment.Project:
		return n.taggedProblem(exists, o.Tags, cfg.Region)
	default:
		return &problem.Problem{What: exists + ", and this stack does not own it: it " + owner.Why,
			Next: n.target.OtherStageCommand()}
	}
}

// freeNameCommand returns the command that frees the name of a resource of this stack. "retrycatch
// destroy --force" removes a removable resource. Any other resource may be a deleted one that IAM
// still returns for a few seconds. If the stack does not exist, "retrycatch destroy" waits until
// IAM no longer returns the resource. If the stack exists, the user only needs to deploy again.
func (n *usedNames) freeNameCommand(owner inventory.Ownership) string {
	switch {
	case owner.Removable:
		return n.target.Command("destroy --force")
	case n.stack == nil:
		return n.target.Command("destroy")
	default:
		return n.target.Command("deploy")
	}
}

// taggedProblem returns the problem for a resource of another deployment of this project.
func (n *usedNames) taggedProblem(exists string, tags map[string]string, region string) error {
	p := &problem.Problem{What: exists + ": it belongs to the stack " + tags[deployment.TagStack],
		Next: n.target.OtherStageCommand()}
	if other := tags[deployment.TagRegion]; other != "" && other != region {
		p.What += " in the region " + other + ", but its name must be unique in the account"
		p.Next = n.target.RegionalCommand()
	}
	return p
}
