package view

import (
	"fmt"
	"strings"

	"retrycatch/internal/session"
	"retrycatch/internal/teardown"
)

// Plan shows a teardown's plan.
type Plan struct {
	teardown.Plan
	StackName    string
	Location     string // account and region
	Force        bool   // the teardown removes every blocker that it can remove
	RemoveAssets bool   // the teardown removes the stack's files from the CDK's bucket
}

// Show writes the plan to standard error. It names each resource, because the user must approve the
// plan.
func (p Plan) Show(c *Console) { p.show(c, true) }

// Summarize writes the plan to standard error. It only counts the resources to delete, because the
// progress names them.
func (p Plan) Summarize(c *Console) { p.show(c, false) }

func (p Plan) show(c *Console, named bool) {
	text, what := fmt.Sprintf("The stack %s in %s is already deleted.", p.StackName, p.Location), "It left behind"
	if p.Stack != nil {
		text, what = fmt.Sprintf("The stack %s in %s is %s.", p.Stack.Name, p.Location, p.Stack.Status), "Its resources"
	}
	if named {
		c.Progress("%s %s:", text, what)
	} else {
		c.Progress("%s %s to delete.", text, Counted(len(p.PlannedResources()), "resource"))
	}
	for _, item := range p.Items {
		if line := p.describe(item); line != "" && (named || line != item.Resource.String()) {
			c.Progress("  %s", printable(line))
		}
	}
	for _, blocker := range p.Holds {
		c.Progress("  %s; destroy removes this blocker", blocker)
	}
	p.showAssets(c)
	p.ShowWarnings(c)
	if n := len(p.Running); n > 0 {
		c.Progress("%s to stop.", Counted(n, "running execution"))
	}
}

func (p Plan) showAssets(c *Console) {
	if n := len(p.Assets); n > 0 && !p.RemoveAssets {
		c.Progress("  %s in the CDK's bucket: kept without --assets", Counted(n, "staged asset"))
		return
	}
	for _, asset := range p.Assets {
		c.Progress("  %s, unless another stack uses it", asset)
	}
}

// PlannedResources lists the resources that the teardown removes.
func (p Plan) PlannedResources() (planned []PlannedResource) {
	for _, item := range p.Items {
		if item.State == teardown.Remaining && (item.Fate == teardown.WithStack || p.Force && item.Removable) {
			planned = append(planned, PlannedResource{Resource: item.Resource})
		}
	}
	return planned
}

// ShowWarnings writes why parts of the plan could not be read.
func (p Plan) ShowWarnings(c *Console) {
	for _, err := range p.Warnings {
		c.Progress("  %s", printable(Reason(err)))
	}
}

// describe says what happens to a resource. It returns "" for a resource that is gone.
func (p Plan) describe(item teardown.Item) string {
	switch name := item.Resource.String(); {
	case item.State == teardown.Gone:
		return ""
	case item.State == teardown.Unknown:
		return name + " (cannot be checked: " + proofText(item) + ")"
	case item.State == teardown.Kept || item.State == teardown.Foreign:
		return name + " stays: it " + item.Why
	case item.Fate == teardown.WithStack:
		return name
	case !item.Removable:
		return name + " is left alone: it " + item.Why
	case p.Force:
		return name + ", which " + item.Why
	default:
		return name + " stays without --force: it " + item.Why
	}
}

// Teardown is the result of a teardown.
type Teardown struct {
	teardown.Report
	StackName       string
	Location        string                   // account and region
	AlreadyDeleted  bool                     // the stack did not exist when the teardown started
	CompleteCommand func(line string) string // adds the region and the profile to an AWS CLI command
}

// Text prints the proof to standard output: the state of each resource, and the response from its
// service. It writes everything that remains to standard error.
func (t Teardown) Text(c *Console) {
	t.showProof(c)
	t.showRemaining(c)
}

// stateTexts maps states to their texts in the Now column.
var stateTexts = map[teardown.State]string{
	teardown.Gone: markPassed("gone"), teardown.Remaining: markFailed("left"), teardown.Kept: markNeutral("kept"),
	teardown.Foreign: markNeutral("not ours"), teardown.Unknown: markUnknown("unknown"),
}

// fateTexts holds the texts in the Deleted column, which shows how a resource was deleted.
var fateTexts = map[teardown.Fate]string{
	teardown.WithStack: "by the stack", teardown.ByOwnAPI: "by its own API", teardown.Earlier: "earlier",
	teardown.NotDeleted: "no",
}

// proofText returns the response of the resource's service, or the error of the query.
func proofText(item teardown.Item) string {
	if item.Err != nil {
		return item.Err.Error()
	}
	return item.Proof
}

func (t Teardown) showProof(c *Console) {
	if len(t.Items) == 0 {
		return
	}
	var rows [][]string
	for _, item := range t.Items {
		rows = append(rows, []string{stateTexts[item.State], printable(item.Resource.String()), fateTexts[item.Fate]})
	}
	c.printTable([]column{{title: "Now"}, {title: "Resource"}, {title: "Deleted"}}, rows)
	c.Print("")
	c.printTable([]column{{title: "Resource"}, {title: "Response from its service", wraps: true}}, t.responseRows())
	for _, item := range t.Items {
		if item.State != teardown.Gone && item.Why != "" {
			c.Print("The %s %s.", item.Resource, printable(item.Why))
		}
	}
}

