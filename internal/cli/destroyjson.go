package cli

import (
	"slices"

	"retrycatch/internal/teardown"
)

// The document of destroy --output json.
type (
	teardownDocument struct {
		Stack     string             `json:"stack,omitempty"` // ARN; absent if no stack with the name is known
		Stopped   int                `json:"executionsStopped"`
		Resources []teardownResource `json:"resources"`
		Stays     []teardownNote     `json:"stays"` // outside the deployment
		// Unread says why Stays may be incomplete, and why executions may still run.
		Unread []string `json:"unread,omitempty"`
	}
	teardownResource struct {
		Type   string `json:"type"`
		Name   string `json:"name"`
		How    string `json:"how"` // with the stack, by its own API, earlier, or not deleted
		Now    string `json:"now"` // gone, left, kept, foreign or unknown
		Gone   bool   `json:"gone"`
		Kept   bool   `json:"kept,omitempty"`
		Why    string `json:"why,omitempty"`
		Proof  string `json:"proof"`
		Action string `json:"missingAction,omitempty"`
	}
	teardownNote struct {
		Name string `json:"name"`
		Why  string `json:"why"`
		Next string `json:"next,omitempty"` // the command that removes or shows it
	}
)

func document(t *target, report teardown.Report) teardownDocument {
	d := teardownDocument{Stopped: report.Stopped, Resources: []teardownResource{}, Stays: []teardownNote{}}
	if report.Stack != nil {
		d.Stack = report.Stack.ARN
	}
	for _, item := range report.Items {
		d.Resources = append(d.Resources, teardownResource{Type: string(item.Resource.Kind),
			Name: item.Resource.Name(), How: string(item.Fate),
			Now: string(item.Now), Gone: item.Now == teardown.Gone, Kept: item.Now == teardown.Kept, Why: item.Why,
			Proof: item.Proof, Action: item.Action})
	}
	for _, note := range report.Stays {
		n := teardownNote{Name: note.Name, Why: note.Why}
		if note.Command != "" {
			n.Next = t.AWS(note.Command)
		}
		d.Stays = append(d.Stays, n)
	}
	if report.Unstopped != nil { // the executions may stay for a while
		d.Unread = append(d.Unread, inWords(report.Unstopped))
	}
	for _, err := range report.Unread {
		d.Unread = append(d.Unread, inWords(err))
	}
	return d
}

func compact(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}
