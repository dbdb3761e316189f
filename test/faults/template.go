package faults

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
)

// template is a CloudFormation template in JSON.
type template map[string]any

// resource holds the attributes of a resource in a template.
type resource map[string]any

// originalTemplate reads a stack's template as the caller submitted it. It returns "" if the
// endpoint does not have that template.
func originalTemplate(c *call, next handler, stack string) (body string, err error) {
	resp, err := next(c.derive("cloudformation:GetTemplate", map[string]string{"StackName": stack,
		"TemplateStage": "Original"}))
	if err != nil {
		return "", err
	}
	if document := resp.document(); document != nil {
		if found := document.FindElement("//TemplateBody"); found != nil {
			return found.Text(), nil
		}
	}
	return "", nil
}

// parseTemplate parses a JSON template. It returns nil for a template in another format.
func parseTemplate(body string) template {
	var parsed template
	if json.Unmarshal([]byte(body), &parsed) != nil {
		return nil
	}
	return parsed
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

// allStrings returns the strings in a template value, but no map keys.
func allStrings(value any) (found []string) {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		for _, item := range value {
			found = append(found, allStrings(item)...)
		}
	case map[string]any:
		for _, item := range value {
			found = append(found, allStrings(item)...)
		}
	}
	return found
}

var subReference = regexp.MustCompile(`\$\{([^!}.]+)[^}]*\}`)

// references returns the names in the Ref, Fn::GetAtt, Fn::Sub and DependsOn of a template value.
// The names include parameters.
func references(value any) (names []string) {
	object, _ := value.(map[string]any)
	for key, item := range object {
		switch key {
		case "Ref", "DependsOn":
			names = append(names, allStrings(item)...)
		case "Fn::GetAtt":
			if parts := allStrings(item); len(parts) > 0 {
				name, _, _ := strings.Cut(parts[0], ".")
				names = append(names, name)
			}
		case "Fn::Sub":
			for _, text := range allStrings(item) {
				for _, match := range subReference.FindAllStringSubmatch(text, -1) {
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

// withDependencies returns the given logical IDs and those of all direct and indirect dependencies.
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

// keepOnly returns a copy of the template with only the given resources. It also removes the
// outputs, which may refer to removed resources.
func (t template) keepOnly(ids map[string]bool) template {
	reduced := maps.Clone(t)
	resources := maps.Clone(t.resources())
	maps.DeleteFunc(resources, func(id string, _ any) bool { return !ids[id] })
	reduced["Resources"] = resources
	delete(reduced, "Outputs")
	return reduced
}

// withAttribute returns a copy of the template with an attribute set on the given resources.
func (t template) withAttribute(attribute, value string, ids map[string]bool) template {
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
	text, _ := json.Marshal(t) // values parsed from JSON always marshal
	return string(text)
}
