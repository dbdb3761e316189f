package cdk

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Declared describes a resource that a template declares.
type Declared struct {
	LogicalID string
	Type      string
	Name      string // the logical ID if the template does not set a name
}

// Resources lists the resources that a stack's template creates without a condition. If the
// template cannot be read, the list is empty.
func (a Assembly) Resources(stack string) (declared []Declared) {
	if a.folder == "" {
		return nil
	}
	content, err := os.ReadFile(filepath.Join(a.folder, stack+".template.json"))
	if err != nil {
		return nil
	}
	var template struct {
		Resources map[string]struct {
			Type       string
			Condition  string
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(content, &template); err != nil {
		return nil
	}
	for id, r := range template.Resources {
		if r.Condition != "" {
			continue
		}
		// The key of the resource's name is the last part of its type plus "Name". For example, the
		// key for AWS::IAM::Role is RoleName.
		name, ok := r.Properties[r.Type[strings.LastIndex(r.Type, ":")+1:]+"Name"].(string)
		if !ok {
			name = id
		}
		declared = append(declared, Declared{LogicalID: id, Type: r.Type, Name: name})
	}
	return declared
}
