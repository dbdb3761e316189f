package jsonfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDepth limits the nesting of YAML after the expansion of aliases.
const maxDepth = 1000

// maxBytesFor returns the maximum size of the JSON that a YAML text may expand to. Without a limit,
// nested aliases could grow exponentially.
func maxBytesFor(text []byte) int { return 1<<20 + 50*len(text) }

// FromYAML converts each YAML document to JSON. It keeps the order of members, and expands aliases,
// merge keys and the short forms of CloudFormation's intrinsic functions: !Ref x becomes
// {"Ref": "x"}, and !Sub x becomes {"Fn::Sub": "x"}.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
// A document must be a mapping or a sequence, because nearly any text is a valid YAML scalar.
func FromYAML(text []byte) (values []json.RawMessage, err error) {
	// The parser rejects the YAML 1.2 directive, but can parse YAML 1.2.
	text = version12.ReplaceAll(text, []byte("%YAML 1.1"))
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF) && len(values) > 0:
			return values, nil
		case errors.Is(err, io.EOF):
			return nil, errors.New("it is empty")
		case err != nil:
			return nil, fmt.Errorf("it is not JSON or YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		}
		root := document.Content[0]
		switch {
		case root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null": // only comments
			continue
		case root.Kind == yaml.ScalarNode:
			return nil, errors.New("it is plain text, not JSON or YAML")
		}
		w := writer{maxBytes: maxBytesFor(text)}
		if err := w.writeNode(root, 0); err != nil {
			return nil, err
		}
		values = append(values, w.out.Bytes())
	}
}

var version12 = regexp.MustCompile(`(?m)^%YAML[ \t]+1\.2\b`)

// writer writes YAML nodes as JSON.
type writer struct {
	out      bytes.Buffer
	maxBytes int // the maximum size of out
}

func (w *writer) writeNode(n *yaml.Node, depth int) error {
	switch {
	case depth > maxDepth:
		return fmt.Errorf("line %d is nested more than %d levels deep", n.Line, maxDepth)
	case w.out.Len() > w.maxBytes:
		return fmt.Errorf("its aliases expand to more than %d bytes", w.maxBytes)
	case strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") && n.Tag != "!":
		return w.writeFunction(n, depth)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return w.writeNode(n.Alias, depth+1)
	case yaml.SequenceNode:
		return w.writeList(n, depth)
	case yaml.MappingNode:
		return w.writeMapping(n, depth)
	default:
		return w.writeScalar(n)
	}
}

// writeFunction writes an intrinsic function in its long form.
func (w *writer) writeFunction(n *yaml.Node, depth int) error {
	argument := *n
	argument.Tag = ""
	name := "Fn::" + n.Tag[1:]
	switch parts := strings.SplitN(n.Value, ".", 2); {
	case n.Tag == "!Ref", n.Tag == "!Condition":
		name = n.Tag[1:]
	case n.Tag == "!GetAtt" && n.Kind == yaml.ScalarNode && len(parts) == 2:
		w.out.WriteString(`{"Fn::GetAtt":`)
		w.encode(parts)
		w.out.WriteByte('}')
		return nil
	}
	w.out.WriteByte('{')
	w.encode(name)
	w.out.WriteByte(':')
	err := w.writeNode(&argument, depth+1)
	w.out.WriteByte('}')
	return err
}

func (w *writer) writeList(n *yaml.Node, depth int) error {
	w.out.WriteByte('[')
	for i, item := range n.Content {
		if i > 0 {
			w.out.WriteByte(',')
		}
		if err := w.writeNode(item, depth+1); err != nil {
			return err
		}
	}
	w.out.WriteByte(']')
	return nil
}

func (w *writer) writeMapping(n *yaml.Node, depth int) error {
	members, err := membersOf(n, depth)
	if err != nil {
		return err
	}
	w.out.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.encode(m.key.Value)
		w.out.WriteByte(':')
		if err := w.writeNode(m.value, depth+1); err != nil {
			return err
		}
	}
	w.out.WriteByte('}')
	return nil
}

// writeScalar writes a scalar. It copies a number that is valid JSON. A time becomes a string.
func (w *writer) writeScalar(n *yaml.Node) error {
	var value any
	switch tag := n.ShortTag(); {
	case tag == "!!int" && json.Valid([]byte(n.Value)), tag == "!!float" && json.Valid([]byte(n.Value)):
		w.out.WriteString(n.Value)
		return nil
	case tag == "!!null", tag == "!!bool", tag == "!!int", tag == "!!float" && isFinite(n.Value):
		if err := n.Decode(&value); err != nil {
			return fmt.Errorf("line %d: %s", n.Line, strings.TrimPrefix(err.Error(), "yaml: "))
		}
	default:
		value = n.Value
	}
	w.encode(value)
	return nil
}

// isFinite reports whether a YAML float is finite. JSON can express only finite numbers.
func isFinite(text string) bool {
	text = strings.ToLower(text)
	return !strings.HasSuffix(text, ".inf") && text != ".nan"
}

// encode writes a scalar or a list of strings.
func (w *writer) encode(value any) {
	encoder := json.NewEncoder(&w.out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value)       // cannot fail for these types
	w.out.Truncate(w.out.Len() - 1) // removes the newline
}

type member struct{ key, value *yaml.Node }

// membersOf returns the members of a mapping. The members from merge keys come last.
// https://yaml.org/type/merge.html
func membersOf(n *yaml.Node, depth int) (members []member, err error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d is nested more than %d levels deep", n.Line, maxDepth)
	}
	seen := map[string]bool{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.ShortTag() == "!!merge" && value.Kind == yaml.SequenceNode:
			merged = append(merged, value.Content...)
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
		case key.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("line %d has a key that is not a scalar", key.Line)
		case seen[key.Value]:
			return nil, fmt.Errorf("line %d repeats the key %q", key.Line, key.Value)
		default:
			seen[key.Value] = true
			members = append(members, member{key, value})
		}
	}
	for _, source := range merged {
		if source.Kind == yaml.AliasNode {
			source = source.Alias
		}
		if source.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("line %d merges a value that is not a mapping", source.Line)
		}
		more, err := membersOf(source, depth+1)
		if err != nil {
			return nil, err
		}
		for _, m := range more {
			if !seen[m.key.Value] {
				seen[m.key.Value] = true
				members = append(members, m)
			}
		}
	}
	return members, nil
}
