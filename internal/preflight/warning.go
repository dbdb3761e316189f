package preflight

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// Warning reports a finding that does not stop a command: the caller is not permitted to check
// something that the CDK or CloudFormation checks anyway.
type Warning struct{ Err error }

func (w *Warning) Error() string { return w.Err.Error() }

// Unwrap returns the finding.
func (w *Warning) Unwrap() error { return w.Err }

// UncheckedBootstrap returns a warning if an error of ReadBootstrap is a denial. It returns any
// other error unchanged.
func UncheckedBootstrap(err error) error {
	if !session.Denied(err) {
		return err
	}
	return &Warning{fmt.Errorf("the credentials may not call %s, so only the CDK checks whether the account is "+
		"bootstrapped", session.DeniedAction(err))}
}

// Split separates blockers from warnings, and drops nil.
func Split(found []error) (blockers, warnings []error) {
	for _, err := range found {
		if warning := (*Warning)(nil); errors.As(err, &warning) {
			warnings = append(warnings, warning.Err)
		} else if err != nil {
			blockers = append(blockers, err)
		}
	}
	return blockers, warnings
}

// unseen holds the resources whose names could not be checked, by denied action.
type unseen map[string][]resource.Resource

// namesShown limits the names in a warning.
const namesShown = 2

// warnings returns one warning per action.
func (u unseen) warnings() (warnings []error) {
	for _, action := range slices.Sorted(maps.Keys(u)) {
		var names []string
		for _, r := range u[action] {
			names = append(names, r.String())
		}
		some := strings.Join(names[:min(namesShown, len(names))], ", ")
		if more := len(names) - namesShown; more > 0 {
			some += fmt.Sprintf(" and %d more", more)
		}
		warnings = append(warnings, &Warning{fmt.Errorf("the credentials may not call %s, so only CloudFormation "+
			"checks whether these names are in use: %s", action, some)})
	}
	return warnings
}