// responseRows returns a row for each response of a service. Deleted resources of the same kind
// with the same response share a row.
func (t Teardown) responseRows() [][]string {
	type response struct{ kind, text string }
	counts := map[response]int{}
	responseOf := func(item teardown.Item) response {
		return response{item.Resource.Kind.Title(), printable(proofText(item))}
	}
	for _, item := range t.Items {
		if item.State == teardown.Gone {
			counts[responseOf(item)]++
		}
	}
	var rows [][]string
	for _, item := range t.Items {
		r := responseOf(item)
		switch n := counts[r]; {
		case item.State != teardown.Gone:
			rows = append(rows, []string{printable(item.Resource.String()), r.text})
		case n > 0:
			rows = append(rows, []string{Counted(n, r.kind), r.text})
			delete(counts, r)
		}
	}
	return rows
}

// showRemaining lists everything that remains, and triggers that still refer to deleted resources.
func (t Teardown) showRemaining(c *Console) {
	var kept []string
	for _, note := range t.Notes {
		if note.Command == "" {
			kept = append(kept, fmt.Sprintf("%s (%s)", note.Name, note.Why))
			continue
		}
		c.Hint(Capitalize(note.Name)+" is not deleted: "+note.Why+".", t.CompleteCommand(note.Command))
	}
	if len(kept) > 0 {
		c.Progress("Kept by AWS: %s.", strings.Join(kept, "; "))
	}
	for _, err := range t.Warnings {
		c.Progress("%s", printable(Capitalize(Reason(err))))
	}
}

// Summary returns sentences about the finished teardown.
func (t Teardown) Summary() string {
	text := fmt.Sprintf("The stack %s is deleted.", t.StackName)
	if t.AlreadyDeleted {
		text = fmt.Sprintf("There is nothing to destroy: the stack %s does not exist in %s.", t.StackName, t.Location)
	}
	if n := t.Count(teardown.Gone); n > 0 || !t.AlreadyDeleted {
		text += fmt.Sprintf(" Confirmed gone: %s.", Counted(n, "resource"))
	}
	if n := t.Count(teardown.Kept) + t.Count(teardown.Foreign); n > 0 {
		text += fmt.Sprintf(" Still there: %s, for the reasons listed.", Counted(n, "resource"))
	}
	if t.Stopped > 0 {
		text += " " + Counted(t.Stopped, "execution") + " stopped."
	}
	if t.StopErr != nil {
		text += " Executions may still be running: the credentials cannot call " +
			session.DeniedAction(t.StopErr) + "."
	}
	return text
}

// The JSON document of destroy, as in docs/json.md. Fields may be added, but are never renamed.
type (
	teardownDocument struct {
		Stack     string             `json:"stack,omitempty"`   // ARN of the stack; absent if no such stack was found
		Stopped   int                `json:"executionsStopped"` // number of stopped executions
		Resources []teardownResource `json:"resources"`         // resources of the stack, each with its proof
		Stays     []teardownNote     `json:"stays"`             // everything that remains after the teardown
		// reasons why the list in stays may be incomplete, or why executions may still be running
		Warnings []string `json:"unread,omitempty"`
	}
	teardownResource struct {
		Type string `json:"type"` // CloudFormation's resource type
		Name string `json:"name"` // name of the resource
		// one of: with the stack; by its own API; earlier; not deleted
		How    string `json:"how"`
		Now    string `json:"now"`                     // state: gone, left, kept, foreign or unknown, as in docs/teardown.md
		Gone   bool   `json:"gone"`                    // true if the resource is gone
		Kept   bool   `json:"kept,omitempty"`          // true if the template retains the resource
		Why    string `json:"why,omitempty"`           // reason why the resource is not gone
		Proof  string `json:"proof"`                   // response from the resource's service
		Action string `json:"missingAction,omitempty"` // IAM action that the credentials lack
	}
	teardownNote struct {
		Name string `json:"name"`           // name of the remaining item
		Why  string `json:"why"`            // reason why it remains
		Next string `json:"next,omitempty"` // command that removes or shows it
	}
)

// Document returns the JSON document of destroy.
func (t Teardown) Document() any {
	d := teardownDocument{Stopped: t.Stopped, Resources: []teardownResource{}, Stays: []teardownNote{}}
	if t.Stack != nil {
		d.Stack = t.Stack.ARN
	}
	for _, item := range t.Items {
		d.Resources = append(d.Resources, teardownResource{
			Type:   string(item.Resource.Kind),
			Name:   item.Resource.Name(),
			How:    string(item.Fate),
			Now:    string(item.State),
			Gone:   item.State == teardown.Gone,
			Kept:   item.State == teardown.Kept,
			Why:    item.Why,
			Proof:  proofText(item),
			Action: session.DeniedAction(item.Err),
		})
	}
	for _, note := range t.Notes {
		n := teardownNote{Name: note.Name, Why: note.Why}
		if note.Command != "" {
			n.Next = t.CompleteCommand(note.Command)
		}
		d.Stays = append(d.Stays, n)
	}
	if t.StopErr != nil { // executions that may still be running
		d.Warnings = append(d.Warnings, Reason(t.StopErr))
	}
	for _, err := range t.Warnings {
		d.Warnings = append(d.Warnings, Reason(err))
	}
	return d
}
