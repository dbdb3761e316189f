package view

import (
	"maps"
	"slices"
)

// Deployed lists the stacks of a finished deployment.
type Deployed []DeployedStack

// DeployedStack is a stack in the document of deploy --output json.
type DeployedStack struct {
	Region  string            `json:"region"`
	Stack   string            `json:"stack"` // ARN
	Status  string            `json:"status"`
	Outputs map[string]string `json:"outputs"`
}

// Text prints the outputs of each stack.
func (d Deployed) Text(c *Console) {
	for _, stack := range d {
		for _, key := range slices.Sorted(maps.Keys(stack.Outputs)) {
			c.Print("%-20s %s", key, stack.Outputs[key])
		}
	}
}

// Document returns the document of deploy --output json.
func (d Deployed) Document() any {
	return struct {
		Stacks Deployed `json:"stacks"`
	}{d}
}
