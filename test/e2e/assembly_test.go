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

// assemblies are what the CDK CLI deploys, by the options: what the app would synthesize for it, made here, where the CDK's
// runtime has to start only once.
var assemblies struct {
	sync.Mutex // the CDK's runtime takes one call at a time
	function   string
	folders    map[string]string
}

// assembly is the variable that leads the CDK CLI to one, for tests whose subject is what becomes of a deployment. The way
// from the options to the assembly, which is the app's, is taken by the tests that do without.
func assembly(t *testing.T, options ...string) (variable string) {
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
	d, err := deployment.FromPairs(options, map[string]any{deployment.OptionArchitecture: string(deployment.HostArchitecture())})
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
	content, err := os.ReadFile(filepath.Join(repository, "cdk.json"))
	if err != nil {
		t.Fatal(err)
	}
	var settings struct{ Context map[string]any }
	if err := json.Unmarshal(content, &settings); err != nil {
		t.Fatal(err)
	}
	for _, metadata := range []string{"path", "asset"} { // as the CDK CLI asks for, beside what cdk.json says
		settings.Context["aws:cdk:enable-"+metadata+"-metadata"] = true
	}
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &folder, Context: &settings.Context, AnalyticsReporting: jsii.Bool(false)})
	for _, s := range d.Stacks() {
		stacks.New(app, d, s, assemblies.function)
	}
	app.Synth(nil)
	return folder
}
