package faults

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
)

// template is a CloudFormation template in JSON.
type template map[string]any

// resource holds the definition of a resource in a template.
type resource map[string]any

// templateOf reads a stack's original template. It returns "" if the endpoint has none.
func templateOf(c *call, next handler, stack string) (body string, err error) {
	a, err := next(c.newCall("cloudformation:GetTemplate", map[string]string{"StackName": stack,
		"TemplateStage": "Original"}))
	if err != nil {
		return "", err
	}
	if document := a.document(); document != nil {
		if found := document.FindElement("//TemplateBody"); found != nil {
			return found.Text(), nil
		}
	}
	return "", nil
}

// parse parses a template. A template that is not JSON has no resources.
func parse(body string) template {
	var read template
	if json.Unmarshal([]byte(body), &read) != nil {
		return nil
	}
	return read
}

func (t template) resources() map[string]any {
	resources, _ := t["Resources"].(map[string]any)
	return resources
}

func (t template) resource(id string) resource {
	found, _ := t.resources()[id].(map[string]any)
	return found
}

func (r resource) properties() map[string]any {
	properties, _ := r["Properties"].(map[string]any)
	return properties
}

// texts returns all strings in a value of a template.
func texts(value any) (found []string) {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		for _, item := range value {
			found = append(found, texts(item)...)
		}
	case map[string]any:
		for _, item := range value {
			found = append(found, texts(item)...)
		}
	}
	return found
}

var substituted = regexp.MustCompile(`\$\{([^!}.]+)[^}]*\}`)

// references returns the names in Ref, Fn::GetAtt, Fn::Sub and DependsOn in a part of a template.
// Some name parameters instead of resources.
func references(value any) (names []string) {
	object, _ := value.(map[string]any)
	for key, item := range object {
		switch key {
		case "Ref", "DependsOn":
			names = append(names, texts(item)...)
		case "Fn::GetAtt":
			if parts := texts(item); len(parts) > 0 {
				name, _, _ := strings.Cut(parts[0], ".")
				names = append(names, name)
			}
		case "Fn::Sub":
			for _, text := range texts(item) {
				for _, match := range substituted.FindAllStringSubmatch(text, -1) {
					names = append(names, match[1])
				}
			}
			names = append(names, references(item)...)
		default:
			names = append(names, references(item)...)
		}
	}
	if list, ok := value.([]any); ok {
		for _, item := range list {
			names = append(names, references(item)...)
		}
	}
	return names
}

// withDependencies returns the IDs of resources and of all their direct and indirect dependencies.
func (t template) withDependencies(ids []string) map[string]bool {
	found := map[string]bool{}
	for len(ids) > 0 {
		id := ids[0]
		ids = ids[1:]
		if definition, ok := t.resources()[id]; ok && !found[id] {
			found[id] = true
			ids = append(ids, references(definition)...)
		}
	}
	return found
}

// only returns the template without any other resources. It also removes the outputs, which may
// refer to them.
func (t template) only(ids map[string]bool) template {
	reduced := maps.Clone(t)
	resources := maps.Clone(t.resources())
	maps.DeleteFunc(resources, func(id string, _ any) bool { return !ids[id] })
	reduced["Resources"] = resources
	delete(reduced, "Outputs")
	return reduced
}

// with returns the template with an attribute set on some resources.
func (t template) with(attribute, value string, ids map[string]bool) template {
	changed := maps.Clone(t)
	resources := maps.Clone(t.resources())
	for id := range ids {
		definition := maps.Clone(t.resource(id))
		definition[attribute] = value
		resources[id] = map[string]any(definition)
	}
	changed["Resources"] = resources
	return changed
}

func (t template) String() string {
	text, _ := json.Marshal(t) // its values come from JSON, so they marshal
	return string(text)
}
