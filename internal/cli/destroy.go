package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"retrycatch/internal/inventory"
	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
	"retrycatch/internal/teardown"
)

type destroyOptions struct {
	yes    bool
	force  bool
	assets bool
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
	cmd.Flags().BoolVar(&o.force, "force", false, "switch off termination protection, take away policies that the roles have from elsewhere, "+
		"and remove what CloudFormation cannot delete or an earlier teardown has left")
	cmd.Flags().BoolVar(&o.assets, "assets", false, "remove what the CDK has staged for the stack in its bootstrap bucket, where no other stack uses it")
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
	if plan.Stack == nil && len(plan.Left) == 0 && !(o.assets && len(plan.Assets) > 0) {
		return a.nothingToDestroy(t, plan, o.output)
	}
	blockers := destroyBlockers(plan, o.force)
	if !o.yes && !a.console.interactive {
		blockers = append(blockers, &problem.Problem{What: "destroying asks first, and there is no terminal to ask on", Next: "run this with --yes"})
	}
	if len(blockers) > 0 {
		return errors.Join(blockers...)
	}
	a.showPlan(t, plan, o.assets)
	if !o.yes && !a.console.confirm("Delete all of it, with its logs and executions?") {
		return bad(&problem.Problem{What: "nothing was deleted", Next: "answer y, or run this with --yes"})
	}
	report, err := teardown.Execute(ctx, t.Config, plan, teardown.Options{Force: o.force, Assets: o.assets}, func(line string) { a.console.progress("%s", printable(line)) })
	return a.showTeardown(t, report, err, o)
}

func destroyBlockers(plan teardown.Plan, force bool) []error {
	if plan.Stack == nil {
		if force || len(plan.Left) == 0 {
			return nil
		}
		var names []string
		for _, resource := range plan.Left {
			names = append(names, resource.String())
		}
		return []error{bad(&problem.Problem{What: "the stack is deleted, and its deletion has left: " + strings.Join(names, ", "),
			Next: "run this with --force, which removes them"})}
	}
	blockers := preflight.Changing(plan.Stack)
	if !force {
		blockers = append(blockers, preflight.Destroy(plan.Stack, plan.Outside)...)
	}
	return blockers
}

// showPlan says all that is to be touched, before the question.
func (a *app) showPlan(t *target, plan teardown.Plan, assets bool) {
	resources := plan.Left
	if plan.Stack == nil {
		a.console.progress("The stack %s in %s is deleted already. What is left of it:", t.stackName, t.place())
	} else {
		resources = plan.Resources
		a.console.progress("The stack %s in %s is %s. Its resources:", plan.Stack.Name, t.place(), plan.Stack.Status)
	}
	for _, resource := range resources {
		a.console.progress("  %s", resource)
	}
	for _, resource := range plan.Kept {
		a.console.progress("  %s, which stays: the stack is deployed to keep it", resource)
	}
	for _, policy := range plan.Outside {
		a.console.progress("  %s, which is taken away", policy)
	}
	for _, asset := range plan.Assets {
		staying := ", which stays in the CDK's bucket: --assets removes it"
		if assets {
			staying = ", unless another stack uses it"
		}
		a.console.progress("  %s%s", asset, staying)
	}
	if n := len(plan.Running); n > 0 {
		a.console.progress("%s running, to be stopped.", counted(n, "execution"))
	}
}

// nothingToDestroy says that there is no stack, and which resources have its names all the same.
func (a *app) nothingToDestroy(t *target, plan teardown.Plan, output outputFlag) error {
	if output == outputJSON {
		document := teardownDocument{Resources: []teardownResource{}}
		for _, resource := range plan.Foreign {
			document.Foreign = append(document.Foreign, resource.String())
		}
		return a.console.json(document)
	}
	a.console.print("There is nothing to destroy: the stack %s does not exist in %s.", t.stackName, t.place())
	for _, resource := range plan.Kept {
		a.console.print("The %s was kept when the stack was deleted; to remove it, %s.", resource, resource.Removal())
	}
	for _, resource := range plan.Foreign {
		a.console.print("The %s exists, but no stack of this name has left it here: it is left alone.", resource)
	}
	return nil
}

// showTeardown prints the proof, and says that all is gone only when it is.
func (a *app) showTeardown(t *target, report teardown.Report, err error, o destroyOptions) error {
	if o.output == outputJSON {
		if jsonErr := a.console.json(document(report)); jsonErr != nil {
			err = errors.Join(err, jsonErr)
		}
	} else if len(report.Items) > 0 {
		a.showProof(report)
	}
	if left := report.Left(); err != nil || len(left) > 0 {
		return bad(unfinished(left, err, o.force))
	}
	var more string
	kept := 0
	for _, item := range report.Items {
		if item.Fate == teardown.Kept && !item.Gone {
			kept++
		}
		if item.Fate == teardown.Kept && !item.Gone && item.Resource.Kind != inventory.Asset {
			more += " The " + item.Resource.String() + " is kept; to remove it, " + item.Resource.Removal() + "."
		}
	}
	if report.Stopped > 0 {
		more += " " + counted(report.Stopped, "execution") + " stopped."
	}
	a.console.progress("%s The stack %s is deleted, and none of the %d resources that go with it exists any more.%s",
		good.Render("✓"), t.stackName, len(report.Items)-kept, more)
	return nil
}

func (a *app) showProof(report teardown.Report) {
	var rows [][]string
	for _, item := range report.Items {
		became := good.Render("✓ gone")
		switch {
		case item.Fate == teardown.Kept && !item.Gone:
			became = strong.Render("● kept")
		case !item.Gone:
			became = wrong.Render("✗ left")
		}
		rows = append(rows, []string{item.Resource.Kind.Title(), item.Resource.Name(), string(item.Fate), became, printable(item.Proof)})
	}
	a.console.table([]string{"Resource", "Name", "Deleted", "Now", "Proof"}, rows)
}

// unfinished is a teardown that has not come to its end, and how to go on.
func unfinished(left []teardown.Item, err error, force bool) error {
	again := "run retrycatch destroy again: it goes on where this ended"
	if err != nil && errors.Is(err, context.Canceled) {
		return &problem.Problem{What: "the teardown was interrupted, and the stack may still be going", Next: again, Err: err}
	}
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
	switch failed := (*teardown.FailedError)(nil); {
	case err == nil: // the stack itself is deleted
		next = strings.Join(removals, "; ")
	case errors.As(err, &failed) && !force:
		next = "see above why, and run this again; with --force it removes them by their own services"
	}
	return &problem.Problem{What: what, Next: next, Err: session.Explain(err)}
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
		How   string `json:"how"` // it was deleted
		Gone  bool   `json:"gone"`
		Kept  bool   `json:"kept,omitempty"` // it was to stay
		Proof string `json:"proof"`
	}
)

func document(report teardown.Report) teardownDocument {
	d := teardownDocument{Stack: report.Stack, Stopped: report.Stopped, Resources: []teardownResource{}}
	for _, item := range report.Items {
		d.Resources = append(d.Resources, teardownResource{Type: string(item.Resource.Kind), Name: item.Resource.Name(),
			How: string(item.Fate), Gone: item.Gone, Kept: item.Fate == teardown.Kept, Proof: item.Proof})
	}
	return d
}
