package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

func (a *app) status() *cobra.Command {
	output := outputText
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what is deployed, whether each resource is there, and what runs",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runStatus(cmd.Context(), output) },
	}
	a.accessFlags(cmd)
	cmd.Flags().Var(&output, "output", "how to print it: text or json")
	return cmd
}

// What --output json prints of status.
type (
	statusDocument struct {
		Account   string            `json:"account"`
		Region    string            `json:"region"`
		Deployed  bool              `json:"deployed"`
		Healthy   bool              `json:"healthy"` // complete, and every resource exists
		Stack     string            `json:"stack,omitempty"`
		Status    string            `json:"status,omitempty"`
		Reason    string            `json:"reason,omitempty"`
		Protected bool              `json:"terminationProtection"`
		Running   []string          `json:"runningExecutions"`
		Resources []statusResource  `json:"resources"`
		Outputs   map[string]string `json:"outputs,omitempty"`
		Blockers  []statusBlocker   `json:"blockers"`
	}
	// statusBlocker is what stands against deploying or destroying.
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
	}
)

func (a *app) runStatus(ctx context.Context, output outputFlag) error {
	t, err := a.openOne(ctx)
	if err != nil {
		return err
	}
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
	if s.Deployed && !s.Healthy {
		return bad(&problem.Problem{What: fmt.Sprintf("the stack %s is not healthy", t.stackName),
			Next: "run " + t.command("deploy") + " to bring it up to date, or " + t.command("destroy") + " to take it down"})
	}
	return nil
}

func readStatus(ctx context.Context, t *target) (statusDocument, error) {
	s := statusDocument{Account: t.Account, Region: t.Region(), Running: []string{}, Resources: []statusResource{},
		Blockers: []statusBlocker{}}
	s.block("deploy", append(preflight.Deploy(ctx, t.Config, t.stackName, t.expected), bootstrapBlocker(ctx, t)))
	stack, err := inventory.FindStack(ctx, t.Config, t.stackName)
	if err != nil || stack == nil {
		return s, err
	}
	s.Deployed, s.Stack, s.Status, s.Reason, s.Outputs = true, stack.ARN, string(stack.Status), stack.Reason, stack.Outputs
	s.Healthy = strings.HasSuffix(s.Status, "_COMPLETE") && s.Status != "ROLLBACK_COMPLETE"
	s.Protected = stack.Protected
	contents, err := inventory.StackContents(ctx, t.Config, stack.ARN)
	if err != nil {
		return s, err
	}
	outside, err := contents.Outside(ctx, t.Config)
	if err != nil {
		return s, err
	}
	s.block("destroy", append(preflight.Changing(stack), preflight.Destroy(stack, outside)...))
	resources := contents.Resources
	slices.SortFunc(resources, func(a, b inventory.Resource) int { return strings.Compare(a.String(), b.String()) })
	for _, resource := range resources {
		seen, err := inventory.Observe(ctx, t.Config, resource)
		if err != nil {
			return s, err
		}
		s.Healthy = s.Healthy && seen.Exists
		s.Resources = append(s.Resources, statusResource{Type: string(resource.Kind), Name: resource.Name(), Exists: seen.Exists, State: seen.State})
		if resource.Kind != inventory.StateMachine {
			continue
		}
		running, err := workflow.Running(ctx, t.Config, resource.ID)
		if err != nil {
			return s, err
		}
		s.Running = append(s.Running, running...)
	}
	return s, nil
}

func (s *statusDocument) block(of string, blockers []error) {
	for _, blocker := range blockers {
		if blocker == nil {
			continue
		}
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
	}
	for _, blocker := range s.Blockers {
		a.console.print("In the way of retrycatch %s: %s\n  next: %s", blocker.Of, printable(blocker.What), printable(blocker.Next))
	}
}

func (a *app) showDeployment(t *target, s statusDocument) {
	a.console.print("The stack %s in %s is %s.", t.stackName, t.place(), s.Status)
	if s.Reason != "" {
		a.console.print("%s", printable(s.Reason))
	}
	var rows [][]string
	for _, resource := range s.Resources {
		now := good.Render("✓ " + strings.TrimSpace("exists "+resource.State))
		if !resource.Exists {
			now = wrong.Render("✗ missing")
		}
		rows = append(rows, []string{inventory.Kind(resource.Type).Title(), resource.Name, now})
	}
	a.console.table([]string{"Resource", "Name", "Now"}, rows)
	a.console.print("%s running.", counted(len(s.Running), "execution"))
	for _, output := range []string{deployment.OutputConsole, deployment.OutputDashboard} {
		if address := s.Outputs[output]; address != "" {
			a.console.print("%s: %s", output, address)
		}
	}
}
