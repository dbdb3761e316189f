package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"retrycatch/internal/deployment"
	"retrycatch/internal/health"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// Status is the state of a deployment, and the JSON document of status.
type Status struct {
	StackName string `json:"-"`        // name that the stack has, or would have
	Account   string `json:"account"`  // ID of the account
	Region    string `json:"region"`   // region of the stack
	Deployed  bool   `json:"deployed"` // true if the stack exists
	// true if the stack with this name does not belong to this project
	Foreign bool `json:"foreign,omitempty"`
	// true if the stack is complete, and no resource or alarm has a fault
	Healthy   bool   `json:"healthy"`
	Stack     string `json:"stack,omitempty"`       // ARN of the stack
	Status    string `json:"status,omitempty"`      // status that CloudFormation reports
	Reason    string `json:"reason,omitempty"`      // CloudFormation's reason for the status
	Protected bool   `json:"terminationProtection"` // true if termination protection is on
	// ARNs of the running executions; null if they could not be read
	Running   []string          `json:"runningExecutions"`
	Resources []StatusResource  `json:"resources"`         // resources of the stack
	Outputs   map[string]string `json:"outputs,omitempty"` // outputs of the stack by name
	Blockers  []StatusBlocker   `json:"blockers"`          // everything that blocks a deployment or teardown
	Faults    []string          `json:"faults,omitempty"`  // faults of the resources, as sentences
	// reasons why the list in runningExecutions or in blockers may be incomplete
	Warnings       []string `json:"unread,omitempty"`
	Next           string   `json:"next,omitempty"` // command that repairs an unhealthy stack
	StatusIsFault  bool     `json:"-"`              // the stack's status is itself a fault
	Uncertain      bool     `json:"-"`              // no fault was found, but a check was not possible
	Suggestion     string   `json:"-"`              // useful next command for a deployment without faults
	BootstrapOffer string   `json:"-"`              // sentence that offers to bootstrap the region
}

// StatusBlocker describes a blocker of a deployment or teardown.
type StatusBlocker struct {
	Command string `json:"of"`             // blocked command: deploy or destroy
	What    string `json:"what"`           // description of the blocker
	Next    string `json:"next,omitempty"` // command that removes the blocker
}

// StatusResource is a resource of the stack.
type StatusResource struct {
	Type    string `json:"type"`              // CloudFormation's resource type
	Name    string `json:"name"`              // name of the resource
	Exists  bool   `json:"exists"`            // true if the resource's service finds the resource
	State   string `json:"state,omitempty"`   // state that the service reports, such as Active
	Unknown string `json:"unknown,omitempty"` // reason why the resource's existence could not be checked
	Drift   string `json:"drift"`             // in sync, modified, deleted or not checked
	// JSON pointers to the properties that differ from the template
	Properties []string `json:"driftProperties,omitempty"`
	Reason     string   `json:"driftReason,omitempty"` // reason why the drift was not checked
	Note       string   `json:"note,omitempty"`        // reason why an alarm in state ALARM is not a fault
}

// NewStatusResource returns the document of an examined resource.
func NewStatusResource(h health.Resource) StatusResource {
	r := StatusResource{
		Type:       string(h.Kind),
		Name:       h.Name(),
		Exists:     h.Seen.Exists,
		State:      h.Seen.State,
		Drift:      string(h.Drift.Status),
		Properties: h.Drift.Paths,
		Reason:     h.Drift.Reason,
		Note:       h.Note(),
	}
	if h.ObserveErr != nil {
		r.Unknown = Reason(h.ObserveErr)
	}
	return r
}

// Document returns the status.
func (s Status) Document() any { return s }

// AllFaults returns Faults, and the stack's status if it is a fault.
func (s Status) AllFaults() []string {
	faults := slices.Clone(s.Faults)
	if s.StatusIsFault {
		faults = append(faults, "the stack's status is "+s.Status)
	}
	return faults
}

