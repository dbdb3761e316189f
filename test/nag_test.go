package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// finding is a resource that does not keep a rule of AWS Solutions: https://github.com/cdklabs/cdk-nag
type finding struct{ Rule, LogicalID string }

// acknowledgement is why the app does not keep a rule, on a construct and all in it.
type acknowledgement struct{ path, rule, reason string }

// Whatever cdk-nag finds is acknowledged beside the resource, with the reason, and nothing else is.
func TestEveryFindingIsAcknowledgedAndEveryAcknowledgementNeeded(t *testing.T) {
	var templates, metadata, names []string
	for _, variant := range variants {
		for _, s := range synthesizeAll(t, variant.options...) {
			templates = append(templates, s.file("templateFile"))
			metadata = append(metadata, s.file("additionalMetadataFile"))
			names = append(names, variant.name+", "+s.id)
		}
	}
	for i, findings := range nag(t, templates...) {
		paths, acknowledgements := acknowledgements(t, metadata[i])
		for _, wrong := range unsettled(findings, paths, acknowledgements) {
			t.Errorf("in the template of %s %s", names[i], wrong)
		}
	}
}

// cdk-nag is known to look: each of these breaks one rule.
func TestNagFindsWhatIsWrongWithATemplate(t *testing.T) {
	s := synthesize(t)
	function, _ := s.named(t, "AWS::Lambda::Function", "FunctionName", "MockAPIFunction")
	functionRole, _ := s.named(t, "AWS::IAM::Role", "RoleName", "lambda_basic_execution")
	stateMachine, _ := s.named(t, "AWS::StepFunctions::StateMachine", "StateMachineName", "MyAPIStateMachine")
	stateMachineRole, _ := s.named(t, "AWS::IAM::Role", "RoleName", "step_functions_basic_execution")
	tests := []struct {
		name, old, broken string
		want              finding
	}{
		{"a managed policy", `"RoleName": "lambda_`, `"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AWSLambdaExecute"], "RoleName": "lambda_`,
			finding{"AwsSolutions-IAM4[Policy::arn:aws:iam::aws:policy/AWSLambdaExecute]", functionRole}},
		{"every action of a service", `"lambda:InvokeFunction"`, `"lambda:*"`,
			finding{"AwsSolutions-IAM5[Action::lambda:*]", stateMachineRole}},
		{"an old runtime", `"provided.al2023"`, `"nodejs18.x"`, finding{"AwsSolutions-L1", function}},
		{"a state machine that logs errors alone", `"Level": "ALL"`, `"Level": "ERROR"`, finding{"AwsSolutions-SF1", stateMachine}},
		{"a state machine without traces", `"Enabled": true`, `"Enabled": false`, finding{"AwsSolutions-SF2", stateMachine}},
	}
	var templates []string
	for _, test := range tests {
		templates = append(templates, broken(t, s.file("templateFile"), test.old, test.broken))
	}
	for i, findings := range nag(t, templates...) {
		t.Run(tests[i].name, func(t *testing.T) {
			if !slices.Contains(findings, tests[i].want) {
				t.Errorf("cdk-nag finds %v, without %v", findings, tests[i].want)
			}
		})
	}
}

