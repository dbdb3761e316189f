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

// Warning is a finding that does not stop a command: the caller may not check something, and the
// CDK or CloudFormation checks it too.
type Warning struct{ Err error }

func (w *Warning) Error() string { return w.Err.Error() }

// Unwrap returns the finding.
func (w *Warning) Unwrap() error { return w.Err }

// UncheckedBootstrap returns a warning for an error of ReadBootstrap that is a denial, and any
// other error unchanged.
func UncheckedBootstrap(err error) error {
	if !session.Denied(err) {
		return err
	}
	return &Warning{fmt.Errorf("the credentials may not call %s, so only the CDK checks whether the account is "+
		"bootstrapped", session.DeniedAction(err))}
}

// Split separates the blockers from the warnings. It leaves out nil.
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

// unseen holds the resources whose names could not be checked, by the action that is denied.
type unseen map[string][]resource.Resource

// namesShown is the number of names that a warning mentions.
const namesShown = 2

// warnings returns one warning for each action.
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
			"checks whether these names are taken: %s", action, some)})
	}
	return warnings
}
