package cdk

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// ContextPrefix begins the CDK's own context keys.
const ContextPrefix = "@aws-cdk/"

// ContextQualifier is the key of the context that names the bootstrap:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
const ContextQualifier = ContextPrefix + "core:bootstrapQualifier"

// contextBoundary is the key of the context that names a permissions boundary for every role:
// https://docs.aws.amazon.com/cdk/v2/guide/customize-permissions-boundaries.html
const contextBoundary = ContextPrefix + "core:permissionsBoundary"

// DefaultQualifier is the CDK's default bootstrap qualifier.
const DefaultQualifier = "hnb659fds"

// Bootstrap holds the settings for the bootstrap of an account and region.
type Bootstrap struct {
	Qualifier string
	Named     string // the bootstrap stack, as the settings name it; empty for the default
	Bucket    Bucket // of the bootstrap stack
	Boundary  string // name or ARN of the permissions boundary of the roles, with placeholders, or empty
	Tags      []Tag  // of the bootstrap stack
}

// Qualified reports whether the qualifier is not the CDK's default.
func (b Bootstrap) Qualified() bool { return b.Qualifier != DefaultQualifier }

// Custom reports whether the settings select a bootstrap other than the CDK's default.
func (b Bootstrap) Custom() bool { return b.Qualified() || b.Named != "" || b.Bucket != Bucket{} }

// StackName returns the name of the bootstrap stack. A custom qualifier gets its own stack, because
// the default stack may serve other deployments.
func (b Bootstrap) StackName() string {
	switch {
	case b.Named != "":
		return b.Named
	case b.Qualified():
		return "CDKToolkit-" + b.Qualifier
	default:
		return "CDKToolkit"
	}
}

// qualifier matches the qualifiers that the bootstrap stack accepts:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
var qualifier = regexp.MustCompile(`^[A-Za-z0-9_-]{1,10}$`)

// Valid reports whether the bootstrap stack accepts the qualifier.
func (b Bootstrap) Valid() bool { return qualifier.MatchString(b.Qualifier) }

// Bootstrap returns the bootstrap that the settings and a command line's NAME=VALUE pairs select.
func (s Settings) Bootstrap(pairs []string) Bootstrap {
	b := Bootstrap{Qualifier: DefaultQualifier, Named: s.ToolkitStackName, Bucket: s.ToolkitBucket, Tags: s.Tags}
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
		if arn, ok := boundary["arn"].(string); ok { // the CDK prefers the ARN
			b.Boundary = arn
		}
	}
	return b
}

// BoundaryARN returns the ARN of the permissions boundary in an account and region, or "":
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.PermissionsBoundary.html
func (b Bootstrap) BoundaryARN(partition, account, region string) string {
	named := strings.NewReplacer("${Qualifier}", b.Qualifier, "${AWS::Partition}", partition,
		"${AWS::AccountId}", account, "${AWS::Region}", region).Replace(b.Boundary)
	if named == "" || strings.HasPrefix(named, "arn:") {
		return named
	}
	return fmt.Sprintf("arn:%s:iam::%s:policy/%s", partition, account, named)
}

// Arguments returns the arguments of the CDK CLI that bootstrap an account and region.
func (b Bootstrap) Arguments(partition, account, region string) []string {
	arguments := []string{"bootstrap", fmt.Sprintf("aws://%s/%s", account, region)}
	if b.Custom() {
		arguments = append(arguments, "--qualifier", b.Qualifier, "--toolkit-stack-name", b.StackName())
	}
	if b.Bucket.Name != "" {
		arguments = append(arguments, "--bootstrap-bucket-name", b.Bucket.Name)
	}
	if b.Bucket.KMSKeyID != "" {
		arguments = append(arguments, "--bootstrap-kms-key-id", b.Bucket.KMSKeyID)
	}
	if _, name, found := strings.Cut(b.BoundaryARN(partition, account, region), ":policy/"); found {
		arguments = append(arguments, "--custom-permissions-boundary", name)
	}
	for _, tag := range b.Tags {
		arguments = append(arguments, "--tags", tag.Key+"="+tag.Value)
	}
	return arguments
}

// Bootstrap runs the CDK CLI with arguments that bootstrap an account and region. It runs outside
// the project, where the CDK CLI would first synthesize the stack. ~/.cdk.json still applies there,
// so the arguments always name the qualifier.
func (c CLI) Bootstrap(ctx context.Context, b Bootstrap, partition string) error {
	arguments := b.Arguments(partition, c.Access.Account, c.Access.Region)
	if !b.Custom() {
		arguments = append(arguments, "--qualifier", b.Qualifier, "--toolkit-stack-name", b.StackName())
	}
	folder, err := os.MkdirTemp("", "retrycatch-bootstrap-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	return c.run(ctx, folder, arguments)
}
