package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// DeployedStacks is the result of a deployment.
type DeployedStacks []DeployedStack

// deployDocument is the JSON document of the deploy command.
type deployDocument struct {
	Stacks DeployedStacks `json:"stacks"` // deployed stacks, one for each region
}

// DeployedStack is a stack in the JSON document of the deploy command.
type DeployedStack struct {
	Region  string            `json:"region"`  // region of the stack
	Stack   string            `json:"stack"`   // ARN of the stack
	Status  string            `json:"status"`  // status that CloudFormation reports
	Outputs map[string]string `json:"outputs"` // outputs by name; they include console URLs only on AWS itself
}

// Text prints the outputs of each stack. Each value is beside its name. If a line would be wider
// than the terminal, all values are below their names.
func (d DeployedStacks) Text(c *Console) {
	below := false
	for _, stack := range d {
		for key, value := range stack.Outputs {
			below = below || c.width > 0 && ansi.StringWidth(outputLine(key, value)) > c.width
		}
	}
	for _, stack := range d {
		for _, key := range slices.Sorted(maps.Keys(stack.Outputs)) {
			value := stack.Outputs[key]
			line := outputLine(key, value)
			if below {
				indent := max(0, min(len(gap), c.width-ansi.StringWidth(value)))
				line = key + "\n" + strings.Repeat(" ", indent) + value
			}
			c.Text(line + "\n")
		}
	}
}

func outputLine(key, value string) string { return fmt.Sprintf("%-20s %s", key, value) }

// Document returns the JSON document of the deploy command.
func (d DeployedStacks) Document() any { return deployDocument{d} }
