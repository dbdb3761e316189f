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

// state is the document of status --output json.
type state struct {
	Healthy      bool
	Status, Next string
}

// status returns the status of a stage. It expects the command to end with the exit code.
func (s *suite) status(ctx context.Context, code int, stage string) (state, error) {
	r, err := s.retrycatch(ctx, code, "status", "--output", "json", "--stage", stage)
	if err != nil {
		return state{}, err
	}
	return decode[state](r)
}

// rollBack makes the creation of a stack fail, deploys the stage again, and destroys it.
func rollBack(ctx context.Context, s *suite) (string, error) {
	template, err := s.neverComplete(ctx, rollbackStage)
	if err != nil {
		return "", err
	}
	name := stackName(rollbackStage)
	if _, err := cloudformation.NewFromConfig(s.cfg()).CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: &name, TemplateBody: &template, Tags: stackTags(name),
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}}); err != nil {
		return "", err
	}
	stack, err := inventory.AwaitDeployment(ctx, s.cfg(), name, "")
	if err != nil {
		return "", err
	}
	if stack == nil || stack.Status != types.StackStatusRollbackComplete {
		return "", fmt.Errorf("got the stack %+v, want ROLLBACK_COMPLETE", stack)
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
		return "", fmt.Errorf("after the deployment: got the status %+v, want a healthy one", repaired)
	}
	_, err = s.destroy(ctx, rollbackStage)
	return "reported, replaced, destroyed", err
}

// neverComplete synthesizes a stage's template, and adds a resource whose creation fails after all
// others: its signal never comes.
func (s *suite) neverComplete(ctx context.Context, stage string) (string, error) {
	folder, err := os.MkdirTemp(s.folder, "synth-")
	if err != nil {
		return "", err
	}
	args := []string{"synth", "--quiet", "--output", folder, stackName(stage)}
	for _, pair := range append(cdk.Context(), deployment.OptionStage+"="+stage) {
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
		return "", fmt.Errorf("the template of %s has no resources", stackName(stage))
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

// stackTags returns the tags that the CDK gives to a stack.
func stackTags(name string) []types.Tag {
	return []types.Tag{{Key: aws.String(deployment.TagProject), Value: aws.String(deployment.Project)},
		{Key: aws.String(deployment.TagStack), Value: &name}}
}

// attachPolicy attaches a policy to a role of the stack. A forced teardown must detach the policy
// and keep it.
func attachPolicy(ctx context.Context, s *suite) (string, error) {
	if err := outside.make(ctx, s); err != nil {
		return "", err
	}
	if err := s.deploy(ctx, policyStage); err != nil {
		return "", err
	}
	role := names(policyStage).FunctionRole
	if _, err := s.iam().AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &role,
		PolicyArn: outside.arn(s)}); err != nil {
		return "", err
	}
	attached := func() (int, error) {
		out, err := s.iam().ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: outside.arn(s)})
		if err != nil {
			return 0, err
		}
		return len(out.PolicyRoles), nil
	}
	detach := "aws iam detach-role-policy --role-name " + role
	if err := s.refuseTeardown(ctx, policyStage, detach, *outside.arn(s)); err != nil {
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

// refuseTeardown runs a teardown that a blocker stops, and looks for texts in its message. IAM
// lists new blockers with a delay, so it first waits until status names them.
func (s *suite) refuseTeardown(ctx context.Context, stage string, texts ...string) error {
	if err := poll(ctx, "status still names no blocker", func() (bool, error) {
		r, err := s.retrycatch(ctx, 0, "status", "--stage", stage)
		return err == nil && r.contains(texts...) == nil, err
	}); err != nil {
		return err
	}
	r, err := s.retrycatch(ctx, 2, "destroy", "--yes", "--stage", stage)
	if err != nil {
		return err
	}
	return r.contains(texts...)
}

// holdRole adds a role of the stack to an instance profile. A forced teardown must only empty the
// profile.
func holdRole(ctx context.Context, s *suite) (string, error) {
	if err := s.deploy(ctx, profileStage); err != nil {
		return "", err
	}
	role := names(profileStage).FunctionRole
	if err := holder.make(ctx, s, role); err != nil {
		return "", err
	}
	if err := s.refuseTeardown(ctx, profileStage, "aws iam remove-role-from-instance-profile --instance-profile-name "+
		holder.name+" --role-name "+role); err != nil {
		return "", err
	}
	if _, err := s.destroy(ctx, profileStage, "--force"); err != nil {
		return "", err
	}
	out, err := s.iam().GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: &holder.name})
	if err != nil {
		return "", fmt.Errorf("cannot read the instance profile, which a teardown must keep: %w", err)
	}
	if n := len(out.InstanceProfile.Roles); n != 0 {
		return "", fmt.Errorf("after the teardown: got %d roles in the instance profile, want 0", n)
	}
	return "reported, then emptied by --force", nil
}

