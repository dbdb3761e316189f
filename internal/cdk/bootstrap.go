package cdk

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
)

// ContextPrefix begins the keys of the context that are the CDK's own.
const ContextPrefix = "@aws-cdk/"

// ContextQualifier is the key of the context that names the bootstrap:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
const ContextQualifier = ContextPrefix + "core:bootstrapQualifier"

// contextBoundary is the key of the context that names a permissions boundary for every role:
// https://docs.aws.amazon.com/cdk/v2/guide/customize-permissions-boundaries.html
const contextBoundary = ContextPrefix + "core:permissionsBoundary"

// DefaultQualifier is the CDK's default bootstrap qualifier.
const DefaultQualifier = "hnb659fds"

// Bootstrap is what the settings say about the bootstrap of an account and region.
type Bootstrap struct {
	Qualifier string
	StackName string // of the bootstrap stack; empty for the default
	Boundary  string // the name of the permissions boundary of the roles, with placeholders, or empty
	Tags      []Tag  // of the bootstrap stack
}

// Custom reports whether the qualifier is not the CDK's default.
func (b Bootstrap) Custom() bool { return b.Qualifier != DefaultQualifier }

// Bootstrap returns the bootstrap that the settings and pairs, NAME=VALUE, of a command line select.
func (s Settings) Bootstrap(pairs []string) Bootstrap {
	b := Bootstrap{Qualifier: DefaultQualifier, StackName: s.ToolkitStackName, Tags: s.Tags}
	if qualifier, ok := s.Context[ContextQualifier].(string); ok {
		b.Qualifier = qualifier
	}
	for _, pair := range pairs {
		if qualifier, ok := strings.CutPrefix(pair, ContextQualifier+"="); ok {
			b.Qualifier = qualifier
		}
	}
	if boundary, ok := s.Context[contextBoundary].(map[string]any); ok {
		b.Boundary, _ = boundary["name"].(string)
		if arn, ok := boundary["arn"].(string); ok {
			_, b.Boundary, _ = strings.Cut(arn, ":policy/")
		}
	}
	return b
}

// BoundaryIn returns the name of the permissions boundary in an account and region:
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.PermissionsBoundary.html
func (b Bootstrap) BoundaryIn(partition, account, region string) string {
	return strings.NewReplacer("${Qualifier}", b.Qualifier, "${AWS::Partition}", partition,
		"${AWS::AccountId}", account, "${AWS::Region}", region).Replace(b.Boundary)
}

// Arguments returns the arguments of the CDK CLI that bootstrap an account and region. A custom
// qualifier gets a stack of its own, since the default stack may serve other deployments.
func (b Bootstrap) Arguments(partition, account, region string) []string {
	arguments := []string{"bootstrap", fmt.Sprintf("aws://%s/%s", account, region)}
	name := b.StackName
	if b.Custom() {
		arguments = append(arguments, "--qualifier", b.Qualifier)
		if name == "" {
			name = "CDKToolkit-" + b.Qualifier
		}
	}
	if name != "" {
		arguments = append(arguments, "--toolkit-stack-name", name)
	}
	if b.Boundary != "" {
		arguments = append(arguments, "--custom-permissions-boundary", b.BoundaryIn(partition, account, region))
	}
	for _, tag := range b.Tags {
		arguments = append(arguments, "--tags", tag.Key+"="+tag.Value)
	}
	return arguments
}

// Bootstrap runs the CDK CLI with arguments that bootstrap an account and region. It runs outside
// the project, where the CDK CLI would first synthesize the stack.
func (c CLI) Bootstrap(ctx context.Context, arguments []string) error {
	folder, err := os.MkdirTemp("", "retrycatch-bootstrap-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	return c.run(ctx, folder, slices.Clone(arguments))
}
