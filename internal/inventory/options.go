package inventory

import (
	"strings"

	"retrycatch/internal/deployment"
	"retrycatch/internal/resource"
)

// Options reads the options that the stack was deployed with from the template and the outputs. It
// leaves out the stage and the account, which are in the stack's name and ARN.
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
		// as deployment names the roles of a deployment to named regions
		if _, region, ok = strings.Cut(region, "_"); ok {
			d.Regions = []string{region}
		}
	}
	return d
}
