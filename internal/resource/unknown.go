package resource

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
)

// UnprovenError reports that Cloud Control cannot find a resource by CloudFormation's physical ID.
// This proves nothing, because Cloud Control identifies some kinds differently:
// https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-identifier.html
type UnprovenError struct {
	Answer string // in the form of an Observation
}

func (e *UnprovenError) Error() string {
	return e.Answer + ", which proves nothing: Cloud Control may know it by another identifier"
}

// observeUnknown asks Cloud Control for a resource of a kind without a record, such as a queue that
// somebody added to the stack. If Cloud Control cannot find it, observeUnknown returns an
// *UnprovenError.
func observeUnknown(ctx context.Context, cfg aws.Config, r Resource) (Observation, error) {
	const operation = "cloudformation:GetResource" // the action for Cloud Control's GetResource in policies
	kind := string(r.Kind)
	out, err := cloudcontrol.NewFromConfig(cfg).GetResource(ctx,
		&cloudcontrol.GetResourceInput{TypeName: &kind, Identifier: &r.ID})
	if hasCode(err, codeResourceNotFound) {
		return Observation{}, &UnprovenError{Answer: operation + ": " + codeResourceNotFound}
	}
	if err != nil {
		return Observation{}, err
	}
	if out.ResourceDescription == nil || aws.ToString(out.ResourceDescription.Identifier) == "" {
		return Observation{}, fmt.Errorf("%w (Cloud Control)", incomplete(operation))
	}
	return found(operation), nil
}
