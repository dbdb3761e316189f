package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"retrycatch/internal/iampolicy"
)

// permissions is the content of permissions.md, and of permissions.yaml.
type permissions struct {
	Commands []struct {
		Name     string
		Policies []string
	}
	Policies []policy
}

// policy is a file of docs/policies.
type policy struct {
	Name    string
	Use     string            // a sentence
	Reasons map[string]string // by Sid

	Statements []statement `yaml:"-"`
}

// statement holds a statement of a policy and its reason.
type statement struct {
	Reason    string
	Actions   []string
	Resources []string
	Condition string
}

// newPermissions reads the policies in a folder.
func newPermissions(folder string) (permissions, error) {
	var p permissions
	text, err := sources.ReadFile("permissions.yaml")
	if err != nil {
		return p, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil {
		return p, err
	}
	for n := range p.Policies {
		if err := p.Policies[n].read(folder); err != nil {
			return p, err
		}
	}
	return p, p.complete(folder)
}

// read reads the statements of the policy.
func (p *policy) read(folder string) error {
	document, err := iampolicy.Read(filepath.Join(folder, p.Name+".json"))
	if err != nil {
		return err
	}
	unused := maps.Clone(p.Reasons)
	for _, s := range document.Statement {
		reason, ok := p.Reasons[s.Sid]
		if !ok {
			return fmt.Errorf("permissions.yaml needs a reason for the statement %s of %s.json", s.Sid, p.Name)
		}
		delete(unused, s.Sid)
		p.Statements = append(p.Statements, statement{reason, s.Action, s.Resource, conditionOf(s)})
	}
	for _, sid := range slices.Sorted(maps.Keys(unused)) {
		return fmt.Errorf("permissions.yaml has a reason for %s, which is not in %s.json", sid, p.Name)
	}
	return nil
}

// conditionOf describes the condition of a statement.
func conditionOf(s iampolicy.Statement) string {
	var parts []string
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
			parts = append(parts, key+" is "+strings.Join(s.Condition[operator][key], " or "))
		}
	}
	return strings.Join(parts, "; ")
}

// complete reports a policy file that permissions.yaml does not list.
func (p permissions) complete(folder string) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), ".json")
		if !slices.ContainsFunc(p.Policies, func(p policy) bool { return p.Name == name }) {
			return fmt.Errorf("permissions.yaml does not list %s", file.Name())
		}
	}
	return nil
}