// Text prints the resources to standard output, and everything else to standard error.
func (s Status) Text(c *Console) {
	location := Location(s.Account, s.Region)
	if s.Deployed {
		s.showDeployment(c, location)
	} else {
		c.printRemark("The stack %s is not deployed in %s.", s.StackName, location)
		showReasons(c, s.Warnings)
	}
	if s.BootstrapOffer != "" {
		c.printRemark("%s", printable(s.BootstrapOffer))
	}
	for i, blocker := range s.Blockers {
		c.printRemark("retrycatch %s is blocked: %s", blocker.Command, printable(blocker.What))
		if i+1 == len(s.Blockers) || s.Blockers[i+1].Next != blocker.Next { // one step can remove several blockers
			c.Progress("  %s %s", strong.Render(nextPrefix), printable(blocker.Next))
		}
	}
	if s.Suggestion != "" {
		c.Next(s.Suggestion)
	}
}

// printRemark writes a wrapped sentence to standard error.
func (c *Console) printRemark(format string, values ...any) {
	c.Progress("%s", wrapText(fmt.Sprintf(format, values...), c.errWidth, 2))
}

func (s Status) showDeployment(c *Console, location string) {
	switch {
	case s.Foreign: // the command's error says that the stack is foreign
	case s.Healthy:
		c.printRemark("%s", markPassed("healthy"))
	case s.Uncertain:
		c.printRemark("%s %s", markUnknown("not known to be healthy:"), printable(strings.Join(s.AllFaults(), "; ")))
	default:
		c.printRemark("%s %s", markFailed("not healthy:"), printable(strings.Join(s.AllFaults(), "; ")))
	}
	c.printRemark("Stack %s is %s in %s.", s.StackName, s.Status, location)
	if s.Reason != "" {
		c.printRemark("%s", printable(s.Reason))
	}
	if s.Foreign {
		return
	}
	s.showResources(c)
	if s.Running != nil {
		c.printRemark("%s running.", Counted(len(s.Running), "execution"))
	}
	for _, output := range []string{deployment.OutputConsole, deployment.OutputDashboard} {
		if address := s.Outputs[output]; address != "" {
			c.Progress("%s: %s", output, address)
		}
	}
}

func (s Status) showResources(c *Console) {
	var rows [][]string
	var reasons []string
	for _, r := range s.Resources {
		rows = append(rows, []string{r.existenceSign(), resource.Kind(r.Type).Title(), r.Name, r.stateText(),
			r.templateText()})
		if r.Unknown != "" {
			reasons = append(reasons, r.Unknown)
		}
		if r.Reason != "" {
			reasons = append(reasons, "not compared with the template: "+r.Reason)
		}
		if r.Note != "" {
			reasons = append(reasons, r.Note)
		}
	}
	c.printRecords([]column{{}, {title: "Resource"}, {title: "Name"}, {title: "State"}, {title: "Template"}}, rows)
	showReasons(c, append(reasons, s.Warnings...))
}

// existenceSign says whether the resource exists.
func (r StatusResource) existenceSign() string {
	switch {
	case r.Unknown != "":
		return markUnknown("")
	case !r.Exists:
		return markFailed("")
	default:
		return markPassed("")
	}
}

// stateText returns the state that the resource's service reports.
func (r StatusResource) stateText() string {
	alarm := r.Type == string(resource.Alarm)
	switch {
	case alarm && r.State == string(types.StateValueInsufficientData):
		return "no data"
	case alarm && r.State == string(types.StateValueAlarm), health.IsBroken(resource.Kind(r.Type), r.State):
		return markFailed(r.State)
	case r.Unknown != "":
		return "unknown"
	case !r.Exists:
		return "missing"
	default:
		return r.State
	}
}

// templateText says whether the resource differs from the stack's template.
func (r StatusResource) templateText() string {
	switch inventory.DriftStatus(r.Drift) {
	case inventory.Modified:
		return markFailed("edited")
	case inventory.Deleted:
		return markFailed("deleted")
	case inventory.NotChecked:
		return "unchecked"
	default:
		return r.Drift
	}
}

// showReasons prints each reason once, in alphabetical order.
func showReasons(c *Console, reasons []string) {
	reasons = slices.Clone(reasons)
	for i, reason := range reasons {
		reasons[i] = Capitalize(reason)
	}
	slices.Sort(reasons)
	for _, reason := range slices.Compact(reasons) {
		c.printRemark("%s", printable(reason))
	}
}
