package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/spf13/cobra"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

func (a *app) status() *cobra.Command {
	output := outputText
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the stack, its resources, their drift and the running executions",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runStatus(cmd.Context(), output) },
	}
	a.accessFlags(cmd)
	cmd.Flags().Var(&output, "output", "how to print the status: text or json")
	return cmd
}

// The document of status --output json.
type (
	statusDocument struct {
		Account  string `json:"account"`
		Region   string `json:"region"`
		Deployed bool   `json:"deployed"`
		Foreign  bool   `json:"foreign,omitempty"` // the stack with this name is somebody else's
		// complete, and no resource is known to be missing or edited
		Healthy   bool              `json:"healthy"`
		Stack     string            `json:"stack,omitempty"`
		Status    string            `json:"status,omitempty"`
		Reason    string            `json:"reason,omitempty"`
		Protected bool              `json:"terminationProtection"`
		Running   []string          `json:"runningExecutions"` // null if they cannot be read
		Resources []statusResource  `json:"resources"`
		Outputs   map[string]string `json:"outputs,omitempty"`
		Blockers  []statusBlocker   `json:"blockers"`
		Faults    []string          `json:"faults,omitempty"` // of the resources, in words
		Unread    []string          `json:"unread,omitempty"` // why the executions or blockers may be incomplete
		Next      string            `json:"next,omitempty"`   // the command that repairs an unhealthy stack
	}
	// statusBlocker blocks a deployment or a teardown.
	statusBlocker struct {
		Of   string `json:"of"` // deploy or destroy
		What string `json:"what"`
		Next string `json:"next,omitempty"`
	}
	statusResource struct {
		Type   string `json:"type"`
		Name   string `json:"name"`
		Exists bool   `json:"exists"`
		State  string `json:"state,omitempty"`
		// Unknown says why the existence of the resource could not be checked.
		Unknown string `json:"unknown,omitempty"`
		Drift   string `json:"drift"` // in sync, modified, deleted or not checked
		// JSON pointers to the properties of a modified resource that differ from the template.
		Properties []string `json:"driftProperties,omitempty"`
		Reason     string   `json:"driftReason,omitempty"` // why the drift is not checked
	}
)

func (a *app) runStatus(ctx context.Context, output outputFlag) error {
	t, err := a.openOne(ctx)
	if err != nil {
		return err
	}
	a.borrowRoles(t)
	s, err := readStatus(ctx, t)
	if err != nil {
		return session.Explain(err)
	}
	if output == outputJSON {
		if err := a.console.json(s); err != nil {
			return err
		}
	} else {
		a.showStatus(t, s)
	}
	switch {
	case s.Foreign:
		return bad(&problem.Problem{What: strings.Join(s.Faults, "; "), Next: s.Next})
	case s.Deployed && !s.Healthy:
		why := strings.Join(append(s.Faults, "its status is "+s.Status), "; ")
		return bad(&problem.Problem{What: fmt.Sprintf("the stack %s is not healthy: %s", t.stackName, why),
			Next: s.Next})
	default:
		return nil
	}
}

func readStatus(ctx context.Context, t *target) (statusDocument, error) {
	s := statusDocument{Account: t.Account, Region: t.Region(), Running: []string{}, Resources: []statusResource{},
		Blockers: []statusBlocker{}}
	s.block("deploy", append(preflight.Deploy(ctx, t.Config, t.stackName, t.expected, t), t.bootstrapBlocker(ctx)))
	stack, err := inventory.CurrentStack(ctx, t.Config, t.stackName)
	if err != nil || stack == nil {
		return s, err
	}
	s.Deployed, s.Stack, s.Status, s.Reason, s.Outputs = true, stack.ARN, string(stack.Status), stack.Reason, stack.Outputs
	s.Healthy = strings.HasSuffix(s.Status, "_COMPLETE") && s.Status != "ROLLBACK_COMPLETE"
	s.Protected = stack.Protected
	if err := t.foreign(stack); err != nil {
		s.Foreign, s.Healthy, s.Faults, s.Next = true, false, []string{err.Error()}, nextOf(err, "")
		s.block("destroy", []error{err})
		return s, nil
	}
	record, err := inventory.ReadRecord(ctx, t.Config, stack)
	if err != nil {
		return s, err
	}
	return s, s.readResources(ctx, t, record)
}

