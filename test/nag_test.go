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

// finding is a resource that violates a rule of cdk-nag's pack AwsSolutions:
// https://github.com/cdklabs/cdk-nag
type finding struct{ Rule, LogicalID string }

// acknowledgment allows a construct and its children to violate a rule, and gives the reason.
type acknowledgment struct{ path, rule, reason string }

// TestNag checks that the stack acknowledges every finding of cdk-nag, and that every
// acknowledgment matches a finding.
func TestNag(t *testing.T) {
	var templates, metadata, names []string
	for _, variant := range variants {
		for _, s := range synthesizeAll(t, variant.options...) {
			templates = append(templates, s.file("templateFile"))
			metadata = append(metadata, s.file("additionalMetadataFile"))
			names = append(names, variant.name+", "+s.id)
		}
	}
	for i, findings := range runNag(t, templates...) {
		paths, acknowledgments := readAcknowledgments(t, metadata[i])
		for _, fault := range compareFindings(findings, paths, acknowledgments) {
			t.Errorf("template of %s: %s", names[i], fault)
		}
	}
}

// TestNagBrokenTemplate checks templates that each violate one rule.
func TestNagBrokenTemplate(t *testing.T) {
	s := synthesize(t)
	function, _ := s.resourceNamed(t, "AWS::Lambda::Function", "FunctionName", "MockAPIFunction")
	functionRole, _ := s.resourceNamed(t, "AWS::IAM::Role", "RoleName", "lambda_basic_execution")
	stateMachine, _ := s.resourceNamed(t, "AWS::StepFunctions::StateMachine", "StateMachineName", "MyAPIStateMachine")
	stateMachineRole, _ := s.resourceNamed(t, "AWS::IAM::Role", "RoleName", "step_functions_basic_execution")
	tests := []struct {
		name, old, broken string
		want              finding
	}{
		{"managed policy", `"RoleName": "lambda_`,
			`"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AWSLambdaExecute"], "RoleName": "lambda_`,
			finding{"AwsSolutions-IAM4[Policy::arn:aws:iam::aws:policy/AWSLambdaExecute]", functionRole}},
		{"every action of a service", `"lambda:InvokeFunction"`, `"lambda:*"`,
			finding{"AwsSolutions-IAM5[Action::lambda:*]", stateMachineRole}},
		{"old runtime", `"provided.al2023"`, `"nodejs18.x"`, finding{"AwsSolutions-L1", function}},
		{"logs only errors", `"Level": "ALL"`, `"Level": "ERROR"`, finding{"AwsSolutions-SF1", stateMachine}},
		{"no traces", `"Enabled": true`, `"Enabled": false`, finding{"AwsSolutions-SF2", stateMachine}},
	}
	var templates []string
	for _, test := range tests {
		templates = append(templates, writeBroken(t, s.file("templateFile"), test.old, test.broken))
	}
	for i, findings := range runNag(t, templates...) {
		t.Run(tests[i].name, func(t *testing.T) {
			if !slices.Contains(findings, tests[i].want) {
				t.Errorf("got findings %v, want %v among them", findings, tests[i].want)
			}
		})
	}
}

func TestCompareFindings(t *testing.T) {
	t.Parallel()
	paths := map[string]string{"Role1": "/stack/Role/Resource", "Role2": "/stack/Role2/Resource"}
	findings := []finding{{"IAM5", "Role1"}}
	const unacknowledged = "IAM5 on Role1 (/stack/Role/Resource) is not acknowledged"
	tests := []struct {
		name            string
		acknowledgments []acknowledgment
		want            []string
	}{
		{"on the resource", []acknowledgment{{"/stack/Role/Resource", "IAM5", "why"}}, nil},
		{"on its parent", []acknowledgment{{"/stack/Role", "IAM5", "why"}}, nil},
		{"no acknowledgment", nil, []string{unacknowledged}},
		{"on another resource", []acknowledgment{{"/stack/Role2", "IAM5", "why"}},
			[]string{unacknowledged, "the acknowledgment of IAM5 on /stack/Role2 matches no finding"}},
		{"on a prefix of the name", []acknowledgment{{"/stack/Ro", "IAM5", "why"}},
			[]string{unacknowledged, "the acknowledgment of IAM5 on /stack/Ro matches no finding"}},
		{"additional rule", []acknowledgment{{"/stack/Role", "IAM5", "why"}, {"/stack/Role", "IAM4", "why"}},
			[]string{"the acknowledgment of IAM4 on /stack/Role matches no finding"}},
		{"no reason", []acknowledgment{{"/stack/Role", "IAM5", " "}},
			[]string{"the acknowledgment of IAM5 on /stack/Role has no reason"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, compareFindings(findings, paths, test.acknowledgments)); diff != "" {
				t.Errorf("the faults differ (-want +got):\n%s", diff)
			}
		})
	}
}

// compareFindings reports each unacknowledged finding, and each acknowledgment without a finding or
// without a reason. paths holds the construct paths of the resources, by logical ID.
func compareFindings(findings []finding, paths map[string]string, acknowledgments []acknowledgment) []string {
	var faults []string
	report := func(format string, values ...any) { faults = append(faults, fmt.Sprintf(format, values...)) }
	needed := map[acknowledgment]bool{}
	for _, f := range findings {
		path, acknowledged := paths[f.LogicalID], false
		for _, a := range acknowledgments {
			if a.rule == f.Rule && strings.HasPrefix(path+"/", a.path+"/") {
				needed[a], acknowledged = true, true
			}
		}
		if !acknowledged {
			report("%s on %s (%s) is not acknowledged", f.Rule, f.LogicalID, path)
		}
	}
	for _, a := range acknowledgments {
		if !needed[a] {
			report("the acknowledgment of %s on %s matches no finding", a.rule, a.path)
		}
		if strings.TrimSpace(a.reason) == "" {
			report("the acknowledgment of %s on %s has no reason", a.rule, a.path)
		}
	}
	return faults
}

// readAcknowledgments reads the acknowledgments in a stack's metadata. It also returns the
// construct paths of the resources, by logical ID.
func readAcknowledgments(t *testing.T, metadata string) (paths map[string]string, all []acknowledgment) {
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
					all = append(all, acknowledgment{path, strings.TrimPrefix(rule, "Annotation::"), reason.(string)})
				}
			}
		}
	}
	return paths, all
}

// runNag returns cdk-nag's findings for each template. It passes all templates in one call, because
// cdk-nag is slow to start.
func runNag(t *testing.T, templates ...string) [][]finding {
	t.Helper()
	if _, err := os.Stat(filepath.Join(repository, "test", "node_modules", "cdk-nag")); err != nil {
		t.Fatalf("cdk-nag is not installed: run \"make test-setup\": %v", err)
	}
	var stderr bytes.Buffer
	arguments := append([]string{filepath.Join(repository, "test", "nag.mjs")}, templates...)
	cmd := exec.CommandContext(t.Context(), "node", arguments...)
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot run cdk-nag: %v\n%s", err, stderr.String())
	}
	var findings [][]finding
	if err := json.Unmarshal(stdout, &findings); err != nil {
		t.Fatal(err)
	}
	if len(findings) != len(templates) {
		t.Fatalf("got findings for %d templates, want %d", len(findings), len(templates))
	}
	return findings
}
