package aslfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"retrycatch/internal/jsonfile"
	"retrycatch/internal/safetext"
)

// readAsset reads a definition that the CDK uploads to S3. cdk.out contains the file next to the
// template.
func (s Source) readAsset(key json.RawMessage, p members, r *resolver) (json.RawMessage, error) {
	if name := stringOf(key); name != "" && s.Folder != nil {
		if content, err := readFile(s.Folder, "asset."+path.Base(name)); err == nil {
			return r.parseFile(content, p)
		}
	}
	return nil, s.noDefinition("the template takes the definition from S3",
		"copy the definition with `aws s3 cp`, and use --definition with the copy")
}

// readReferenced reads the definition from a file that a template refers to.
func (s Source) readReferenced(name string, p members, r *resolver) (json.RawMessage, error) {
	local := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	shown := safetext.Line(name)
	switch {
	case name == "":
		return nil, s.noDefinition("the template does not name the definition's file",
			"use --definition with the file")
	case urlScheme.MatchString(name), strings.Contains(name, "${"):
		return nil, s.noDefinition("the template takes the definition from "+shown, "use --definition with a local copy")
	case s.Folder == nil:
		return nil, s.noDefinition("the template takes the definition from the file "+shown,
			"retrycatch graph --definition "+safetext.Word(shown))
	case !fs.ValidPath(local):
		return nil, s.noDefinition("the template takes the definition from "+shown+", a file outside the template's folder",
			s.graphCommand(shown))
	}
	content, err := readFile(s.Folder, local)
	if err != nil {
		const format = "the template takes the definition from the file %s, which cannot be read: %v"
		return nil, s.noDefinition(fmt.Sprintf(format, shown, pathErrorCause(err)), "use --definition with the file")
	}
	return r.parseFile(content, p)
}

// urlScheme matches the start of a URL such as s3://bucket/key.
var urlScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:`)

func pathErrorCause(err error) error {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// readFile reads a regular file.
func readFile(folder fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(folder, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	return fs.ReadFile(folder, name)
}

func (r *resolver) parseFile(content []byte, p members) (json.RawMessage, error) {
	text, err := jsonfile.Text(content)
	if err != nil {
		return nil, err
	}
	value, err := r.parseDefinition(string(text), p.get("DefinitionSubstitutions"), false)
	if err != nil {
		return nil, err
	}
	return r.resolve(value, 0)
}

// parseDefinition replaces the placeholders that DefinitionSubstitutions defines, and parses the
// result. If the definition is an object in the template, its placeholders are inside JSON strings.
// A placeholder for a number or other JSON then remains, because the value would become a string.
func (r *resolver) parseDefinition(
	definition string, substitutions json.RawMessage, isObject bool,
) (json.RawMessage, error) {
	values, isJSON := map[string]string{}, map[string]bool{}
	members := membersOf(substitutions)
	for i, name := range members.names {
		var err error
		if values[name], err = r.resolveText(members.values[i], 0); err != nil {
			return nil, err
		}
		isJSON[name] = json.Valid([]byte(values[name]))
	}
	text, err := substitute(definition, func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok && !(isObject && isJSON[name])
	})
	if err != nil {
		return nil, err
	}
	if trimmed := strings.TrimSpace(text); placeholderPattern.FindString(trimmed) == trimmed && trimmed != "" {
		return nil, fmt.Errorf("it is the placeholder %s", safetext.Short(trimmed, 60))
	}
	return parseValue([]byte(text))
}
