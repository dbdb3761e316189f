package cdk

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Pins holds the versions of the CDK that a project pins. A version that cannot be read is empty.
type Pins struct {
	CLI     string // from package.json
	Library string // version of aws-cdk-lib, which equals that of its Go bindings in go.mod
}

// LibraryModule is the Go module of aws-cdk-lib's Go bindings.
const LibraryModule = "github.com/aws/aws-cdk-go/awscdk/v2"

// ReadPins reads the versions that a project pins.
func ReadPins(project string) (pins Pins) {
	var packages struct {
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if text, err := os.ReadFile(filepath.Join(project, "package.json")); err == nil {
		_ = json.Unmarshal(text, &packages) // if the file is invalid, the version stays empty
	}
	pins.CLI = packages.DevDependencies["aws-cdk"]
	modules, _ := os.ReadFile(filepath.Join(project, "go.mod"))
	for line := range strings.Lines(string(modules)) {
		words := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(words) >= 2 && words[0] == LibraryModule {
			pins.Library = strings.TrimPrefix(words[1], "v")
		}
	}
	return pins
}
