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
	Name      string // its logical ID if the template does not name it
}

// Resources lists the resources that the template of a stack creates without a condition. It
// returns none if the assembly's folder is unknown or has no such template.
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
		// An AWS::IAM::Role has a RoleName, an AWS::Logs::LogGroup a LogGroupName, and so on.
		name, ok := r.Properties[r.Type[strings.LastIndex(r.Type, ":")+1:]+"Name"].(string)
		if !ok {
			name = id
		}
		declared = append(declared, Declared{LogicalID: id, Type: r.Type, Name: name})
	}
	return declared
}
