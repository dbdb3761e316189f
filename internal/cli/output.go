package cli

import (
	"fmt"

	"retrycatch/internal/view"
)

// outputFlag is the value of --output.
type outputFlag string

const (
	outputText outputFlag = "text"
	outputJSON outputFlag = "json"
)

func (o *outputFlag) String() string { return string(*o) }
func (o *outputFlag) Type() string   { return "format" }
func (o *outputFlag) Set(value string) error {
	if value != string(outputText) && value != string(outputJSON) {
		return fmt.Errorf("must be text or json")
	}
	*o = outputFlag(value)
	return nil
}

// show prints a result in the form that --output names.
func (a *app) show(r view.Result, output outputFlag) error {
	if output == outputJSON {
		return a.console.JSON(r)
	}
	r.Text(a.console)
	return nil
}
