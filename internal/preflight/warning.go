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

// Warning reports a check that the caller is not allowed to make, or a call that AWS may deny. The
// command continues, because the CDK, CloudFormation or IAM makes the same check later.
type Warning struct{ Err error }

func (w *Warning) Error() string { return w.Err.Error() }

// Unwrap returns the warning's error.
func (w *Warning) Unwrap() error { return w.Err }

// BootstrapWarning turns an AccessDenied error of ReadBootstrap into a Warning. It returns any
// other error unchanged.
func BootstrapWarning(err error) error {
	if !session.Denied(err) {
		return err
	}
	return &Warning{fmt.Errorf("cannot check whether the account is bootstrapped: the credentials cannot call %s",
		session.DeniedAction(err))}
}

// Split separates blockers from warnings. It drops nil errors.
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

// uncheckedNames holds the resources whose names could not be checked, keyed by the denied action.
type uncheckedNames map[string][]resource.Resource

// maxShownNames limits the number of names in a warning.
const maxShownNames = 2

// warnings returns one warning per action.
func (u uncheckedNames) warnings() (warnings []error) {
	for _, action := range slices.Sorted(maps.Keys(u)) {
		var names []string
		for _, r := range u[action] {
			names = append(names, r.String())
		}
		shown := strings.Join(names[:min(maxShownNames, len(names))], ", ")
		if more := len(names) - maxShownNames; more > 0 {
			shown += fmt.Sprintf(" and %d more", more)
		}
		warnings = append(warnings, &Warning{fmt.Errorf("the credentials cannot call %s, which would show whether "+
			"these names are in use: %s", action, shown)})
	}
	return warnings
}
