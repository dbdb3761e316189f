package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/spf13/cobra"

	"retrycatch/internal/deployment"
	"retrycatch/internal/health"
	"retrycatch/internal/inventory"
	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
	"retrycatch/internal/safetext"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
	"retrycatch/internal/workflow"
)

func (a *app) status() *cobra.Command {
	output := outputText
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the stack, its resources, drift, and running executions",
		Example: example("Show the stack in your default region", "retrycatch status",
			"Check the health of a stage in a script", "retrycatch status --stage dev --output json"),
		GroupID: groupDeploy,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runStatus(cmd.Context(), output) },
	}
	a.accessFlags(cmd)
	outputVar(cmd, &output, "the status")
	return cmd
}

func (a *app) runStatus(ctx context.Context, output outputFlag) error {
	t, err := a.openOne(ctx)
	if err != nil {
		return err
	}
	a.assumeBootstrapRoles(t)
	s, err := readStatus(ctx, t)
	if err != nil {
		return err
	}
	a.showWithStages(ctx, t, s, output)
	switch {
	case s.Foreign:
		return asBadResult(&problem.Problem{What: strings.Join(s.Faults, "; "), Next: s.Next})
	case s.Deployed && !s.Healthy:
		what := fmt.Sprintf("the stack %s is not healthy", t.stackName)
		if s.Uncertain {
			what = fmt.Sprintf("the stack %s is not known to be healthy", t.stackName)
		}
		if output == outputJSON { // the text output has already printed the reasons
			what += ": " + strings.Join(s.AllFaults(), "; ")
		}
		return asBadResult(&problem.Problem{What: what, Next: s.Next})
	default:
		return nil
	}
}

func readStatus(ctx context.Context, t *target) (*view.Status, error) {
	s := &view.Status{StackName: t.stackName, Account: t.Account, Region: t.Region(), Running: []string{},
		Resources: []view.StatusResource{}, Blockers: []view.StatusBlocker{}}
	blockers := preflight.CheckDeploy(ctx, t.Config, t.stackName, t.expected, t)
	offer, blocker := t.bootstrapBlocker(ctx)
	s.BootstrapOffer = offer
	addBlockers(s, "deploy", append(blockers, blocker))
	stack, err := inventory.CurrentStack(ctx, t.Config, t.stackName)
	if err != nil || stack == nil {
		if len(s.Blockers) == 0 {
			s.Suggestion = t.Command("deploy")
		}
		return s, err
	}
	s.Deployed, s.Stack, s.Status, s.Reason = true, stack.ARN, string(stack.Status), stack.Reason
	s.Outputs = t.outputs(stack)
	s.StatusIsFault = !strings.HasSuffix(s.Status, "_COMPLETE") || s.Status == "ROLLBACK_COMPLETE"
	s.Healthy = !s.StatusIsFault
	s.Protected = stack.Protected
	if err := t.foreignError(stack); err != nil {
		s.Foreign, s.Healthy, s.Faults, s.Next = true, false, []string{view.Explanation(err)}, nextOf(err, "")
		addBlockers(s, "destroy", []error{err})
		return s, nil
	}
	record, err := inventory.ReadRecord(ctx, t.Config, stack)
	if err != nil {
		return s, err
	}
	return s, t.readResources(ctx, record, s)
}

