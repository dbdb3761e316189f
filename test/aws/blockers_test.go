//go:build smoke

package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
)

// statusDocument is part of the document of status --output json.
type statusDocument struct {
	Healthy      bool
	Status, Next string
}

// status runs retrycatch status for a stage. It returns an error unless the command exits with the
// given code.
func (s *suite) status(ctx context.Context, code int, stage string) (statusDocument, error) {
	r, err := s.retrycatch(ctx, code, "status", "--output", "json", "--stage", stage)
	if err != nil {
		return statusDocument{}, err
	}
	return decode[statusDocument](r)
}

// rollBackCreation makes the creation of a stack fail, then deploys and destroys the stage.
func rollBackCreation(ctx context.Context, s *suite) (string, error) {
	template, err := s.failingTemplate(ctx, rollbackStage)
	if err != nil {
		return "", err
	}
	name := stackName(rollbackStage)
	if _, err := cloudformation.NewFromConfig(s.config()).CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: &name, TemplateBody: &template, Tags: stackTags(name),
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}}); err != nil {
		return "", err
	}
	stack, err := inventory.AwaitDeployment(ctx, s.config(), name, "")
	if err != nil {
		return "", err
	}
	if stack == nil || stack.Status != types.StackStatusRollbackComplete {
		return "", fmt.Errorf("got stack %+v, want ROLLBACK_COMPLETE", stack)
	}
	broken, err := s.status(ctx, 1, rollbackStage)
	if err != nil {
		return "", err
	}
	if broken.Healthy || broken.Status != string(types.StackStatusRollbackComplete) || broken.Next == "" {
		return "", fmt.Errorf("got the status %+v, want ROLLBACK_COMPLETE and a next step", broken)
	}
	if err := s.deploy(ctx, rollbackStage); err != nil {
		return "", err
	}
	repaired, err := s.status(ctx, 0, rollbackStage)
	if err != nil {
		return "", err
	}
	if !repaired.Healthy {
		return "", fmt.Errorf("after the deployment: got the status %+v, want a healthy stack", repaired)
	}
	_, err = s.destroy(ctx, rollbackStage)
	return "reported, replaced, destroyed", err
}

// failingTemplate synthesizes a stage's template, and adds a resource whose creation times out
// after all others are created.
func (s *suite) failingTemplate(ctx context.Context, stage string) (string, error) {
	folder, err := os.MkdirTemp(s.folder, "synth-")
	if err != nil {
		return "", err
	}
	args := []string{"synth", "--quiet", "--output", folder, stackName(stage)}
	for _, pair := range append(cdk.EnvContext(), deployment.OptionStage+"="+stage) {
		args = append(args, "--context", pair)
	}
	if err := s.cdk(ctx, s.repository, args...); err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(folder, stackName(stage)+".template.json"))
	if err != nil {
		return "", err
	}
	var template map[string]any
	if err := json.Unmarshal(text, &template); err != nil {
		return "", err
	}
	resources, ok := template["Resources"].(map[string]any)
	if !ok {
		return "", fmt.Errorf("the template of stack %s has no resources", stackName(stage))
	}
	var all []string
	for id := range resources {
		all = append(all, id)
	}
	resources["Handle"] = map[string]any{"Type": "AWS::CloudFormation::WaitConditionHandle"}
	resources["Signal"] = map[string]any{"Type": "AWS::CloudFormation::WaitCondition", "DependsOn": all,
		"Properties": map[string]any{"Handle": map[string]any{"Ref": "Handle"}, "Timeout": "1"}}
	text, err = json.Marshal(template)
	return string(text), err
}

// stackTags returns the tags that the CDK sets on a stack.
func stackTags(name string) []types.Tag {
	return []types.Tag{{Key: aws.String(deployment.TagProject), Value: aws.String(deployment.Project)},
		{Key: aws.String(deployment.TagStack), Value: &name}}
}

// attachPolicy attaches a policy to a role of the stack. A forced teardown must detach the policy
// but not delete it.
func attachPolicy(ctx context.Context, s *suite) (string, error) {
	if err := outsidePolicy.create(ctx, s); err != nil {
		return "", err
	}
	if err := s.deploy(ctx, policyStage); err != nil {
		return "", err
	}
	role := resourceNames(policyStage).FunctionRole
	if _, err := s.iam().AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &role,
		PolicyArn: outsidePolicy.arn(s)}); err != nil {
		return "", err
	}
	attached := func() (int, error) {
		out, err := s.iam().ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: outsidePolicy.arn(s)})
		if err != nil {
			return 0, err
		}
		return len(out.PolicyRoles), nil
	}
	detach := "aws iam detach-role-policy --role-name " + role
	if err := s.requireRefusal(ctx, policyStage, detach, *outsidePolicy.arn(s)); err != nil {
		return "", err
	}
	if n, err := attached(); n != 1 || err != nil {
		return "", errors.Join(fmt.Errorf("after the refused teardown: got %d roles with the policy, want 1", n), err)
	}
	if _, err := s.destroy(ctx, policyStage, "--force"); err != nil {
		return "", err
	}
	if n, err := attached(); n != 0 || err != nil {
		return "", errors.Join(fmt.Errorf("after the forced teardown: got %d roles with the policy, want 0", n), err)
	}
	return "reported, then detached by --force", nil
}

