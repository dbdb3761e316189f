// Command generate writes three pages in docs: commands.md from the help texts, json.md from the
// types of the JSON documents, and permissions.md from the policies. "make docs" runs it in the
// project's folder.
package main

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed *.md.tmpl permissions.yaml examples/*.json notes/*.md
var sources embed.FS

// page describes a generated page.
type page struct {
	name string                            // file name in docs; the template has the same name with .tmpl appended
	data func(project string) (any, error) // input of the template
}

var pages = []page{
	{"commands.md", func(string) (any, error) { return newCommandsPage() }},
	{"json.md", func(project string) (any, error) { return newJSONPage(filepath.Join(project, "internal", "view")) }},
	{"permissions.md", func(project string) (any, error) {
		return newPermissionsPage(filepath.Join(project, "docs", "policies"))
	}},
}

func main() {
	for _, p := range pages {
		text, err := p.render(".")
		if err == nil {
			err = os.WriteFile(filepath.Join("docs", p.name), text, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
	}
}

// render returns the page's text.
func (p page) render(project string) ([]byte, error) {
	data, err := p.data(project)
	if err != nil {
		return nil, fmt.Errorf("docs/%s: %w", p.name, err)
	}
	parsed, err := template.New(p.name+".tmpl").Funcs(template.FuncMap{"cell": cell, "code": code}).
		ParseFS(sources, p.name+".tmpl")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, data)
	return out.Bytes(), err
}

// cell escapes text for a cell of a Markdown table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(text)
}

// code formats text as code in a cell of a Markdown table.
func code(text string) string { return "`" + strings.ReplaceAll(text, "|", `\|`) + "`" }
