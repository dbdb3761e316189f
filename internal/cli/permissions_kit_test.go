package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// world is the simulated account in which a command runs.
type world struct {
	*accountstub.Account
	caller  string // ARN
	project string // project folder with a fake CDK CLI that always succeeds
}

// commandResult holds the outcome of a command, and the state of the account afterwards.
type commandResult struct {
	code           int
	stdout, stderr string
	took           time.Duration
	world          *world
}

// runCommand runs a command line in a new account, with fake time.
func runCommand(t *testing.T, prepare func(*world), args ...string) commandResult {
	t.Helper()
	return runCommandInto(t, func(stdout io.Writer) io.Writer { return stdout }, prepare, args...)
}

// runCommandInto runs a command line like runCommand, but with a wrapped standard output.
func runCommandInto(t *testing.T, stdout func(io.Writer) io.Writer, prepare func(*world), args ...string) (
	result commandResult) {
	t.Helper()
	cli, _ := fakeCDK(t)
	args = slices.Clone(args)
	cmd, _, err := Commands().Find(args)
	if err != nil {
		t.Fatal(err)
	}
	if cmd.Flags().Lookup("project") != nil {
		args = append(args, "--project", cli.Project)
	}
	if at := slices.Index(args, reportOut); at >= 0 {
		args[at] = filepath.Join(cli.Project, "report.html")
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(48 * time.Hour) // keeps the situations' past events after the fake clock's start
		w := &world{Account: accountstub.New(t), caller: userARN, project: cli.Project}
		prepare(w)
		var out, messages bytes.Buffer
		streams := view.Streams{In: strings.NewReader(""), Out: stdout(&out), Err: &messages}
		a := &app{console: view.NewConsole(streams), args: args, executable: os.Executable,
			opener: func(context.Context, string) (*session.Session, error) {
				return &session.Session{Config: w.Config(), Account: awsstub.Account, Caller: w.caller}, nil
			}}
		begin := time.Now()
		code := a.execute(t.Context(), streams)
		result = commandResult{code, out.String(), messages.String(), time.Since(begin), w}
	})
	return result
}

func (result commandResult) String() string {
	return fmt.Sprintf("exit code %d\n%s%s", result.code, result.stdout, result.stderr)
}

// actionUse holds the IAM action that a call needs, and the resource to which the call applies.
type actionUse struct{ action, resource string }

// uses returns the IAM actions and resources of the calls.
func (result commandResult) uses() map[actionUse]bool {
	uses := map[actionUse]bool{}
	for _, call := range result.world.Calls() {
		service, operation, _ := strings.Cut(call.Operation, ".")
		uses[actionUse{session.Action(service, operation), resourceOf(call.Input)}] = true
	}
	return uses
}

func actionsOf(uses map[actionUse]bool) []string {
	actions := map[string]bool{}
	for u := range uses {
		actions[u.action] = true
	}
	return slices.Sorted(maps.Keys(actions))
}

// denyAction denies every operation that needs the action.
func (w *world) denyAction(action string) {
	for _, operation := range w.Operations() {
		service, name, _ := strings.Cut(operation, ".")
		if session.Action(service, name) == action {
			w.Deny(operation)
			w.On(operation, awsstub.Denied()) // replaces any response that the situation has set
		}
	}
}