// readResources examines the resources of the stack, and records the results in the status. If a
// resource cannot be checked, it continues with the others.
func (t *target) readResources(ctx context.Context, record inventory.Record, s *view.Status) error {
	examined, err := health.Examine(ctx, t.Config, record)
	if err != nil {
		return err
	}
	found := health.Diagnose(examined)
	s.Faults = found.Faults
	for _, alarm := range found.AlarmFaults {
		s.Faults = append(s.Faults, alarm.Fault)
	}
	if doubt := found.UncheckedText(); doubt != "" {
		s.Faults = append(s.Faults, doubt)
	}
	s.Healthy = s.Healthy && len(s.Faults) == 0
	s.Uncertain = !s.Healthy && !s.StatusIsFault && len(found.Faults)+len(found.AlarmFaults) == 0
	if record.TemplateErr != nil { // the expected role policies and definition are unknown
		s.Warnings = append(s.Warnings, view.Reason(record.TemplateErr))
	}
	var holds []resource.Hold
	for _, h := range examined {
		s.Resources = append(s.Resources, view.NewStatusResource(h))
		if !h.Seen.Exists {
			continue
		}
		more, err := t.readHolds(ctx, record, h, s)
		if err != nil {
			return err
		}
		holds = append(holds, more...)
	}
	addBlockers(s, "destroy", append(preflight.CheckInProgress(record.Stack, t),
		preflight.CheckProtection(record.Stack, holds, t)...))
	switch {
	case s.Healthy:
		s.Suggestion = t.usefulCommand(examined, s)
	case len(found.Faults) == 0 && found.UncheckedText() != "":
		s.Next = t.recheckStep(found)
	case len(found.Faults) == 0 && !s.StatusIsFault:
		s.Next = t.alarmCommand(found.AlarmFaults[0])
	default:
		s.Next = t.recoveryCommand(record, found.Revertible)
	}
	return nil
}

// usefulCommand returns the next command for a healthy stack. That command lists failed or running
// executions, or starts executions.
func (t *target) usefulCommand(examined []health.Resource, s *view.Status) string {
	failedNote := func(h health.Resource) bool { return h.Note() != "" && h.AlarmName == deployment.AlarmExecutionsFailed }
	switch {
	case slices.ContainsFunc(examined, failedNote):
		return t.Command("executions --status FAILED")
	case len(s.Running) > 0:
		return t.Command("executions --status RUNNING")
	default:
		return t.Command("run all")
	}
}

// alarmCommand returns the command that shows why an alarm is in the ALARM state.
func (t *target) alarmCommand(alarm health.AlarmFault) string {
	if alarm.AlarmName == deployment.AlarmExecutionsTimedOut {
		return t.Command("executions --status TIMED_OUT")
	}
	return t.AWS("aws cloudwatch describe-alarms --alarm-names " + safetext.Word(alarm.ID))
}

// readHolds returns the holds of a resource: causes that prevent its deletion. It also records the
// running executions of a state machine.
func (t *target) readHolds(ctx context.Context, record inventory.Record, h health.Resource, s *view.Status) (
	holds []resource.Hold, err error) {
	if !h.Kept {
		holds, err = record.Holds(ctx, t.Config, h.Member)
		if err := recordDenied(s, err); err != nil {
			return nil, err
		}
	}
	if h.Kind == resource.StateMachine {
		running, err := workflow.Running(ctx, t.Config, h.ID)
		if session.Denied(err) {
			s.Running = nil
		} else {
			s.Running = append(s.Running, running...)
		}
		if err := recordDenied(s, err); err != nil {
			return nil, err
		}
	}
	return holds, nil
}

// recordDenied records a denied call in the status and returns nil. It returns any other error
// unchanged.
func recordDenied(s *view.Status, err error) error {
	if !session.Denied(err) {
		return err
	}
	s.Warnings = append(s.Warnings, view.Reason(err))
	return nil
}

// recoveryCommand returns the command that repairs an unhealthy stack or its faulty resources.
func (t *target) recoveryCommand(record inventory.Record, revertible bool) string {
	stack := record.Stack
	if stack.InProgress() {
		return t.Command("status")
	}
	// The resources of a failed stack may be in any state, so the stack must be deleted. After
	// ROLLBACK_COMPLETE, deletion is the only operation that CloudFormation allows:
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
	if !strings.HasSuffix(string(stack.Status), "_COMPLETE") || stack.Status == types.StackStatusRollbackComplete {
		return t.Command("destroy")
	}
	return t.repairCommand(record, revertible)
}

// addBlockers records the blockers of a command. A warning means that the list may be incomplete.
func addBlockers(s *view.Status, command string, found []error) {
	blockers, warnings := preflight.Split(found)
	for _, warning := range warnings {
		s.Warnings = append(s.Warnings, view.Reason(warning))
	}
	for _, blocker := range blockers {
		s.Blockers = append(s.Blockers,
			view.StatusBlocker{Command: command, What: view.Explanation(blocker), Next: nextOf(blocker, "")})
	}
}
