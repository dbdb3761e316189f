package view

import (
	"slices"
	"strings"

	"retrycatch/internal/deployment"
	"retrycatch/internal/health"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// Status is the state of a deployment, and the document of status --output json.
type Status struct {
	StackName string `json:"-"` // also if it is not deployed
	Account   string `json:"account"`
	Region    string `json:"region"`
	Deployed  bool   `json:"deployed"`
	Foreign   bool   `json:"foreign,omitempty"` // the stack with this name is somebody else's
	// The stack is complete, and no resource is known to be missing or edited.
	Healthy   bool              `json:"healthy"`
	Stack     string            `json:"stack,omitempty"` // ARN
	Status    string            `json:"status,omitempty"`
	Reason    string            `json:"reason,omitempty"`
	Protected bool              `json:"terminationProtection"`
	Running   []string          `json:"runningExecutions"` // null if they cannot be read
	Resources []StatusResource  `json:"resources"`
	Outputs   map[string]string `json:"outputs,omitempty"`
	Blockers  []StatusBlocker   `json:"blockers"`
	Faults    []string          `json:"faults,omitempty"` // of the resources, in words
	Unread    []string          `json:"unread,omitempty"` // why the executions or blockers may be incomplete
	Next      string            `json:"next,omitempty"`   // the command that repairs an unhealthy stack
}

// StatusBlocker blocks a deployment or a teardown.
type StatusBlocker struct {
	Of   string `json:"of"` // deploy or destroy
	What string `json:"what"`
	Next string `json:"next,omitempty"`
}

// StatusResource is the state of one resource.
type StatusResource struct {
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

// NewStatusResource returns the state of an examined resource.
func NewStatusResource(h health.Resource) StatusResource {
	r := StatusResource{Type: string(h.Kind), Name: h.Name(), Exists: h.Seen.Exists, State: h.Seen.State,
		Drift: string(h.Drift.Status), Properties: h.Drift.Paths, Reason: h.Drift.Reason}
	if h.Unknown != nil {
		r.Unknown = Reason(h.Unknown)
	}
	return r
}

// Document returns the status itself.
func (s Status) Document() any { return s }

// Text prints the stack, its resources and everything that blocks a command.
func (s Status) Text(c *Console) {
	place := Place(s.Account, s.Region)
	if s.Deployed {
		c.Print("The stack %s in %s is %s.", s.StackName, place, s.Status)
		s.showDeployment(c)
	} else {
		c.Print("The stack %s is not deployed in %s.", s.StackName, place)
		showReasons(c, s.Unread)
	}
	for _, blocker := range s.Blockers {
		c.Print("Blocks retrycatch %s: %s\n  next: %s", blocker.Of, printable(blocker.What), printable(blocker.Next))
	}
}

func (s Status) showDeployment(c *Console) {
	if s.Reason != "" {
		c.Print("%s", printable(s.Reason))
	}
	if s.Foreign {
		return
	}
	s.showResources(c)
	if s.Running != nil {
		c.Print("%s running.", Counted(len(s.Running), "execution"))
	}
	for _, output := range []string{deployment.OutputConsole, deployment.OutputDashboard} {
		if address := s.Outputs[output]; address != "" {
			c.Print("%s: %s", output, address)
		}
	}
}

func (s Status) showResources(c *Console) {
	var rows [][]string
	var reasons []string
	for _, r := range s.Resources {
		now := yes("exists " + r.State)
		switch {
		case r.Unknown != "":
			now = unknown("cannot be checked")
			reasons = append(reasons, r.Unknown)
		case !r.Exists:
			now = no("missing")
		}
		template := r.Drift
		if r.Drift == string(inventory.Modified) {
			template = no(strings.Join(append([]string{"edited"}, r.Properties...), "\n"))
		}
		if r.Reason != "" {
			reasons = append(reasons, "not compared with the template: "+r.Reason)
		}
		rows = append(rows, []string{resource.Kind(r.Type).Title(), r.Name, now, template})
	}
	c.list([]column{{title: "Resource"}, {title: "Name"}, {title: "Now"}, {title: "Template"}}, rows)
	showReasons(c, append(reasons, s.Unread...))
}

// showReasons prints each reason once.
func showReasons(c *Console, reasons []string) {
	reasons = slices.Clone(reasons)
	for i, reason := range reasons {
		reasons[i] = Capital(reason)
	}
	slices.Sort(reasons)
	for _, reason := range slices.Compact(reasons) {
		c.Print("%s", printable(reason))
	}
}