// resourceFields lists the input fields that name the resource of a call. Each field comes with the
// format of the resource's ARN. The first field that has a value is used.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var resourceFields = []struct{ field, arn string }{
	{"StackName", "arn:aws:cloudformation:eu-west-1:111122223333:stack/%s/1"},
	{"ChangeSetName", "arn:aws:cloudformation:eu-west-1:111122223333:stack/retrycatch/1"},
	{"InstanceProfileName", "arn:aws:iam::111122223333:instance-profile/%s"},
	{"RoleName", "arn:aws:iam::111122223333:role/%s"},
	{"PolicySourceArn", "%s"},
	{"FunctionName", "arn:aws:lambda:eu-west-1:111122223333:function:%s"},
	{"LogGroupName", "arn:aws:logs:eu-west-1:111122223333:log-group:%s"},
	{"LogGroupIdentifier", "arn:aws:logs:eu-west-1:111122223333:log-group:%s"},
	{"StateMachineArn", "%s"}, {"ExecutionArn", "%s"},
	{"AlarmNames", "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:%s"},
	{"DashboardNames", "arn:aws:cloudwatch::111122223333:dashboard/%s"},
	{"TopicArn", "%s"}, {"ResourceArn", "%s"}, {"SubscriptionArn", "%s"},
	{"Key", "arn:aws:s3:::%s"}, {"Bucket", "arn:aws:s3:::%s"},
	{"Path", "arn:aws:ssm:eu-west-1:111122223333:parameter%s"}, {"PolicyArn", "%s"},
	{"Name", "arn:aws:ssm:eu-west-1:111122223333:parameter%s"},
}

// resourceOf returns the ARN of the resource that an input names, or "*" if it names none.
func resourceOf(input any) string {
	fields := reflect.Indirect(reflect.ValueOf(input))
	for _, n := range resourceFields {
		field := fields.FieldByName(n.field)
		if !field.IsValid() || field.IsZero() {
			continue
		}
		if field.Kind() == reflect.Slice {
			field = field.Index(0)
		}
		value := fmt.Sprint(reflect.Indirect(field))
		switch {
		case strings.HasPrefix(value, "arn:aws:cloudformation") && n.field == "StackName":
			return value
		case n.field == "Key":
			return fmt.Sprintf(n.arn, fmt.Sprint(fields.FieldByName("Bucket").Elem())+"/"+value)
		}
		if strings.Contains(n.arn, "%s") {
			return fmt.Sprintf(n.arn, value)
		}
		return n.arn
	}
	return "*"
}

// Resources in the simulated account.
var (
	worldRole         = resource.Resource{Kind: resource.Role, ID: "lambda_basic_execution"}
	worldGroup        = resource.Resource{Kind: resource.LogGroup, ID: "/aws/lambda/MockAPIFunction"}
	worldMachine      = resource.Resource{Kind: resource.StateMachine, ID: awsstub.StateMachineARN}
	worldTopic        = resource.Resource{Kind: resource.Topic, ID: awsstub.TopicARN}
	worldQueue        = resource.Resource{Kind: "AWS::SQS::Queue", ID: "https://sqs/111122223333/added"}
	worldSubscription = resource.Resource{Kind: resource.Subscription, ID: awsstub.TopicARN + ":1"}
	worldResources    = append(resource.Expected(deployment.Deployment{Observability: true,
		AlarmEmail: "a@example.com"}.Stacks()[0].Names,
		resource.Location{Partition: "aws", Region: awsstub.Region, Account: awsstub.Account}), worldSubscription)
)

// deploy adds a stack that was deployed an hour ago.
func (w *world) deploy(more ...resource.Resource) *accountstub.Stack {
	s := w.Account.Deploy("retrycatch", time.Now().Add(-time.Hour), slices.Concat(worldResources, more)...)
	s.Outputs = map[string]string{deployment.OutputStateMachine: awsstub.StateMachineARN}
	w.FirstInstance(worldTopic).Tags = map[string]string{deployment.TagProject: deployment.Project,
		deployment.TagStack: s.Name}
	return s
}

// startRunning adds executions that run until they are stopped.
func (w *world) startRunning(names ...string) {
	for _, name := range names {
		w.FirstInstance(worldMachine).RunningExecutions = append(w.FirstInstance(worldMachine).RunningExecutions,
			"arn:aws:states:eu-west-1:111122223333:execution:MyAPIStateMachine:"+name)
	}
}

// addExecutions adds executions. The first w.OutdatedExecutions of them run for one minute. The
// others have ended.
func (w *world) addExecutions(names ...string) {
	for _, name := range names {
		w.AddExecution(name, `{"statuscode":"200"}`)
	}
}

// policyFile returns the path of a policy in docs/policies.
func policyFile(name string) string {
	return filepath.Join("..", "..", "docs", "policies", name+".json")
}
