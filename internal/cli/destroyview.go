package cli

import (
	"errors"
	"fmt"
	"strings"

	"retrycatch/internal/session"
	"retrycatch/internal/teardown"
)

// ending is the outcome of a teardown.
type ending struct {
	report   teardown.Report
	err      error
	options  destroyOptions
	repeated bool // the stack was gone before, so only the proof was repeated
}

// open returns the number of resources that are left or unknown.
func (e ending) open() int { return e.report.Count(teardown.Left) + e.report.Count(teardown.Unknown) }

// showPlan lists everything that the teardown will change.
func (a *app) showPlan(t *target, plan teardown.Plan, o destroyOptions) {
	if plan.Stack == nil {
		a.console.progress("The stack %s in %s is deleted already. It left behind:", t.stackName, t.place())
	} else {
		a.console.progress("The stack %s in %s is %s. Its resources:", plan.Stack.Name, t.place(), plan.Stack.Status)
	}
	for _, item := range plan.Items {
		if line := planned(item, o); line != "" {
			a.console.progress("  %s", printable(line))
		}
	}
	for _, hold := range plan.Holds {
		a.console.progress("  %s, which will be lifted", hold)
	}
	for _, asset := range plan.Assets {
		staying := ", which stays in the CDK's bucket: --assets removes it"
		if o.assets {
			staying = ", unless another stack uses it"
		}
		a.console.progress("  %s%s", asset, staying)
	}
	a.showUnread(plan)
	if n := len(plan.Running); n > 0 {
		a.console.progress("%s running, which will be stopped.", counted(n, "execution"))
	}
}

// showUnread prints why parts of the plan could not be read.
func (a *app) showUnread(plan teardown.Plan) {
	for _, err := range plan.Unread {
		a.console.progress("  %s", printable(inWords(err)))
	}
}

// planned says what the teardown will do to a resource. It returns "" for a resource that is gone.
func planned(item teardown.Item, o destroyOptions) string {
	switch name := item.Resource.String(); {
	case item.Now == teardown.Gone:
		return ""
	case item.Now == teardown.Unknown:
		return name + ", which cannot be checked: " + item.Proof
	case item.Now == teardown.Kept || item.Now == teardown.Foreign:
		return name + ", which stays: it " + item.Why
	case item.Fate == teardown.WithTheStack:
		return name
	case !item.Removable:
		return name + ", which is left alone: it " + item.Why
	case o.force:
		return name + ", which " + item.Why
	default:
		return name + ", which stays without --force: it " + item.Why
	}
}

// showTeardown prints the proof. It reports success only if no resource is left or unknown.
func (a *app) showTeardown(t *target, e ending) error {
	if e.options.output == outputJSON {
		e.err = errors.Join(e.err, a.console.json(document(t, e.report)))
	} else {
		a.showProof(e.report)
		a.showStays(t, e.report)
	}
	if e.err != nil || e.open() > 0 {
		return bad(e.unfinished(t))
	}
	if e.repeated && e.options.output == outputText {
		a.console.print("There is nothing to destroy: the stack %s does not exist in %s.", t.stackName, t.place())
	}
	if e.report.Stack != nil {
		a.console.progress("%s %s", good.Render("✓"), done(t, e.report))
	}
	return nil
}

// done summarizes a finished teardown.
func done(t *target, report teardown.Report) string {
	text := fmt.Sprintf("The stack %s is deleted. Proved to be gone: %s.",
		t.stackName, counted(report.Count(teardown.Gone), "resource"))
	if n := report.Count(teardown.Kept) + report.Count(teardown.Foreign); n > 0 {
		text += fmt.Sprintf(" Still there: %s; the proof says why.", counted(n, "resource"))
	}
	if report.Stopped > 0 {
		text += " " + counted(report.Stopped, "execution") + " stopped."
	}
	if report.Unstopped != nil {
		text += " Executions may have kept running: the credentials may not call " +
			session.DeniedAction(report.Unstopped) + "."
	}
	return text
}

func (a *app) showProof(report teardown.Report) {
	if len(report.Items) == 0 {
		return
	}
	signs := map[teardown.Now]string{teardown.Gone: good.Render("✓ gone"), teardown.Left: wrong.Render("✗ left"),
		teardown.Kept: strong.Render("● kept"), teardown.Foreign: strong.Render("● not ours"),
		teardown.Unknown: wrong.Render("? unknown")}
	var rows [][]string
	for _, item := range report.Items {
		rows = append(rows, []string{item.Resource.Kind.Title(), item.Resource.Name(), string(item.Fate),
			signs[item.Now], printable(item.Proof)})
	}
	a.console.table([]string{"Resource", "Name", "Deleted", "Now", "Proof"}, rows)
	for _, item := range report.Items {
		if item.Now != teardown.Gone && item.Why != "" {
			a.console.print("The %s %s.", item.Resource, printable(item.Why))
		}
	}
}

// showStays lists everything that outlives a deployment, and the triggers that still point at this
// one.
func (a *app) showStays(t *target, report teardown.Report) {
	var kept []string
	for _, note := range report.Stays {
		if note.Command == "" {
			kept = append(kept, fmt.Sprintf("%s (%s)", note.Name, note.Why))
			continue
		}
		a.console.progress("%s stays: %s.\n  %s %s", capital(note.Name), note.Why, strong.Render("next:"),
			t.AWS(note.Command))
	}
	if len(kept) > 0 {
		a.console.progress("Kept by AWS: %s.", strings.Join(kept, "; "))
	}
	for _, err := range report.Unread {
		a.console.progress("%s", printable(capital(inWords(err))))
	}
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func names(items []teardown.Item) string {
	var names []string
	for _, item := range items {
		names = append(names, item.Resource.String())
	}
	return strings.Join(names, ", ")
}
