package resource

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
)

// UnprovenError reports that Cloud Control did not find a resource by its physical ID. The resource
// may still exist, because Cloud Control uses other identifiers for some kinds:
// https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-identifier.html
type UnprovenError struct {
	Result string // same form as Observation.Result
}

func (e *UnprovenError) Error() string {
	return e.Result + " (Cloud Control may use another identifier for this resource, so it may still exist)"
}

// observeUnknown asks Cloud Control for a resource of an unknown kind, such as a queue that
// somebody added to the stack. If Cloud Control does not find the resource, observeUnknown returns
// an *UnprovenError.
func observeUnknown(ctx context.Context, cfg aws.Config, r Resource) (Observation, error) {
	const operation = "cloudformation:GetResource" // policies use this action for Cloud Control's GetResource
	kind := string(r.Kind)
	out, err := cloudcontrol.NewFromConfig(cfg).GetResource(ctx,
		&cloudcontrol.GetResourceInput{TypeName: &kind, Identifier: &r.ID})
	if hasCode(err, codeResourceNotFound) {
		return Observation{}, &UnprovenError{Result: operation + ": " + codeResourceNotFound}
	}
	if err != nil {
		return Observation{}, err
	}
	if out.ResourceDescription == nil || aws.ToString(out.ResourceDescription.Identifier) == "" {
		return Observation{}, fmt.Errorf("%w (Cloud Control)", missingResource(operation))
	}
	return found(operation), nil
}
