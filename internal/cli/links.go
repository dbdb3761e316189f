package cli

import (
	"maps"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
)

// outputs returns the outputs of a stack. It omits links to the AWS console if the console cannot
// show the stack.
func (t *target) outputs(stack *inventory.Stack) map[string]string {
	if t.HasConsole() {
		return stack.Outputs
	}
	shown := maps.Clone(stack.Outputs)
	delete(shown, deployment.OutputConsole)
	delete(shown, deployment.OutputDashboard)
	return shown
}
