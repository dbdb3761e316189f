package test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"

	"retrycatch/internal/deployment"
	"retrycatch/stacks"
)

// synthesis is one stack as the CDK would deploy it.
type synthesis struct {
	template assertions.Template
	document map[string]any // the same template
	manifest map[string]any // what else the CDK CLI is told: names, tags, protection
}

var syntheses = map[deployment.Deployment]synthesis{}

// synthesize gives a deployment's stack, which it builds once. The CDK's runtime takes one call at a time, so tests that
// call this do not run in parallel.
func synthesize(t *testing.T, d deployment.Deployment) synthesis {
	t.Helper()
	if done, ok := syntheses[d]; ok {
		return done
	}
	out, err := os.MkdirTemp(scratch, "cdk.out-")
	if err != nil {
		t.Fatal(err)
	}
	// The template does not depend on what the function is, only on there being one.
	function, err := os.MkdirTemp(scratch, "function-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(function, "bootstrap"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}

	// GIVEN an app with the feature flags that the CDK CLI hands to ours.
	context := readJSON(t, filepath.Join(repository, "cdk.json"))["context"].(map[string]any)
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, Context: &context, AnalyticsReporting: jsii.Bool(false)})
	// WHEN it has the deployment's stack.
	var template assertions.Template
	requireThat(t, func() { template = assertions.Template_FromStack(stacks.New(app, d, function), nil) })

	done := synthesis{
		template: template,
		document: readJSON(t, filepath.Join(out, d.Names().Stack+".template.json")),
		manifest: readJSON(t, filepath.Join(out, "manifest.json")),
	}
	syntheses[d] = done
	return done
}

// byDefault is the deployment that takes no options.
func byDefault(t *testing.T) synthesis {
	t.Helper()
	d, err := deployment.FromPairs(nil)
	if err != nil {
		t.Fatal(err)
	}
	return synthesize(t, d)
}

// ofType gives the resources of one type by their logical IDs.
func (s synthesis) ofType(resourceType string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for id, resource := range s.document["Resources"].(map[string]any) {
		if resource := resource.(map[string]any); resource["Type"] == resourceType {
			found[id] = resource
		}
	}
	return found
}

// named gives the one resource whose property has this value, with its logical ID.
func (s synthesis) named(t *testing.T, resourceType, property, value string) (id string, properties map[string]any) {
	t.Helper()
	for id, resource := range s.ofType(resourceType) {
		if properties := resource["Properties"].(map[string]any); properties[property] == value {
			return id, properties
		}
	}
	t.Fatalf("there is no %s with the %s %s", resourceType, property, value)
	return "", nil
}

// requireThat turns what the CDK finds wrong, which its runtime raises as a panic, into a failed test.
func requireThat(t *testing.T, holds func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if wrong := recover(); wrong != nil {
			t.Fatal(wrong)
		}
	}()
	holds()
}

func readJSON(t *testing.T, path string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, data)
}

func parse(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return document
}