// requireRefusal runs a teardown that must refuse to start and must print these texts. IAM lists
// new blockers with a delay, so requireRefusal first waits until status prints the texts.
func (s *suite) requireRefusal(ctx context.Context, stage string, texts ...string) error {
	if err := poll(ctx, "status does not name the blocker", func() (bool, error) {
		r, err := s.retrycatch(ctx, 0, "status", "--stage", stage)
		return err == nil && r.requireOutput(texts...) == nil, err
	}); err != nil {
		return err
	}
	r, err := s.retrycatch(ctx, 2, "destroy", "--yes", "--stage", stage)
	if err != nil {
		return err
	}
	return r.requireOutput(texts...)
}

// addRoleToProfile adds a role of the stack to an instance profile. A forced teardown must remove
// the role from the profile but not delete the profile.
func addRoleToProfile(ctx context.Context, s *suite) (string, error) {
	if err := s.deploy(ctx, profileStage); err != nil {
		return "", err
	}
	role := resourceNames(profileStage).FunctionRole
	if err := testProfile.create(ctx, s, role); err != nil {
		return "", err
	}
	if err := s.requireRefusal(ctx, profileStage, "aws iam remove-role-from-instance-profile --instance-profile-name "+
		testProfile.name+" --role-name "+role); err != nil {
		return "", err
	}
	if _, err := s.destroy(ctx, profileStage, "--force"); err != nil {
		return "", err
	}
	out, err := s.iam().GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: &testProfile.name})
	if err != nil {
		return "", fmt.Errorf("cannot read the instance profile, which the teardown must keep: %w", err)
	}
	if n := len(out.InstanceProfile.Roles); n != 0 {
		return "", fmt.Errorf("after the teardown: got %d roles in the instance profile, want 0", n)
	}
	return "reported, then emptied by --force", nil
}

// deleteExecutionRole gives the stack another execution role, and then deletes that role. Deleting
// the CDK bootstrap has the same effect on a stack that uses the bootstrap's role.
func deleteExecutionRole(ctx context.Context, s *suite) (string, error) {
	if err := s.deploy(ctx, roleStage); err != nil {
		return "", err
	}
	stack, err := inventory.FindStack(ctx, s.config(), stackName(roleStage))
	if err != nil {
		return "", err
	}
	if stack == nil || stack.RoleARN == "" {
		return "", fmt.Errorf("got stack %+v, want an execution role", stack)
	}
	if err := s.changeRole(ctx, stack); err != nil {
		return "", err
	}
	if err := deletedRole.remove(ctx, s); err != nil {
		return "", err
	}
	if err := poll(ctx, "IAM still shows the deleted role", func() (bool, error) {
		found, _, err := deletedRole.find(ctx, s)
		return !found, err
	}); err != nil {
		return "", err
	}
	refused, err := s.retrycatch(ctx, 2, "destroy", "--yes", "--stage", roleStage)
	if err != nil {
		return "", err
	}
	message := "assumes the role " + deletedRole.arn(s) + ", which no longer exists"
	if err := refused.requireOutput(message, "--role-arn"); err != nil {
		return "", err
	}
	_, err = s.destroy(ctx, roleStage, "--role-arn", stack.RoleARN)
	return "reported; destroyed by --role-arn", err
}

// changeRole updates the stack with deletedRole as its new execution role. The update itself only
// adds a tag. For a few seconds, CloudFormation cannot assume a new role and reports a
// ValidationError.
func (s *suite) changeRole(ctx context.Context, stack *inventory.Stack) error {
	if err := deletedRole.create(ctx, s); err != nil {
		return err
	}
	input := &cloudformation.UpdateStackInput{StackName: &stack.ARN, UsePreviousTemplate: aws.Bool(true),
		RoleARN: aws.String(deletedRole.arn(s)), Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
		Tags: append(stackTags(stack.Name), types.Tag{Key: aws.String("Smoke"), Value: aws.String("role")})}
	since, err := inventory.MarkEvents(ctx, s.config(), stack.Name)
	if err != nil {
		return err
	}
	var updateErr error
	if err := poll(ctx, "CloudFormation cannot assume the new role", func() (bool, error) {
		_, updateErr = cloudformation.NewFromConfig(s.config()).UpdateStack(ctx, input)
		if hasCode(updateErr, "ValidationError") {
			return false, nil
		}
		return updateErr == nil, updateErr
	}); err != nil {
		return errors.Join(err, updateErr)
	}
	updated, err := inventory.AwaitDeployment(ctx, s.config(), stack.Name, since)
	if err != nil {
		return err
	}
	if updated == nil || updated.Status != types.StackStatusUpdateComplete || updated.RoleARN != deletedRole.arn(s) {
		return fmt.Errorf("got stack %+v, want UPDATE_COMPLETE with the role %s", updated, deletedRole.arn(s))
	}
	return nil
}
