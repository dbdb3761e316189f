package cdk

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// ContextPrefix is the prefix of the CDK's own context keys.
const ContextPrefix = "@aws-cdk/"

// ContextQualifier is the context key of the bootstrap's qualifier:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
const ContextQualifier = ContextPrefix + "core:bootstrapQualifier"

// contextBoundary is the context key of a permissions boundary for all roles:
// https://docs.aws.amazon.com/cdk/v2/guide/customize-permissions-boundaries.html
const contextBoundary = ContextPrefix + "core:permissionsBoundary"

// DefaultQualifier is the CDK's default bootstrap qualifier.
const DefaultQualifier = "hnb659fds"

// Bootstrap holds the settings of a bootstrap, which prepares an account and region for the CDK.
type Bootstrap struct {
	Qualifier   string
	CustomStack string // name of the bootstrap stack in the settings; empty for the default
	Bucket      Bucket // bucket of the bootstrap stack
	Boundary    string // name or ARN of the roles' permissions boundary, with placeholders; may be empty
	Tags        []Tag  // tags of the bootstrap stack
}

// HasCustomQualifier reports whether the qualifier is not the CDK's default.
func (b Bootstrap) HasCustomQualifier() bool { return b.Qualifier != DefaultQualifier }

// IsCustom reports whether the settings select a bootstrap other than the CDK's default.
func (b Bootstrap) IsCustom() bool {
	return b.HasCustomQualifier() || b.CustomStack != "" || b.Bucket != Bucket{}
}

// StackName returns the name of the bootstrap stack. A custom qualifier gets its own stack, because
// the default stack may serve other deployments.
func (b Bootstrap) StackName() string {
	switch {
	case b.CustomStack != "":
		return b.CustomStack
	case b.HasCustomQualifier():
		return "CDKToolkit-" + b.Qualifier
	default:
		return "CDKToolkit"
	}
}

// qualifier matches the qualifiers that the bootstrap stack accepts:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
var qualifier = regexp.MustCompile(`^[A-Za-z0-9_-]{1,10}$`)

// HasValidQualifier reports whether the CDK accepts the qualifier.
func (b Bootstrap) HasValidQualifier() bool { return qualifier.MatchString(b.Qualifier) }

// Bootstrap returns the bootstrap that the settings select. A qualifier in pairs, which come from
// the command line as NAME=VALUE, overrides the settings.
func (s Settings) Bootstrap(pairs []string) Bootstrap {
	b := Bootstrap{Qualifier: DefaultQualifier, CustomStack: s.ToolkitStackName, Bucket: s.ToolkitBucket, Tags: s.Tags}
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

// BoundaryARN returns the ARN of the permissions boundary in an account and region, or "" if there
// is no boundary. It replaces the placeholders that the CDK replaces:
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.PermissionsBoundary.html
func (b Bootstrap) BoundaryARN(partition, account, region string) string {
	boundary := strings.NewReplacer("${Qualifier}", b.Qualifier, "${AWS::Partition}", partition,
		"${AWS::AccountId}", account, "${AWS::Region}", region).Replace(b.Boundary)
	if boundary == "" || strings.HasPrefix(boundary, "arn:") {
		return boundary
	}
	return fmt.Sprintf("arn:%s:iam::%s:policy/%s", partition, account, boundary)
}

// Arguments returns the CDK CLI's arguments for bootstrapping an account and region.
func (b Bootstrap) Arguments(partition, account, region string) []string {
	arguments := []string{"bootstrap", fmt.Sprintf("aws://%s/%s", account, region)}
	if b.IsCustom() {
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

// Bootstrap bootstraps the account and region of c.Access. It runs the CDK CLI outside the project,
// because inside the project, the CDK CLI would first synthesize the stack. ~/.cdk.json still
// applies, so the arguments always contain the qualifier.
func (c CLI) Bootstrap(ctx context.Context, b Bootstrap, partition string) error {
	arguments := b.Arguments(partition, c.Access.Account, c.Access.Region)
	if !b.IsCustom() {
		arguments = append(arguments, "--qualifier", b.Qualifier, "--toolkit-stack-name", b.StackName())
	}
	folder, err := os.MkdirTemp("", "retrycatch-bootstrap-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	return c.run(ctx, folder, arguments)
}
