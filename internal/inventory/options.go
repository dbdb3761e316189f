package inventory

import (
	"strings"

	"retrycatch/internal/deployment"
	"retrycatch/internal/resource"
)

// Options derives the options of the deployment from the stack's template and outputs. It omits the
// stage and the account, which are in the stack's name and ARN.
func (r Record) Options() deployment.Deployment {
	var d deployment.Deployment
	for _, declared := range r.template.Resources {
		switch declared.Type {
		case resource.Function:
			if architectures, ok := declared.Properties.Architectures.([]any); ok && len(architectures) > 0 {
				architecture, _ := architectures[0].(string)
				d.Architecture = deployment.Architecture(architecture)
			}
		case resource.Dashboard:
			d.Observability = true
		case resource.Subscription:
			d.AlarmEmail, _ = declared.Properties.Endpoint.(string)
		case resource.LogGroup:
			d.Protect = d.Protect || retains(declared.DeletionPolicy)
		}
	}
	if _, region, ok := strings.Cut(r.Stack.Outputs[deployment.OutputFunctionRole], "execution"); ok {
		// With explicit regions, role names end in _REGION.
		if _, region, ok = strings.Cut(region, "_"); ok {
			d.Regions = []string{region}
		}
	}
	return d
}
