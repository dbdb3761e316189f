//go:build smoke

package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// twoRegions deploys one stage to both regions, then runs and destroys it in each.
func twoRegions(ctx context.Context, s *suite) (string, error) {
	if err := s.deploy(ctx, regionsStage, "-c", "regions="+strings.Join(s.regions[:], ",")); err != nil {
		return "", err
	}
	for _, region := range s.regions {
		if _, err := s.execute(ctx, "200", regionsStage, "--region", region); err != nil {
			return "", err
		}
	}
	for _, region := range s.regions {
		if _, err := s.destroy(ctx, regionsStage, "--region", region); err != nil {
			return "", err
		}
	}
	return strings.Join(s.regions[:], " and "), nil
}

// mailbox accepts mails and drops them, so nobody gets the request to confirm:
// https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
const mailbox = "success@simulator.amazonses.com"

// neverConfirm destroys a stack whose subscription is still pending.
func neverConfirm(ctx context.Context, s *suite) (string, error) {
	if err := s.deploy(ctx, emailStage, "-c", "alarmEmail="+mailbox); err != nil {
		return "", err
	}
	topic := s.arn("sns", s.regions[0], stackName(emailStage)+"-alarms")
	out, err := sns.NewFromConfig(s.cfg()).ListSubscriptionsByTopic(ctx,
		&sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	if err != nil {
		return "", err
	}
	if len(out.Subscriptions) != 1 {
		return "", fmt.Errorf("got %d subscriptions of the topic, want 1", len(out.Subscriptions))
	}
	state := aws.ToString(out.Subscriptions[0].SubscriptionArn)
	if _, err := s.destroy(ctx, emailStage); err != nil {
		return "", err
	}
	if state != "PendingConfirmation" {
		return "", &notApplicable{"SNS confirmed the subscription without a mail"}
	}
	return "pending, then gone with its topic", nil
}

// project creates a folder like a user's, with the project's cdk.json and more context. On its
// command line, the CDK CLI accepts only strings: https://github.com/aws/aws-cdk/issues/19614
func (s *suite) project(name string, context map[string]any) (string, error) {
	folder := filepath.Join(s.folder, name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", err
	}
	modules := filepath.Join(s.repository, "node_modules")
	if err := os.Symlink(modules, filepath.Join(folder, "node_modules")); err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(s.repository, "cdk.json"))
	if err != nil {
		return "", err
	}
	var settings map[string]any
	if err := json.Unmarshal(text, &settings); err != nil {
		return "", err
	}
	settings["app"] = fmt.Sprintf("node '%[1]s/tools/go.mjs' run -C '%[1]s' .", s.repository)
	all, ok := settings["context"].(map[string]any)
	if !ok {
		return "", errors.New("cdk.json has no context")
	}
	maps.Copy(all, context)
	if text, err = json.Marshal(settings); err != nil {
		return "", err
	}
	return folder, os.WriteFile(filepath.Join(folder, "cdk.json"), text, 0o600)
}

// qualify deploys with a second bootstrap.
func qualify(ctx context.Context, s *suite) (string, error) {
	if err := second.make(ctx, s); err != nil {
		return "", err
	}
	project, err := s.project("qualifier", map[string]any{"@aws-cdk/core:bootstrapQualifier": second.qualifier})
	if err != nil {
		return "", err
	}
	if err := s.deploy(ctx, qualifierStage, "--project", project); err != nil {
		return "", err
	}
	stack, err := inventory.FindStack(ctx, s.cfg(), stackName(qualifierStage))
	if err != nil {
		return "", err
	}
	if stack == nil || !strings.Contains(stack.RoleARN, "/cdk-"+second.qualifier+"-cfn-exec-role-") {
		return "", fmt.Errorf("got the stack %+v, want the role of the second bootstrap", stack)
	}
	if n, _, err := second.objects(ctx, s); n == 0 || err != nil {
		return "", errors.Join(fmt.Errorf("got %d staged files in the second bucket, want at least 1", n), err)
	}
	if _, err := s.execute(ctx, "200", qualifierStage, "--project", project); err != nil {
		return "", err
	}
	if _, err := s.destroy(ctx, qualifierStage, "--project", project); err != nil {
		return "", err
	}
	if err := second.remove(ctx, s); err != nil {
		return "", err
	}
	if _, exists, err := second.objects(ctx, s); exists || err != nil {
		return "", errors.Join(errors.New("the second bootstrap's bucket still exists"), err)
	}
	return "deployed, run and destroyed with it", nil
}

// bound deploys with a permissions boundary for both roles. The execution must work within it.
func bound(ctx context.Context, s *suite) (string, error) {
	if err := boundary.make(ctx, s); err != nil {
		return "", err
	}
	project, err := s.project("boundary",
		map[string]any{"@aws-cdk/core:permissionsBoundary": map[string]string{"name": boundary.name}})
	if err != nil {
		return "", err
	}
	if err := s.deploy(ctx, boundaryStage, "--project", project); err != nil {
		return "", err
	}
	if _, err := s.execute(ctx, "200", boundaryStage, "--project", project); err != nil {
		return "", err
	}
	declared, err := s.boundRoles(ctx)
	if err != nil {
		return "", err
	}
	names, count := names(boundaryStage), 0
	for _, role := range []string{names.FunctionRole, names.StateMachineRole} {
		out, err := s.iam().GetRole(ctx, &iam.GetRoleInput{RoleName: &role})
		if err != nil {
			return "", err
		}
		if b := out.Role.PermissionsBoundary; b != nil && aws.ToString(b.PermissionsBoundaryArn) == *boundary.arn(s) {
			count++
		}
	}
	if _, err := s.destroy(ctx, boundaryStage, "--project", project); err != nil {
		return "", err
	}
	switch {
	case declared != 2:
		return "", fmt.Errorf("got %d roles with the boundary in the template, want 2", declared)
	case count != 2:
		return "", &notApplicable{fmt.Sprintf("CloudFormation set the boundary on %d of 2 roles", count)}
	}
	return "both roles have it and work", nil
}

// boundRoles counts the roles in the deployed template that have the boundary.
func (s *suite) boundRoles(ctx context.Context) (n int, err error) {
	name := stackName(boundaryStage)
	out, err := cloudformation.NewFromConfig(s.cfg()).GetTemplate(ctx,
		&cloudformation.GetTemplateInput{StackName: &name})
	if err != nil {
		return 0, err
	}
	var template struct {
		Resources map[string]struct {
			Type       resource.Kind
			Properties struct{ PermissionsBoundary any }
		}
	}
	if err := json.Unmarshal([]byte(aws.ToString(out.TemplateBody)), &template); err != nil {
		return 0, err
	}
	for _, r := range template.Resources {
		if strings.Contains(fmt.Sprint(r.Properties.PermissionsBoundary), boundary.name) {
			n++
		}
	}
	return n, nil
}
