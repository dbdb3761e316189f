package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"retrycatch/internal/deployment"
	"retrycatch/lambda"
	"retrycatch/stacks"
)

// assemblies holds cloud assemblies, keyed by their options. Tests synthesize in this process, so
// that the CDK's runtime starts only once.
var assemblies struct {
	sync.Mutex // the CDK's runtime accepts one call at a time
	function   string
	folders    map[string]string
}

// cdkAppVariable synthesizes the app with these options. It returns a CDK_APP variable that makes
// the CDK CLI deploy the result instead of running the app. This saves time. Tests that do not set
// the variable cover the app.
func cdkAppVariable(t *testing.T, options ...string) (variable string) {
	t.Helper()
	assemblies.Lock()
	defer assemblies.Unlock()
	key := strings.Join(options, " ")
	folder, ok := assemblies.folders[key]
	if !ok {
		folder = synthesize(t, options)
		if assemblies.folders == nil {
			assemblies.folders = map[string]string{}
		}
		assemblies.folders[key] = folder
	}
	return "CDK_APP=" + folder
}

func synthesize(t *testing.T, options []string) (folder string) {
	t.Helper()
	host := map[string]any{deployment.OptionArchitecture: string(deployment.HostArchitecture())}
	d, err := deployment.FromPairs(options, host)
	if err != nil {
		t.Fatal(err)
	}
	if assemblies.function == "" {
		function := filepath.Join(scratch, "function")
		if err := os.Mkdir(function, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := lambda.BuildFunction(t.Context(), function, d.Architecture); err != nil {
			t.Fatal(err)
		}
		assemblies.function = function
	}
	if folder, err = os.MkdirTemp(scratch, "cdk.out-"); err != nil {
		t.Fatal(err)
	}
	context := readContext(t)
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &folder, Context: &context, AnalyticsReporting: jsii.Bool(false)})
	for _, s := range d.Stacks() {
		stacks.New(app, d, s, assemblies.function)
	}
	app.Synth(nil)
	return folder
}

// readContext returns the context of cdk.json and the values that the CDK CLI adds to it.
func readContext(t *testing.T) map[string]any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(repository, "cdk.json"))
	if err != nil {
		t.Fatal(err)
	}
	var settings struct{ Context map[string]any }
	if err := json.Unmarshal(content, &settings); err != nil {
		t.Fatal(err)
	}
	for _, metadata := range []string{"path", "asset"} {
		settings.Context["aws:cdk:enable-"+metadata+"-metadata"] = true
	}
	return settings.Context
}
