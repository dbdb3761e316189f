package cli

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
	"retrycatch/statemachine"
)

// leaveEmpty leaves the account without a deployment.
func leaveEmpty(*world) {}

func deployStack(w *world) { w.deploy() }

// addDeletedStack adds a stack that was deleted ten minutes ago. Its deletion left a role behind.
func (w *world) addDeletedStack() {
	s := w.deploy()
	at := time.Now().Add(-10 * time.Minute)
	for _, r := range worldResources {
		if r == worldRole {
			s.AddEvent(at, r, "DELETE_SKIPPED")
			continue
		}
		s.AddEvent(at, r, "DELETE_COMPLETE")
		w.DeleteAt(r, at)
	}
	s.AddEvent(at, resource.Resource{}, "DELETE_COMPLETE")
}

// addStackInReview adds a stack that holds only a change set. This project created the change set.
func (w *world) addStackInReview() {
	s := w.AddStack("retrycatch", time.Now().Add(-time.Hour))
	s.Tags, s.ChangeSets = nil, map[string]string{"arn:aws:cloudformation:eu-west-1:111122223333:changeSet/c/1": "{}"}
}

var deploySituations = []situation{
	{"first deployment", []string{"deploy", "--yes"}, func(w *world) {
		const events = "CloudFormation.DescribeStackEvents"
		w.BeforeNext(events, func() { w.BeforeNext(events, func() { w.deploy() }) })
	}, 0},
	{"second deployment", []string{"deploy", "--yes"}, func(w *world) { w.deploy(worldQueue) }, 0},
	{"leftovers of a deleted stack", []string{"deploy", "--yes"}, (*world).addDeletedStack, 2},
	{"stack in review", []string{"deploy", "--yes"}, (*world).addStackInReview, 1},
	{"custom bootstrap", []string{"deploy", "--yes"}, customBootstrap, 2},
	{"missing permissions boundary", []string{"deploy", "--yes"}, func(w *world) {
		w.writeSettings(`{"context": {"@aws-cdk/core:permissionsBoundary": {"name": "limit"}}}`)
		w.On("IAM.GetPolicy", awsstub.Error(http.StatusNotFound, "NoSuchEntity", ""))
	}, 2},
	{"missing resource", []string{"deploy", "--yes"}, func(w *world) {
		w.deploy()
		w.DeleteAt(worldGroup, time.Now())
	}, 1},
}

// customBootstrap replaces the default bootstrap with one that has its own qualifier.
func customBootstrap(w *world) {
	w.On("SSM.GetParameter", awsstub.Error(http.StatusBadRequest, "ParameterNotFound", ""))
	w.On("SSM.GetParametersByPath", awsstub.JSON(`{"Parameters": [{"Name": "/cdk-bootstrap/org/version"}]}`))
}

// writeSettings writes the project's cdk.json.
func (w *world) writeSettings(content string) {
	if err := os.WriteFile(filepath.Join(w.project, "cdk.json"), []byte(content), 0o600); err != nil {
		panic(err)
	}
}

var runSituations = []situation{
	{"every scenario", []string{"run"}, deployStack, 0},
	{"load test", []string{"run", "--count", "8"}, deployStack, 0},
	{"after an update", []string{"run", "200"}, deployUpdated, 0},
	{"load test after an update", []string{"run", "200", "--count", "3"}, deployUpdated, 0},
	{"unexpected path", []string{"run", "200"}, func(w *world) {
		w.deploy()
		w.On("SFN.GetExecutionHistory", awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "503")...))
	}, 1},
	{"missing state machine", []string{"run", "200"}, func(w *world) {
		w.deploy()
		w.DeleteAt(worldMachine, time.Now())
	}, 2},
	{"nothing deployed", []string{"run"}, leaveEmpty, 2},
}

// deployUpdated deploys a stack that was updated a minute ago. The first execution still uses the
// previous definition.
func deployUpdated(w *world) {
	s := w.deploy()
	s.Updated = time.Now().Add(-time.Minute)
	s.AddEvent(s.Updated, worldMachine, "UPDATE_COMPLETE")
	s.AddEvent(s.Updated, resource.Resource{}, "UPDATE_COMPLETE")
	s.Template = definitionTemplate
	w.OutdatedExecutions = 1
}

var definitionTemplate = fmt.Sprintf(`{"Resources": {%q: {"Properties": {"DefinitionString": {"Fn::Sub": %q}}}}}`,
	accountstub.LogicalID(worldMachine), statemachine.Definition)

// reportOut stands for a file in a temporary folder.
const reportOut = "REPORT"

var inspectSituations = []situation{
	{"one execution", []string{"inspect", "a"}, deployWithTwoExecutions, 0},
	{"latest", []string{"inspect", "latest"}, deployWithTwoExecutions, 0},
	{"by ARN", []string{"inspect", "arn:aws:states:eu-west-1:111122223333:execution:MyAPIStateMachine:a"},
		deployWithTwoExecutions, 0},
	{"wrong name", []string{"inspect", "aa"}, deployWithTwoExecutions, 2},
	{"with logs", []string{"inspect", "a", "--logs"}, deployWithTwoExecutions, 0},
	{"running execution", []string{"inspect", "a", "--watch"}, func(w *world) {
		w.deploy()
		w.OutdatedExecutions = 1 // the next execution is outdated, so it runs for one minute
		w.addExecutions("a")
	}, 0},
	{"executions", []string{"executions"}, deployWithTwoExecutions, 0},
	{"graph", []string{"graph"}, deployWithTwoExecutions, 0},
	{"graph of an execution", []string{"graph", "--execution", "a"}, deployWithTwoExecutions, 0},
	{"report", []string{"report", "--out", reportOut}, deployWithTwoExecutions, 0},
	{"report of an execution", []string{"report", "a", "--out", reportOut}, deployWithTwoExecutions, 0},
	{"nothing deployed", []string{"executions"}, leaveEmpty, 2},
}

