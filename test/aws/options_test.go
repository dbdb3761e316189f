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

// useTwoRegions deploys one stage to both regions, then runs and destroys it in each region.
func useTwoRegions(ctx context.Context, s *suite) (string, error) {
	if err := s.deploy(ctx, regionsStage, "-c", "regions="+strings.Join(s.regions[:], ",")); err != nil {
		return "", err
	}
	for _, region := range s.regions {
		if _, err := s.runScenario(ctx, "200", regionsStage, "--region", region); err != nil {
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

// mailbox is an address that accepts and discards all e-mail, so nobody confirms the subscription:
// https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
const mailbox = "success@simulator.amazonses.com"

// skipConfirmation destroys a stack while its subscription is still pending.
func skipConfirmation(ctx context.Context, s *suite) (string, error) {
	if err := s.deploy(ctx, emailStage, "-c", "alarmEmail="+mailbox); err != nil {
		return "", err
	}
	topic := s.arn("sns", s.regions[0], stackName(emailStage)+"-alarms")
	out, err := sns.NewFromConfig(s.config()).ListSubscriptionsByTopic(ctx,
		&sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	if err != nil {
		return "", err
	}
	if len(out.Subscriptions) != 1 {
		return "", fmt.Errorf("got %d subscriptions to the topic, want 1", len(out.Subscriptions))
	}
	state := aws.ToString(out.Subscriptions[0].SubscriptionArn)
	if _, err := s.destroy(ctx, emailStage); err != nil {
		return "", err
	}
	if state != "PendingConfirmation" {
		return "", &notApplicableError{"SNS confirmed the subscription without an e-mail"}
	}
	return "pending, then deleted with its topic", nil
}

// createProject creates a project folder with the repository's cdk.json and additional context. The
// context is in cdk.json because the CDK CLI accepts only strings on its command line:
// https://github.com/aws/aws-cdk/issues/19614
func (s *suite) createProject(name string, context map[string]any) (string, error) {
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

// useQualifier deploys with a second bootstrap.
func useQualifier(ctx context.Context, s *suite) (string, error) {
	if err := secondBootstrap.create(ctx, s); err != nil {
		return "", err
	}
	project, err := s.createProject("qualifier",
		map[string]any{"@aws-cdk/core:bootstrapQualifier": secondBootstrap.qualifier})
	if err != nil {
		return "", err
	}
	if err := s.deploy(ctx, qualifierStage, "--project", project); err != nil {
		return "", err
	}
	stack, err := inventory.FindStack(ctx, s.config(), stackName(qualifierStage))
	if err != nil {
		return "", err
	}
	if stack == nil || !strings.Contains(stack.RoleARN, "/cdk-"+secondBootstrap.qualifier+"-cfn-exec-role-") {
		return "", fmt.Errorf("got stack %+v, want the execution role of the second bootstrap", stack)
	}
	if n, _, err := secondBootstrap.countObjects(ctx, s); n == 0 || err != nil {
		return "", errors.Join(fmt.Errorf("got %d staged files in the second bootstrap's bucket, want at least 1", n), err)
	}
	if _, err := s.runScenario(ctx, "200", qualifierStage, "--project", project); err != nil {
		return "", err
	}
	if _, err := s.destroy(ctx, qualifierStage, "--project", project); err != nil {
		return "", err
	}
	if err := secondBootstrap.remove(ctx, s); err != nil {
		return "", err
	}
	switch _, exists, err := secondBootstrap.countObjects(ctx, s); {
	case err != nil:
		return "", err
	case exists:
		return "", errors.New("the second bootstrap's bucket still exists")
	}
	return "deployed, ran and destroyed with the second bootstrap", nil
}

// useBoundary deploys with a permissions boundary for both roles. The execution must succeed within
// the boundary.
func useBoundary(ctx context.Context, s *suite) (string, error) {
	if err := boundaryPolicy.create(ctx, s); err != nil {
		return "", err
	}
	project, err := s.createProject("boundary",
		map[string]any{"@aws-cdk/core:permissionsBoundary": map[string]string{"name": boundaryPolicy.name}})
	if err != nil {
		return "", err
	}
	if err := s.deploy(ctx, boundaryStage, "--project", project); err != nil {
		return "", err
	}
	if _, err := s.runScenario(ctx, "200", boundaryStage, "--project", project); err != nil {
		return "", err
	}
	declared, err := s.countBoundaries(ctx)
	if err != nil {
		return "", err
	}
	names, count := resourceNames(boundaryStage), 0
	for _, role := range []string{names.FunctionRole, names.StateMachineRole} {
		out, err := s.iam().GetRole(ctx, &iam.GetRoleInput{RoleName: &role})
		if err != nil {
			return "", err
		}
		if b := out.Role.PermissionsBoundary; b != nil && aws.ToString(b.PermissionsBoundaryArn) == *boundaryPolicy.arn(s) {
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
		return "", &notApplicableError{fmt.Sprintf("CloudFormation set the boundary on %d of 2 roles", count)}
	}
	return "both roles have the boundary and work", nil
}

// countBoundaries counts the resources to which the deployed template gives the boundary.
func (s *suite) countBoundaries(ctx context.Context) (n int, err error) {
	name := stackName(boundaryStage)
	out, err := cloudformation.NewFromConfig(s.config()).GetTemplate(ctx,
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
		if strings.Contains(fmt.Sprint(r.Properties.PermissionsBoundary), boundaryPolicy.name) {
			n++
		}
	}
	return n, nil
}