func TestFindingsAndAcknowledgementsAreHeldAgainstEachOther(t *testing.T) {
	t.Parallel()
	paths := map[string]string{"Role1": "/stack/Role/Resource", "Role2": "/stack/Role2/Resource"}
	findings := []finding{{"IAM5", "Role1"}}
	tests := []struct {
		name             string
		acknowledgements []acknowledgement
		want             []string
	}{
		{"acknowledged on the resource", []acknowledgement{{"/stack/Role/Resource", "IAM5", "why"}}, nil},
		{"acknowledged on the construct that holds it", []acknowledgement{{"/stack/Role", "IAM5", "why"}}, nil},
		{"acknowledged by nobody", nil,
			[]string{"nobody acknowledges IAM5 on Role1, /stack/Role/Resource"}},
		{"acknowledged on another resource", []acknowledgement{{"/stack/Role2", "IAM5", "why"}},
			[]string{"nobody acknowledges IAM5 on Role1, /stack/Role/Resource", "nothing needs the acknowledgement of IAM5 on /stack/Role2"}},
		{"acknowledged by a part of its name", []acknowledgement{{"/stack/Ro", "IAM5", "why"}},
			[]string{"nobody acknowledges IAM5 on Role1, /stack/Role/Resource", "nothing needs the acknowledgement of IAM5 on /stack/Ro"}},
		{"acknowledged with another rule", []acknowledgement{{"/stack/Role", "IAM5", "why"}, {"/stack/Role", "IAM4", "why"}},
			[]string{"nothing needs the acknowledgement of IAM4 on /stack/Role"}},
		{"acknowledged without a reason", []acknowledgement{{"/stack/Role", "IAM5", " "}},
			[]string{"the acknowledgement of IAM5 on /stack/Role has no reason"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, unsettled(findings, paths, test.acknowledgements)); diff != "" {
				t.Errorf("what is unsettled differs (-want +got):\n%s", diff)
			}
		})
	}
}

// unsettled tells of each finding that nobody acknowledges and of each acknowledgement that says too much or too little.
// The paths are those of the resources, by logical ID.
func unsettled(findings []finding, paths map[string]string, acknowledgements []acknowledgement) []string {
	var unsettled []string
	tell := func(format string, values ...any) { unsettled = append(unsettled, fmt.Sprintf(format, values...)) }
	needed := map[acknowledgement]bool{}
	for _, f := range findings {
		path, acknowledged := paths[f.LogicalID], false
		for _, a := range acknowledgements {
			if a.rule == f.Rule && strings.HasPrefix(path+"/", a.path+"/") {
				needed[a], acknowledged = true, true
			}
		}
		if !acknowledged {
			tell("nobody acknowledges %s on %s, %s", f.Rule, f.LogicalID, path)
		}
	}
	for _, a := range acknowledgements {
		if !needed[a] {
			tell("nothing needs the acknowledgement of %s on %s", a.rule, a.path)
		}
		if strings.TrimSpace(a.reason) == "" {
			tell("the acknowledgement of %s on %s has no reason", a.rule, a.path)
		}
	}
	return unsettled
}

// acknowledgements reads what a stack acknowledges, and the paths of its resources by logical ID.
func acknowledgements(t *testing.T, metadata string) (paths map[string]string, all []acknowledgement) {
	t.Helper()
	paths = map[string]string{}
	for path, entries := range readJSON(t, metadata) {
		for _, entry := range entries.([]any) {
			entry := entry.(map[string]any)
			switch entry["type"] {
			case "aws:cdk:logicalId":
				paths[entry["data"].(string)] = path
			case "aws:cdk:acknowledged-rules":
				for rule, reason := range entry["data"].(map[string]any) {
					all = append(all, acknowledgement{path, strings.TrimPrefix(rule, "Annotation::"), reason.(string)})
				}
			}
		}
	}
	return paths, all
}

// nag gives what cdk-nag finds, template by template. It starts slowly, so it takes all templates at once.
func nag(t *testing.T, templates ...string) [][]finding {
	t.Helper()
	if _, err := os.Stat(filepath.Join(repository, "test", "node_modules", "cdk-nag")); err != nil {
		t.Fatalf("cdk-nag is not installed: run the tests with \"make test\", which installs it: %v", err)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(repository, "test", "nag.mjs")}, templates...)...)
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("cdk-nag does not run: %v\n%s", err, stderr.String())
	}
	var findings [][]finding
	if err := json.Unmarshal(stdout, &findings); err != nil {
		t.Fatal(err)
	}
	if len(findings) != len(templates) {
		t.Fatalf("cdk-nag has read %d of %d templates", len(findings), len(templates))
	}
	return findings
}
