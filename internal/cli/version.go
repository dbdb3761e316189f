package cli

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"retrycatch/internal/cdk"
)

// unknownVersion stands for a version that nothing names.
const unknownVersion = "unknown"

// showVersions prints a version in each line: of this program, of the CDK that the project pins, and
// of Go.
func (a *app) showVersions() {
	project, err := a.findProject()
	pins := cdk.Pins{}
	if err == nil {
		pins = cdk.ReadPins(project)
	}
	own := unknownVersion
	if build, ok := debug.ReadBuildInfo(); ok {
		own = build.Main.Version // names the commit
	}
	for _, line := range [][2]string{{"retrycatch", own}, {"CDK CLI", pins.CLI}, {"aws-cdk-lib", pins.Library},
		{"Go", runtime.Version()}, {"platform", runtime.GOOS + "/" + runtime.GOARCH}} {
		a.console.Print("%-12s %s", line[0], cmp.Or(line[1], unknownVersion))
	}
}
