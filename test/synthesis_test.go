package test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"

	"retrycatch/internal/deployment"
	"retrycatch/stacks"
)

// variants lists deployments with different options. Together, they cover every option.
var variants = []struct {
	name    string
	options []string
}{
	{"default", nil},
	{"x86_64", []string{"architecture=x86_64"}},
	{"stage", []string{"stage=dev"}},
	{"account", []string{"account=123456789012"}},
	{"regions", []string{"regions=eu-central-1,us-east-1"}},
	{"observability off", []string{"observability=off"}},
	{"alarm email", []string{"alarmEmail=oncall@example.com"}},
	{"protect", []string{"protect=true"}},
	{"everything", []string{"stage=dev", "account=123456789012", "regions=eu-central-1", "architecture=x86_64",
		"observability=on", "alarmEmail=oncall@example.com", "protect=true"}},
}

// TestVariants checks that the last variant sets every option.
func TestVariants(t *testing.T) {
	t.Parallel()
	for _, option := range deployment.OptionNames() {
		if !slices.ContainsFunc(variants[len(variants)-1].options, func(pair string) bool {
			return strings.HasPrefix(pair, option+"=")
		}) {
			t.Errorf("the last variant, which sets every option, lacks %s", option)
		}
	}
}

// synthesis holds the CDK's output for a stack.
type synthesis struct {
	id       string // construct ID, which the CDK CLI uses
	template assertions.Template
	document map[string]any // template as JSON
	manifest map[string]any // entry of the stack in the manifest
	folder   string         // output folder of the CDK
}

// syntheses caches the results of synthesizeAll, by options.
var syntheses = map[string][]synthesis{}

// synthesize returns the stack of a deployment that has only one stack.
func synthesize(t *testing.T, options ...string) synthesis {
	t.Helper()
	all := synthesizeAll(t, options...)
	if len(all) != 1 {
		t.Fatalf("got %d stacks for the options %q, want 1", len(all), options)
	}
	return all[0]
}

// synthesizeAll returns the stacks of a deployment with these options. The CDK's runtime does not
// support concurrent calls, so tests that call synthesizeAll must not run in parallel.
func synthesizeAll(t *testing.T, options ...string) []synthesis {
	t.Helper()
	key := strings.Join(options, " ")
	if done, ok := syntheses[key]; ok {
		return done
	}
	d, err := deployment.FromPairs(options, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.MkdirTemp(scratch, "cdk.out-")
	if err != nil {
		t.Fatal(err)
	}
	// A shell script can replace the compiled function, because these tests do not run the
	// function.
	function, err := os.MkdirTemp(scratch, "function-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(function, "bootstrap"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}

	// The CDK CLI passes the context in cdk.json, which contains the feature flags.
	context := readJSON(t, filepath.Join(repository, "cdk.json"))["context"].(map[string]any)
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, Context: &context, AnalyticsReporting: jsii.Bool(false)})
	var built []awscdk.Stack
	for _, s := range d.Stacks() {
		built = append(built, stacks.New(app, d, s, function))
	}
	var done []synthesis
	for i, s := range d.Stacks() {
		var template assertions.Template
		requireAssertion(t, func() { template = assertions.Template_FromStack(built[i], nil) })
		done = append(done, synthesis{
			id:       s.ID,
			template: template,
			document: readJSON(t, filepath.Join(out, s.ID+".template.json")),
			manifest: readJSON(t, filepath.Join(out, "manifest.json"))["artifacts"].(map[string]any)[s.ID].(map[string]any),
			folder:   out,
		})
	}
	syntheses[key] = done
	return done
}

// file returns the path of the output file that the manifest lists under a key.
func (s synthesis) file(key string) string {
	if name, ok := s.manifest[key].(string); ok {
		return filepath.Join(s.folder, name)
	}
	return filepath.Join(s.folder, s.manifest["properties"].(map[string]any)[key].(string))
}

// resourcesOfType returns the resources of a type, by logical ID.
func (s synthesis) resourcesOfType(resourceType string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for id, resource := range s.document["Resources"].(map[string]any) {
		if resource := resource.(map[string]any); resource["Type"] == resourceType {
			found[id] = resource
		}
	}
	return found
}

// resourceNamed returns the logical ID and the properties of the resource whose name property has
// this value.
func (s synthesis) resourceNamed(
	t *testing.T, resourceType, property, value string,
) (id string, properties map[string]any) {
	t.Helper()
	for id, resource := range s.resourcesOfType(resourceType) {
		if properties := resource["Properties"].(map[string]any); properties[property] == value {
			return id, properties
		}
	}
	t.Fatalf("got no %s with %s %q", resourceType, property, value)
	return "", nil
}

// onlyResource returns the logical ID and the properties of the only resource of a type.
func (s synthesis) onlyResource(t *testing.T, resourceType string) (id string, properties map[string]any) {
	t.Helper()
	all := s.resourcesOfType(resourceType)
	if len(all) != 1 {
		t.Fatalf("got %d resources of type %s, want 1", len(all), resourceType)
	}
	for id, resource := range all {
		return id, resource["Properties"].(map[string]any)
	}
	return "", nil
}

// requireAssertion fails the test if a CDK assertion fails. CDK assertions report a failure with a
// panic.
func requireAssertion(t *testing.T, assertion func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if failure := recover(); failure != nil {
			t.Fatal(failure)
		}
	}()
	assertion()
}

func readJSON(t *testing.T, path string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parseJSON(t, data)
}

func parseJSON(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return document
}
