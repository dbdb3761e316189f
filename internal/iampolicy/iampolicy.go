// Package iampolicy reads and evaluates the IAM policies in docs/policies. Only tests use it.
package iampolicy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Policy holds a policy document with only Allow statements.
type Policy struct {
	Version   string
	Statement []Statement
}

// Statement allows actions on resources. Action and Resource are not empty.
type Statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// Read reads a policy from a file. It rejects a policy with elements that this package does not
// evaluate, such as Deny, NotAction, or a string instead of a list.
func Read(file string) (Policy, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return Policy{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	var p Policy
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("%s: %w", file, err)
	}
	for _, s := range p.Statement {
		if s.Effect != "Allow" || s.Sid == "" || len(s.Action) == 0 || len(s.Resource) == 0 {
			return p, fmt.Errorf("%s: the statement %q must have a Sid, the Effect Allow, actions and resources", file,
				s.Sid)
		}
	}
	return p, nil
}

// Allows reports whether the policy allows an action on a resource. It ignores conditions. For an
// action without resource types, such as iam:ListRoles, resource is "*".
func (p Policy) Allows(action, resource string) bool {
	return slices.ContainsFunc(p.Statement, func(s Statement) bool {
		return slices.Contains(s.Action, action) &&
			slices.ContainsFunc(s.Resource, func(pattern string) bool { return Matches(pattern, resource) })
	})
}

// Actions returns the policy's actions, sorted. It skips the statements with these Sids.
func (p Policy) Actions(skippedSids ...string) []string {
	actions := map[string]bool{}
	for _, s := range p.Statement {
		for _, action := range s.Action {
			if !slices.Contains(skippedSids, s.Sid) {
				actions[action] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(actions))
}

// Matches reports whether an IAM pattern with the wildcards * and ? matches a text:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func Matches(pattern, text string) bool {
	quoted := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile("(?s)^" + quoted + "$").MatchString(text)
}