// readResources examines each resource of the stack. It goes on after a resource that cannot be
// checked.
func (s *statusDocument) readResources(ctx context.Context, t *target, record inventory.Record) error {
	examined, err := t.examine(ctx, record)
	if err != nil {
		return err
	}
	found := diagnose(examined)
	s.Faults = found.faults
	if doubt := found.doubt(); doubt != "" {
		s.Faults = append(s.Faults, doubt)
	}
	s.Healthy = s.Healthy && len(s.Faults) == 0
	if record.TemplateErr != nil { // so the policies of the stack's own roles and its definition are unknown
		s.Unread = append(s.Unread, inWords(record.TemplateErr))
	}
	var holds []resource.Hold
	for _, h := range examined {
		one := statusResource{Type: string(h.Kind), Name: h.Name(), Exists: h.seen.Exists, State: h.seen.State,
			Drift: string(h.drift.Status), Properties: h.drift.Paths, Reason: h.drift.Reason}
		if h.unknown != nil {
			one.Unknown = inWords(h.unknown)
		}
		s.Resources = append(s.Resources, one)
		if !h.seen.Exists {
			continue
		}
		if !h.Kept {
			held, err := record.Holds(ctx, t.Config, h.Member)
			if err := s.unread(err); err != nil {
				return err
			}
			holds = append(holds, held...)
		}
		if h.Kind == resource.StateMachine {
			running, err := workflow.Running(ctx, t.Config, h.ID)
			if session.Denied(err) {
				s.Running = nil
			} else {
				s.Running = append(s.Running, running...)
			}
			if err := s.unread(err); err != nil {
				return err
			}
		}
	}
	s.block("destroy", append(preflight.Changing(record.Stack, t), preflight.Protected(record.Stack, holds, t)...))
	switch {
	case !s.Healthy && len(found.faults) == 0 && found.doubt() != "":
		s.Next = found.recheck(t)
	case !s.Healthy:
		s.Next = t.recovery(record, found.revertible)
	}
	return nil
}

// unread records a denial, and returns any other error.
func (s *statusDocument) unread(err error) error {
	if !session.Denied(err) {
		return err
	}
	s.Unread = append(s.Unread, inWords(err))
	return nil
}

// recovery returns the command that repairs a stack that is unhealthy or has faulty resources.
func (t *target) recovery(record inventory.Record, revertible bool) string {
	stack := record.Stack
	if stack.InProgress() {
		return t.Command("status")
	}
	// A failed stack may be in any state. A stack whose creation was rolled back can only be
	// deleted:
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
	if !strings.HasSuffix(string(stack.Status), "_COMPLETE") || stack.Status == types.StackStatusRollbackComplete {
		return t.Command("destroy")
	}
	return t.repair(record, revertible)
}

// block records the blockers of a command. A warning says that there may be more.
func (s *statusDocument) block(of string, found []error) {
	blockers, warnings := preflight.Split(found)
	for _, warning := range warnings {
		s.Unread = append(s.Unread, inWords(warning))
	}
	for _, blocker := range blockers {
		b := statusBlocker{Of: of, What: blocker.Error()}
		if p := (*problem.Problem)(nil); errors.As(blocker, &p) {
			b.Next = p.Next
		}
		s.Blockers = append(s.Blockers, b)
	}
}

func (a *app) showStatus(t *target, s statusDocument) {
	if s.Deployed {
		a.showDeployment(t, s)
	} else {
		a.console.print("The stack %s is not deployed in %s.", t.stackName, t.place())
		a.showReasons(s.Unread)
	}
	for _, blocker := range s.Blockers {
		a.console.print("Blocks retrycatch %s: %s\n  next: %s", blocker.Of, printable(blocker.What), printable(blocker.Next))
	}
}

func (a *app) showDeployment(t *target, s statusDocument) {
	a.console.print("The stack %s in %s is %s.", t.stackName, t.place(), s.Status)
	if s.Reason != "" {
		a.console.print("%s", printable(s.Reason))
	}
	if s.Foreign {
		return
	}
	a.showResources(s)
	if s.Running != nil {
		a.console.print("%s running.", counted(len(s.Running), "execution"))
	}
	for _, output := range []string{deployment.OutputConsole, deployment.OutputDashboard} {
		if address := s.Outputs[output]; address != "" {
			a.console.print("%s: %s", output, address)
		}
	}
}

func (a *app) showResources(s statusDocument) {
	var rows [][]string
	var reasons []string
	for _, r := range s.Resources {
		now := good.Render("✓ " + strings.TrimSpace("exists "+r.State))
		switch {
		case r.Unknown != "":
			now = strong.Render("? cannot be checked")
			reasons = append(reasons, capital(r.Unknown))
		case !r.Exists:
			now = wrong.Render("✗ missing")
		}
		template := r.Drift
		if r.Drift == string(inventory.Modified) {
			template = wrong.Render(strings.Join(append([]string{"✗ edited"}, r.Properties...), "\n"))
		}
		if r.Reason != "" {
			reasons = append(reasons, "Not compared with the template: "+r.Reason)
		}
		rows = append(rows, []string{resource.Kind(r.Type).Title(), r.Name, now, template})
	}
	a.console.table([]string{"Resource", "Name", "Now", "Template"}, rows)
	a.showReasons(append(reasons, s.Unread...))
}

func (a *app) showReasons(reasons []string) {
	for i, reason := range reasons {
		reasons[i] = capital(reason)
	}
	for _, reason := range compact(reasons) {
		a.console.print("%s", printable(reason))
	}
}
