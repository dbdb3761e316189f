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

// stored reads a definition that the CDK copies to S3, from its file next to the template in
// cdk.out.
func (s Source) stored(key json.RawMessage, p members, r *resolver) (json.RawMessage, error) {
	if name := stringOf(key); name != "" && s.Folder != nil {
		if content, err := readFile(s.Folder, "asset."+path.Base(name)); err == nil {
			return r.parseFile(content, p)
		}
	}
	return nil, s.mismatch("the template takes the definition from S3",
		"copy the definition with `aws s3 cp`, and name the copy with --definition")
}

// file reads a definition from a file that a template names.
func (s Source) file(name string, p members, r *resolver) (json.RawMessage, error) {
	local := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	shown := safetext.Line(name)
	switch {
	case name == "":
		return nil, s.mismatch("the template does not say which file holds the definition",
			"name the file with --definition")
	case remote.MatchString(name), strings.Contains(name, "${"):
		return nil, s.mismatch("the template takes the definition from "+shown, "name a local copy with --definition")
	case s.Folder == nil:
		return nil, s.mismatch("the template takes the definition from the file "+shown,
			"retrycatch graph --definition "+safetext.Word(shown))
	case !fs.ValidPath(local):
		return nil, s.mismatch("the template takes the definition from a file outside its folder, "+shown,
			s.draw(shown))
	}
	content, err := readFile(s.Folder, local)
	if err != nil {
		const unread = "the template takes the definition from the file %s, which cannot be read: %v"
		return nil, s.mismatch(fmt.Sprintf(unread, shown, cause(err)), "name the file with --definition")
	}
	return r.parseFile(content, p)
}

// remote matches an address such as s3://bucket/key.
var remote = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:`)

func cause(err error) error {
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
	value, err := r.parse(string(text), p.get("DefinitionSubstitutions"), false)
	if err != nil {
		return nil, err
	}
	return r.value(value, 0)
}

// parse substitutes the DefinitionSubstitutions in a definition and parses it. In an object, it
// keeps placeholders for numbers, because the result would be a string.
func (r *resolver) parse(definition string, substitutions json.RawMessage, isObject bool) (json.RawMessage, error) {
	given, numbers := map[string]string{}, map[string]bool{}
	declared := membersOf(substitutions)
	for i, name := range declared.names {
		var err error
		if given[name], err = r.text(declared.values[i], 0); err != nil {
			return nil, err
		}
		numbers[name] = json.Valid([]byte(given[name]))
	}
	text, err := substitute(definition, func(name string) (string, bool) {
		value, ok := given[name]
		return value, ok && !(isObject && numbers[name])
	})
	if err != nil {
		return nil, err
	}
	if whole := strings.TrimSpace(text); variable.FindString(whole) == whole && whole != "" {
		return nil, fmt.Errorf("it is the placeholder %s", safetext.Short(whole, 60))
	}
	return parse([]byte(text))
}
