package cli

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// TestStatusAlarm checks the exit code and the next command of status when an alarm is in ALARM.
func TestStatusAlarm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		alarm string
		code  int
		want  []string
	}{
		"on purpose": {"retrycatch-executions-failed", exitDone, []string{"✓ healthy\n",
			"The alarm retrycatch-executions-failed is in ALARM because executions failed in the last 5 minutes",
			"\nnext: retrycatch executions --status FAILED --region eu-west-1 "}},
		"timed out": {"retrycatch-executions-timed-out", exitBad, []string{
			"✗ not healthy: the alarm retrycatch-executions-timed-out is in ALARM: an execution took longer",
			"error: the stack retrycatch is not healthy\n  next: retrycatch executions --status TIMED_OUT --region eu-west-1 "}},
		"another alarm": {"orders late", exitBad, []string{"✗ not healthy: the alarm orders late is in ALARM\n",
			"  next: aws cloudwatch describe-alarms --alarm-names 'orders late' --region eu-west-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := deployed(t, stackOf("CREATE_COMPLETE"), awsstub.StateMachineARN).
				On("CloudFormation.ListStackResources", awsstub.StackResources("", [2]string{"AWS::CloudWatch::Alarm", test.alarm},
					[2]string{"AWS::StepFunctions::StateMachine", awsstub.StateMachineARN})).
				On("CloudWatch.DescribeAlarms", awsstub.XML("<MetricAlarms><member><AlarmName>"+test.alarm+
					"</AlarmName><StateValue>ALARM</StateValue></member></MetricAlarms>"))
			var out, remarks bytes.Buffer
			cdk, _ := fakeCDK(t)
			streams := view.Streams{In: strings.NewReader(""), Out: &out, Err: &remarks}
			a := &app{console: view.NewConsole(streams), args: []string{"status", "--project", cdk.Project},
				executable: os.Executable, opener: func(context.Context, string) (*session.Session, error) {
					return targetIn("eu-west-1", stub).Session, nil
				}}
			code := a.execute(t.Context(), streams)
			for _, want := range test.want {
				if !strings.Contains(remarks.String(), want) {
					t.Errorf("standard error lacks %q:\n%s", want, remarks.String())
				}
			}
			if row := "✓\talarm\t" + test.alarm + "\t✗ ALARM\t"; code != test.code || !strings.Contains(out.String(), row) {
				t.Errorf("exit code %d, it prints\n%s", code, out.String())
			}
		})
	}
}
