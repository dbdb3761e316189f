// Package resource describes every kind of resource that a deployment creates: its names, and how
// to list, observe and remove it. Each kind has a record in its own file. To add a kind, add a file
// and a line in records.
package resource

import (
	"fmt"
	"strings"

	"retrycatch/internal/deployment"
)

// Kind is a resource type in CloudFormation's spelling.
type Kind string

// Resource identifies one resource. ID is CloudFormation's physical ID: the ARN of a state machine,
// topic or subscription, and the name of any other kind. The ID of a staged asset is BUCKET/KEY.
type Resource struct {
	Kind Kind
	ID   string
}

// Name returns the resource's name. For an ARN, it returns only the last part.
func (r Resource) Name() string {
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
	parts := strings.SplitN(r.ID, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return r.ID
	}
	return strings.TrimPrefix(parts[5], "stateMachine:")
}

func (r Resource) String() string { return r.Kind.Title() + " " + r.Name() }

// Place holds the partition, region and account of a stack.
type Place struct {
	Partition, Region, Account string
}

func (p Place) arn(service, name string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", p.Partition, service, p.Region, p.Account, name)
}

// Expected lists the resources that a stack with these names creates, in order of dependency. It
// omits resources that AWS names.
func Expected(names deployment.Names, in Place) []Resource {
	var expected []Resource
	for _, record := range records {
		if record.ids == nil {
			continue
		}
		for _, id := range record.ids(names, in) {
			expected = append(expected, Resource{record.kind, id})
		}
	}
	return expected
}

// noResources holds the kinds that only CloudFormation treats as resources. A topic policy is a
// property of the topic. The CDK's metadata and wait conditions do not exist outside the stack.
var noResources = map[Kind]bool{"AWS::SNS::TopicPolicy": true, "AWS::CDK::Metadata": true,
	"AWS::CloudFormation::WaitCondition": true, "AWS::CloudFormation::WaitConditionHandle": true}

// Exists reports whether the kind's resources exist outside their stack and can be observed.
func (k Kind) Exists() bool { return !noResources[k] }
