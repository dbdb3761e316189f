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

// permissionsPage holds the data of permissions.md. Its YAML form is permissions.yaml.
type permissionsPage struct {
	Commands []struct {
		Name     string
		Policies []string
	}
	Policies []policy
}

// policy describes a file in docs/policies.
type policy struct {
	Name    string
	Use     string            // what the policy is for, as a sentence
	Reasons map[string]string // why each statement is needed, by Sid

	Statements []statement `yaml:"-"` // from the policy file
}

// statement holds a statement of a policy and the reason for it.
type statement struct {
	Reason    string
	Actions   []string
	Resources []string
	Condition string
}

// newPermissionsPage combines permissions.yaml with the policies in a folder.
func newPermissionsPage(folder string) (permissionsPage, error) {
	var p permissionsPage
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
		if err := p.Policies[n].readStatements(folder); err != nil {
			return p, err
		}
	}
	return p, p.checkComplete(folder)
}

// readStatements reads the policy file. Each statement needs a reason in permissions.yaml.
func (p *policy) readStatements(folder string) error {
	document, err := iampolicy.Read(filepath.Join(folder, p.Name+".json"))
	if err != nil {
		return err
	}
	unused := maps.Clone(p.Reasons)
	for _, s := range document.Statement {
		reason, ok := p.Reasons[s.Sid]
		if !ok {
			return fmt.Errorf("permissions.yaml lacks a reason for the statement %s in %s.json", s.Sid, p.Name)
		}
		delete(unused, s.Sid)
		p.Statements = append(p.Statements, statement{reason, s.Action, s.Resource, conditionOf(s)})
	}
	for _, sid := range slices.Sorted(maps.Keys(unused)) {
		return fmt.Errorf("permissions.yaml gives a reason for %s, but %s.json has no such statement", sid, p.Name)
	}
	return nil
}

// conditionOf returns the condition of a statement in words.
func conditionOf(s iampolicy.Statement) string {
	var parts []string
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
			parts = append(parts, key+" is "+strings.Join(s.Condition[operator][key], " or "))
		}
	}
	return strings.Join(parts, "; ")
}

// checkComplete returns an error if the folder has a policy file that permissions.yaml does not
// list.
func (p permissionsPage) checkComplete(folder string) error {
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