// loseRole gives the stack another execution role with an update that only adds a tag, and deletes
// that role. A deleted bootstrap of the CDK has the same effect.
func loseRole(ctx context.Context, s *suite) (string, error) {
	if err := s.deploy(ctx, roleStage); err != nil {
		return "", err
	}
	stack, err := inventory.FindStack(ctx, s.cfg(), stackName(roleStage))
	if err != nil {
		return "", err
	}
	if stack == nil || stack.RoleARN == "" {
		return "", fmt.Errorf("the deployed stack has no execution role: %+v", stack)
	}
	if err := s.changeRole(ctx, stack); err != nil {
		return "", err
	}
	if err := lost.remove(ctx, s); err != nil {
		return "", err
	}
	if err := poll(ctx, "IAM still has the deleted role", func() (bool, error) {
		found, _, err := lost.find(ctx, s)
		return !found, err
	}); err != nil {
		return "", err
	}
	refused, err := s.retrycatch(ctx, 2, "destroy", "--yes", "--stage", roleStage)
	if err != nil {
		return "", err
	}
	if err := refused.contains("with the role "+lost.arn(s)+", which no longer exists", "--role-arn"); err != nil {
		return "", err
	}
	_, err = s.destroy(ctx, roleStage, "--role-arn", stack.RoleARN)
	return "reported; destroyed by --role-arn", err
}

// changeRole updates the stack with the role to lose. For some seconds, CloudFormation cannot
// assume a new role, and calls it invalid.
func (s *suite) changeRole(ctx context.Context, stack *inventory.Stack) error {
	if err := lost.make(ctx, s); err != nil {
		return err
	}
	input := &cloudformation.UpdateStackInput{StackName: &stack.ARN, UsePreviousTemplate: aws.Bool(true),
		RoleARN: aws.String(lost.arn(s)), Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
		Tags: append(stackTags(stack.Name), types.Tag{Key: aws.String("Smoke"), Value: aws.String("role")})}
	since, err := inventory.MarkEvents(ctx, s.cfg(), stack.Name)
	if err != nil {
		return err
	}
	var refused error
	if err := poll(ctx, "CloudFormation still cannot assume the new role", func() (bool, error) {
		_, refused = cloudformation.NewFromConfig(s.cfg()).UpdateStack(ctx, input)
		if hasCode(refused, "ValidationError") {
			return false, nil
		}
		return refused == nil, refused
	}); err != nil {
		return errors.Join(err, refused)
	}
	updated, err := inventory.AwaitDeployment(ctx, s.cfg(), stack.Name, since)
	if err != nil {
		return err
	}
	if updated == nil || updated.Status != types.StackStatusUpdateComplete || updated.RoleARN != lost.arn(s) {
		return fmt.Errorf("got the stack %+v, want UPDATE_COMPLETE with the role %s", updated, lost.arn(s))
	}
	return nil
}
