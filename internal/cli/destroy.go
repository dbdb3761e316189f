package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
	"retrycatch/internal/teardown"
)

type destroyOptions struct {
	yes    bool
	output outputFlag
}

func (a *app) destroy() *cobra.Command {
	o := destroyOptions{output: outputText}
	cmd := &cobra.Command{
		Use:   "destroy",
		Short: "Stop the executions, delete the stack, and prove that nothing of it is left",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runDestroy(cmd.Context(), o) },
	}
	a.accessFlags(cmd)
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	cmd.Flags().Var(&o.output, "output", "how to print the proof: text or json")
	return cmd
}

func (a *app) runDestroy(ctx context.Context, o destroyOptions) error {
	t, err := a.openOne(ctx)
	if err != nil {
		return err
	}
	plan, err := teardown.Read(ctx, t.Config, t.stackName, t.expected)
	if err != nil {
		return session.Explain(err)
	}
	if plan.Stack == nil {
		return a.nothingToDestroy(t, plan.Foreign, o.output)
	}
	blockers := plan.Blockers()
	if !o.yes && !a.console.interactive {
		blockers = append(blockers, &problem.Problem{What: "destroying asks first, and there is no terminal to ask on", Next: "run this with --yes"})
	}
	if len(blockers) > 0 {
		return errors.Join(blockers...)
	}
	a.console.progress("The stack %s in %s is %s. Its resources:", plan.Stack.Name, t.place(), plan.Stack.Status)
	for _, resource := range plan.Resources {
		a.console.progress("  %s", resource)
	}
	for _, resource := range plan.Kept {
		a.console.progress("  %s, which stays: the stack is deployed to keep it", resource)
	}
	if n := len(plan.Running); n > 0 {
		a.console.progress("%s running, to be stopped.", executions(n))
	}
	if !o.yes && !a.console.confirm("Delete all of it, with its logs and executions?") {
		return bad(&problem.Problem{What: "nothing was deleted", Next: "answer y, or run this with --yes"})
	}
	report, err := teardown.Execute(ctx, t.Config, plan, func(line string) { a.console.progress("%s", printable(line)) })
	return a.showTeardown(t, report, err, o.output)
}

// executions counts them in words.
func executions(n int) string {
	if n == 1 {
		return "1 execution"
	}
	return fmt.Sprintf("%d executions", n)
}

// nothingToDestroy says that there is no stack, and which resources have its names all the same: those are not ours.
func (a *app) nothingToDestroy(t *target, foreign []inventory.Resource, output outputFlag) error {
	if output == outputJSON {
		document := teardownDocument{Resources: []teardownResource{}}
		for _, resource := range foreign {
			document.Foreign = append(document.Foreign, resource.String())
		}
		return a.console.json(document)
	}
	a.console.print("There is nothing to destroy: the stack %s does not exist in %s.", t.stackName, t.place())
	for _, resource := range foreign {
		a.console.print("The %s exists, but no stack of this name made it: it is left alone.", resource)
	}
	return nil
}

// showTeardown prints the proof, and says that all is gone only when it is.
func (a *app) showTeardown(t *target, report teardown.Report, err error, output outputFlag) error {
	left := report.Left()
	if output == outputJSON {
		if jsonErr := a.console.json(document(report)); jsonErr != nil {
			err = errors.Join(err, jsonErr)
		}
	} else if len(report.Items) > 0 {
		var rows [][]string
		for _, item := range report.Items {
			became := good.Render("✓ gone")
			switch {
			case item.Kept && !item.Gone:
				became = strong.Render("● kept")
			case !item.Gone:
				became = wrong.Render("✗ left")
			}
			rows = append(rows, []string{item.Resource.Kind.Title(), item.Resource.Name(), became, printable(item.Proof)})
		}
		a.console.table([]string{"Resource", "Name", "Now", "Proof"}, rows)
	}
	again := "run retrycatch destroy again: it goes on where this ended"
	if err != nil && errors.Is(err, context.Canceled) {
		return bad(&problem.Problem{What: "the teardown was interrupted, and the stack may still be going", Next: again, Err: err})
	}
	if err != nil || len(left) > 0 {
		var names, removals []string
		for _, item := range left {
			names = append(names, item.Resource.String())
			removals = append(removals, item.Resource.Removal())
		}
		what := "the teardown did not finish"
		if len(names) > 0 {
			what += "; left: " + strings.Join(names, ", ")
		}
		next := again
		if err == nil { // the stack itself is deleted, so there is nothing to go on with
			next = strings.Join(removals, "; ")
		}
		return bad(&problem.Problem{What: what, Next: next, Err: session.Explain(err)})
	}
	var more string
	kept := slices.DeleteFunc(slices.Clone(report.Items), func(item teardown.Item) bool { return !item.Kept || item.Gone })
	for _, item := range kept {
		more += " The " + item.Resource.String() + " is kept; to remove it, " + item.Resource.Removal() + "."
	}
	if report.Stopped > 0 {
		more += " " + executions(report.Stopped) + " stopped."
	}
	a.console.progress("%s The stack %s is deleted, and none of the %d resources that go with it exists any more.%s",
		good.Render("✓"), t.stackName, len(report.Items)-len(kept), more)
	return nil
}

// What --output json prints of destroy.
type (
	teardownDocument struct {
		Stack     string             `json:"stack,omitempty"` // ARN; absent when there was none
		Stopped   int                `json:"executionsStopped"`
		Resources []teardownResource `json:"resources"`
		Foreign   []string           `json:"foreign,omitempty"`
	}
	teardownResource struct {
		Type  string `json:"type"`
		Name  string `json:"name"`
		Gone  bool   `json:"gone"`
		Kept  bool   `json:"kept,omitempty"` // it was to stay
		Proof string `json:"proof"`
	}
)

func document(report teardown.Report) teardownDocument {
	d := teardownDocument{Stack: report.Stack, Stopped: report.Stopped, Resources: []teardownResource{}}
	for _, item := range report.Items {
		d.Resources = append(d.Resources, teardownResource{Type: string(item.Resource.Kind), Name: item.Resource.Name(),
			Gone: item.Gone, Kept: item.Kept, Proof: item.Proof})
	}
	return d
}
