package cli

import (
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// bootstrapRoles returns the CDK bootstrap roles in the target's account and region.
func (t *target) bootstrapRoles() session.BootstrapRoles {
	return session.BootstrapRoles{Partition: t.partition(), Account: t.Account, Region: t.Region(),
		Qualifier: t.bootstrap.Qualifier}
}

// assumeBootstrapRoles makes the target retry each denied call with a CDK bootstrap role. A caller
// whose only permission is to assume these roles can then also check and delete the deployment.
func (a *app) assumeBootstrapRoles(t *target) {
	t.Config = t.bootstrapRoles().Apply(t.Config, a.printProgressLine)
}

// warn prints each reason why a check was skipped. The command continues.
func (a *app) warn(warnings []error) {
	for _, warning := range warnings {
		a.console.Warn(view.Explanation(warning))
	}
}
