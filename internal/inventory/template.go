package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/jsonfile"
	"retrycatch/internal/resource"
)

// template holds the parts of a stack's template that this package reads.
type template struct {
	body      string
	Resources map[string]declaration
	Outputs   map[string]any
}

// declaration holds one resource of a template.
type declaration struct {
	Type      resource.Kind
	Condition string // name of the condition under which the resource exists; empty if it always does
	// DeletionPolicy applies when the stack is deleted, UpdateReplacePolicy when an update replaces
	// the resource.
	DeletionPolicy, UpdateReplacePolicy string
	Properties                          struct {
		FunctionName      any // a name, or an intrinsic function
		Policies          any // of a role: a list of inline policies, or an intrinsic function
		PolicyName        any // of an inline policy that is a separate resource
		ManagedPolicyArns any
		Code              any // of a function: the bucket and key of its zip
		Architectures     any // of a function: a list, or an intrinsic function
		Endpoint          any // of a subscription
		DefinitionString  any // of a state machine
	}
}

// retains reports whether a deletion or replacement policy is Retain or RetainExceptOnCreate:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
func retains(policy string) bool { return strings.HasPrefix(policy, "Retain") }

// keeps reports whether CloudFormation keeps the member. The deletion policy decides. If an update
// dropped the member, the replacement policy decides instead. If the current template no longer
// declares a dropped member, an earlier template decided: it retained the member if CloudFormation
// skipped the deletion without trying it.
func (t template) keeps(m Member) bool {
	declared, found := t.Resources[m.LogicalID]
	if !m.dropped {
		return retains(declared.DeletionPolicy)
	}
	untried := m.Status == types.ResourceStatusDeleteSkipped && m.deletionBegun.IsZero()
	return retains(declared.UpdateReplacePolicy) || !found && untried
}

// allListed reports whether a list contains all resources of the template, except conditional ones.
func (t template) allListed(summaries []types.StackResourceSummary) bool {
	for id, declared := range t.Resources {
		if declared.Condition == "" && !slices.ContainsFunc(summaries, func(s types.StackResourceSummary) bool {
			return aws.ToString(s.LogicalResourceId) == id
		}) {
			return false
		}
	}
	return true
}

// readTemplate reads the template of a stack.
func readTemplate(ctx context.Context, cfg aws.Config, stackARN string) (template, error) {
	body, err := templateBody(ctx, cfg, stackARN, "")
	if err != nil {
		return template{}, err
	}
	parsed, err := parseTemplate(body)
	if err != nil {
		return template{}, fmt.Errorf("cannot read the template of the stack %s: %w", stackARN, err)
	}
	return parsed, nil
}

// templateBody reads the template of a stack, or of one of its change sets if changeSetARN is set.
func templateBody(ctx context.Context, cfg aws.Config, stackARN, changeSetARN string) (string, error) {
	input := &cloudformation.GetTemplateInput{StackName: &stackARN}
	if changeSetARN != "" {
		input.ChangeSetName = &changeSetARN
	}
	out, err := cloudformation.NewFromConfig(cfg).GetTemplate(ctx, input)
	if err != nil {
		return "", fmt.Errorf("cannot read the template of the stack %s: %w", stackARN, err)
	}
	if aws.ToString(out.TemplateBody) == "" {
		return "",
			fmt.Errorf("cannot read the template of the stack %s: cloudformation:GetTemplate did not return it",
				stackARN)
	}
	return *out.TemplateBody, nil
}

// parseTemplate parses a template. The CDK writes JSON; a manual update may use YAML.
func parseTemplate(body string) (template, error) {
	parsed := template{body: body}
	if json.Unmarshal([]byte(body), &parsed) == nil && parsed.Resources != nil {
		return parsed, nil
	}
	values, err := jsonfile.FromYAML([]byte(body))
	if err != nil {
		return template{}, err
	}
	if len(values) != 1 || values[0][0] != '{' {
		return template{}, errors.New("it is not a template")
	}
	return parsed, json.Unmarshal(values[0], &parsed)
}

// declaredFor returns the policies that the template assigns to the role with this logical ID. A
// separate policy resource counts for every role, because only CloudFormation can resolve the names
// of its roles. If the list or a name is an intrinsic function, Unreadable is set.
func (t template) declaredFor(logicalID string) resource.DeclaredAttachments {
	role := t.Resources[logicalID].Properties
	names := []any{}
	policies, isList := role.Policies.([]any)
	for _, policy := range policies {
		inline, _ := policy.(map[string]any)
		names = append(names, inline["PolicyName"])
	}
	for _, other := range t.Resources {
		if other.Type == "AWS::IAM::Policy" || other.Type == "AWS::IAM::RolePolicy" {
			names = append(names, other.Properties.PolicyName)
		}
	}
	declared := resource.DeclaredAttachments{Unreadable: role.Policies != nil && !isList}
	for _, name := range names {
		text, plain := name.(string)
		declared.Unreadable = declared.Unreadable || !plain
		declared.Inline = append(declared.Inline, text)
	}
	managed, _ := json.Marshal(role.ManagedPolicyArns) // the value was parsed from JSON, so Marshal cannot fail
	declared.Managed = string(managed)
	return declared
}
