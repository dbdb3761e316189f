// Package pages checks the links and the commands in the project's Markdown pages. Only tests use
// it.
package pages

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"
)

// Page holds the parts of a page that the checks need.
type Page struct {
	File    string          // path relative to the project
	Anchors map[string]bool // fragments that links to the page may have
	Links   []string        // destinations of links and sources of pictures
	Blocks  []Block         // code blocks
	Spans   []string        // inline code
}

// Block is a code block.
type Block struct{ Language, Text string }

// Files lists the paths of a project's pages, relative to the project.
func Files(project string) (files []string, err error) {
	for _, pattern := range []string{"*.md", "docs/*.md", ".github/*.md", ".github/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(project, pattern))
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			relative, err := filepath.Rel(project, file)
			if err != nil {
				return nil, err
			}
			files = append(files, relative)
		}
	}
	return files, nil
}

// Read reads and parses a page.
func Read(project, file string) (Page, error) {
	source, err := os.ReadFile(filepath.Join(project, file))
	if err != nil {
		return Page{}, err
	}
	return Parse(file, source), nil
}

// Parse parses GitHub Flavored Markdown.
func Parse(file string, source []byte) Page {
	p := Page{File: file, Anchors: map[string]bool{}}
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	_ = ast.Walk(root, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			p.add(node, source)
		}
		return ast.WalkContinue, nil
	})
	return p
}

// add collects the links, anchors and code of a node.
func (p *Page) add(node ast.Node, source []byte) {
	switch n := node.(type) {
	case *ast.Heading:
		p.addAnchor(slug(textOf(n, source)))
	case *ast.Link:
		p.Links = append(p.Links, string(n.Destination))
	case *ast.Image:
		p.Links = append(p.Links, string(n.Destination))
	case *ast.AutoLink:
		p.Links = append(p.Links, string(n.URL(source)))
	case *ast.FencedCodeBlock:
		p.Blocks = append(p.Blocks, Block{string(n.Language(source)), string(n.Lines().Value(source))})
	case *ast.CodeSpan:
		p.Spans = append(p.Spans, textOf(n, source))
	case *ast.HTMLBlock:
		p.addHTML(n.Lines().Value(source))
	case *ast.RawHTML:
		p.addHTML(n.Segments.Value(source))
	}
}

// addHTML collects the links and anchors in HTML.
func (p *Page) addHTML(source []byte) {
	tokens := html.NewTokenizer(bytes.NewReader(source))
	for tokens.Next() != html.ErrorToken {
		for _, attribute := range tokens.Token().Attr {
			switch attribute.Key {
			case "href", "src":
				p.Links = append(p.Links, attribute.Val)
			case "srcset":
				for candidate := range strings.SplitSeq(attribute.Val, ",") {
					address, _, _ := strings.Cut(strings.TrimSpace(candidate), " ")
					p.Links = append(p.Links, address)
				}
			case "id", "name":
				p.Anchors[attribute.Val] = true
			}
		}
	}
}

// textOf returns a node's text without markup.
func textOf(node ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				out.Write(n.Value(source))
				if n.SoftLineBreak() {
					out.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				out.Write(n.Value)
			}
		}
		return ast.WalkContinue, nil
	})
	return out.String()
}
