package cli

import (
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
)

// TestStatusAlarm checks the exit code and the next command of "retrycatch status" when an alarm is
// in the ALARM state.
func TestStatusAlarm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		alarm string
		code  int
		want  []string
	}{
		"failed executions": {"retrycatch-executions-failed", exitDone, []string{"✓ healthy\n",
			"The alarm retrycatch-executions-failed is in ALARM because executions failed in the last 5 minutes",
			"\nnext: retrycatch executions --status FAILED --region eu-west-1 "}},
		"timed-out executions": {"retrycatch-executions-timed-out", exitBad, []string{
			"✗ not healthy: the alarm retrycatch-executions-timed-out is in ALARM: an execution took longer",
			"error: the stack retrycatch is not healthy\n  next: retrycatch executions --status TIMED_OUT --region eu-west-1 "}},
		"alarm added to the stack": {"orders late", exitBad, []string{"✗ not healthy: the alarm orders late is in ALARM\n",
			"  next: aws cloudwatch describe-alarms --alarm-names 'orders late' --region eu-west-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := deployed(t, stackOf("CREATE_COMPLETE"), awsstub.StateMachineARN).
				On("CloudFormation.ListStackResources", awsstub.StackResources("", [2]string{"AWS::CloudWatch::Alarm", test.alarm},
					[2]string{"AWS::StepFunctions::StateMachine", awsstub.StateMachineARN})).
				On("CloudWatch.DescribeAlarms", awsstub.XML("<MetricAlarms><member><AlarmName>"+test.alarm+
					"</AlarmName><StateValue>ALARM</StateValue></member></MetricAlarms>"))
			code, out, stderr := runStatus(t, stub)
			for _, want := range test.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("standard error lacks %q:\n%s", want, stderr)
				}
			}
			if row := "✓\talarm\t" + test.alarm + "\t✗ ALARM\t"; code != test.code || !strings.Contains(out, row) {
				t.Errorf("got exit code %d and output\n%s\nwant %d and %q", code, out, test.code, row)
			}
		})
	}
}
