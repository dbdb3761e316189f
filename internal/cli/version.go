package cli

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"retrycatch/internal/cdk"
	"retrycatch/internal/safetext"
	"retrycatch/internal/view"
)

// showVersions prints the versions of retrycatch, the project's pinned CDK packages, and Go, one
// per line. If a version is unknown, it prints the reason instead.
func (a *app) showVersions() {
	cli, library := "unknown: package.json does not pin aws-cdk", "unknown: go.mod does not require "+cdk.LibraryModule
	project, err := a.findProject()
	if err != nil {
		cli, library = "unknown: no project", "unknown: no project"
		a.console.Hint(view.Capitalize(safetext.Line(view.Explanation(err)))+".", nextOf(err, a.commandLine()))
	} else {
		pins := cdk.ReadPins(project)
		cli, library = cmp.Or(pins.CLI, cli), cmp.Or(pins.Library, library)
	}
	for _, line := range [][2]string{{"retrycatch", ownVersion()}, {"CDK CLI", cli}, {"aws-cdk-lib", library},
		{"Go", runtime.Version()}, {"platform", runtime.GOOS + "/" + runtime.GOARCH}} {
		a.console.Print("%-12s %s", line[0], line[1])
	}
}

// ownVersion returns this build's version, which includes the commit.
func ownVersion() string {
	build, ok := debug.ReadBuildInfo()
	if !ok || build.Main.Version == "" || build.Main.Version == "(devel)" {
		return "unknown: this build does not record its commit"
	}
	return build.Main.Version
}
