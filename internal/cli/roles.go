package cli

import (
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// bootstrapRoles returns the CDK's roles in the target's account and region.
func (t *target) bootstrapRoles() session.BootstrapRoles {
	return session.BootstrapRoles{Partition: t.partition(), Account: t.Account, Region: t.Region(),
		Qualifier: t.bootstrap.Qualifier}
}

// borrowRoles lets calls that are denied to the caller use the CDK's roles. A caller who may only
// assume these roles can deploy with the CDK, and so can check and delete the deployment.
func (a *app) borrowRoles(t *target) {
	t.Config = t.bootstrapRoles().Apply(t.Config, a.progressLine)
}

// warn prints what was not checked. It does not stop the command.
func (a *app) warn(warnings []error) {
	for _, warning := range warnings {
		a.console.Warn(view.Explanation(warning))
	}
}