func deployWithTwoExecutions(w *world) {
	w.deploy()
	w.addExecutions("a", "b")
}

var statusSituations = []situation{
	{"custom bootstrap", []string{"status"}, customBootstrap, 0},
	{"nothing deployed", []string{"status"}, leaveEmpty, 0},
	{"healthy deployment", []string{"status"}, func(w *world) {
		w.deploy(worldQueue)
		w.startRunning("a")
	}, 0},
	{"leftovers of a deleted stack", []string{"status"}, (*world).addDeletedStack, 0},
	{"stack in review", []string{"status"}, (*world).addStackInReview, 1},
}

const worldExecRole = "arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1"

var destroySituations = []situation{
	{"healthy deployment", []string{"destroy", "--yes"}, func(w *world) {
		s := w.deploy(worldQueue)
		s.RoleARN = worldExecRole
		w.Add(resource.Resource{Kind: resource.Role, ID: filepath.Base(worldExecRole)}, accountstub.Instance{})
		w.startRunning("a", "b")
		w.caller = "arn:aws:sts::111122223333:assumed-role/dev/me"
		w.Add(resource.Resource{Kind: resource.Role, ID: "dev"}, accountstub.Instance{})
	}, 0},
	{"as an IAM user", []string{"destroy", "--yes"}, deployStack, 0},
	{"executions that end before they are stopped", []string{"destroy", "--yes"}, func(w *world) {
		w.deploy()
		w.addExecutions("a")
		running := awsstub.JSON(`{"executions": [{"executionArn": "` + endedARN + `", "status": "RUNNING"}]}`)
		w.On("SFN.ListExecutions", running, running, awsstub.JSON(`{"executions": []}`))
		w.On("SFN.StopExecution", awsstub.Error(400, "ValidationException", "it has ended"))
	}, 0},
	{"recreated log group", []string{"destroy", "--yes"}, func(w *world) {
		w.deploy()
		w.FirstInstance(worldGroup).RecreatedAfter = time.Second
	}, 0},
	{"failed deletion", []string{"destroy", "--yes"}, deployUndeletable, 1},
	{"role left by an earlier deletion", []string{"destroy", "--yes"}, (*world).addDeletedStack, 1},
	{"nothing deployed", []string{"destroy", "--yes"}, leaveEmpty, 0},
	{"stack in review", []string{"destroy", "--yes"}, (*world).addStackInReview, 0},
}

// deployUndeletable deploys a stack whose resources CloudFormation cannot delete.
func deployUndeletable(w *world) {
	w.deploy()
	for _, r := range worldResources {
		w.FirstInstance(r).DeletionError = "cannot be deleted"
	}
}

const endedARN = "arn:aws:states:eu-west-1:111122223333:execution:MyAPIStateMachine:a"

var forceSituations = []situation{
	{"every blocker that --force removes", []string{"destroy", "--yes", "--force"}, func(w *world) {
		w.deploy().Protected = true
		r := w.FirstInstance(worldRole)
		r.ManagedPolicies, r.InlinePolicies = []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, []string{"more"}
		r.InstanceProfiles = []string{"theirs"}
		w.FirstInstance(worldGroup).Protected = true
	}, 0},
	{"undeletable resources", []string{"destroy", "--yes", "--force"}, func(w *world) {
		deployUndeletable(w)
		w.startRunning("a")
	}, 0},
	{"role left by an earlier deletion", []string{"destroy", "--yes", "--force"}, (*world).addDeletedStack, 0},
}

const worldBucket = "cdk-hnb659fds-assets-111122223333-eu-west-1"

// deployWithAssets deploys a stack whose assets are in the CDK's bucket.
func deployWithAssets(w *world) {
	s := w.deploy()
	s.Template = fmt.Sprintf(`{"Outputs": {"FunctionRoleArn": {}, "StateMachineRoleArn": {}}, "Resources": {"F": `+
		`{"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "MockAPIFunction", `+
		`"Code": {"S3Bucket": %q, "S3Key": "now.zip"}}}}}`, worldBucket)
	s.ChangeSets = map[string]string{"arn:aws:cloudformation:eu-west-1:111122223333:changeSet/c/1": "{}"}
	own := fmt.Sprintf("%x.json", sha256.Sum256([]byte(s.Template)))
	for key, body := range map[string]string{"now.zip": "", own: s.Template} {
		w.Add(resource.Resource{Kind: resource.Asset, ID: worldBucket + "/" + key},
			accountstub.Instance{Created: s.Created, Body: body})
	}
	w.Account.Deploy("others", s.Created)
}

var assetsSituations = []situation{
	{"unused assets", []string{"destroy", "--yes", "--assets"}, deployWithAssets, 0},
}
