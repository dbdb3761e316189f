// Package resource describes every kind of resource that a deployment creates. For each kind, it
// knows the expected names, and can list, observe and remove resources. Each kind has a record in
// its own file. To add a kind, add a file, and add its record to records.
package resource

import (
	"fmt"
	"strings"

	"retrycatch/internal/deployment"
)

// Kind is a CloudFormation resource type, such as AWS::IAM::Role, or the special kind Asset.
type Kind string

// Resource identifies one resource. ID is CloudFormation's physical ID: the ARN of a state machine,
// topic or subscription, or the name of a resource of another kind. The ID of a staged asset is
// BUCKET/KEY.
type Resource struct {
	Kind Kind
	ID   string
}

// Name returns the resource's name. In an ARN, the name is everything after the account ID, without
// the prefix "stateMachine:".
func (r Resource) Name() string {
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
	parts := strings.SplitN(r.ID, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return r.ID
	}
	return strings.TrimPrefix(parts[5], "stateMachine:")
}

func (r Resource) String() string { return r.Kind.Title() + " " + r.Name() }

// Location holds the partition, region and account of a stack.
type Location struct {
	Partition, Region, Account string
}

func (l Location) arn(service, name string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", l.Partition, service, l.Region, l.Account, name)
}

// Expected lists the resources that a stack with these names creates. A resource comes after the
// resources that it uses. Expected omits resources whose IDs AWS generates.
func Expected(names deployment.Names, location Location) []Resource {
	var expected []Resource
	for _, record := range records {
		if record.ids == nil {
			continue
		}
		for _, id := range record.ids(names, location) {
			expected = append(expected, Resource{record.kind, id})
		}
	}
	return expected
}

// stackOnlyKinds holds the kinds that only CloudFormation treats as resources. A topic policy is a
// property of the topic. Wait conditions and the CDK's metadata exist only in the stack.
var stackOnlyKinds = map[Kind]bool{"AWS::SNS::TopicPolicy": true, "AWS::CDK::Metadata": true,
	"AWS::CloudFormation::WaitCondition": true, "AWS::CloudFormation::WaitConditionHandle": true}

// ExistsOutsideStack reports whether resources of the kind exist outside their stack.
func (k Kind) ExistsOutsideStack() bool { return !stackOnlyKinds[k] }
