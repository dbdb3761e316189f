package pages

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// slug returns the anchor that GitHub gives a heading: in lower case, without punctuation, and with
// hyphens for spaces.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-':
			return '-'
		case r == '_' || unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Pc):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}

// addAnchor adds the anchor of a heading. Like GitHub, it numbers repeated anchors.
func (p *Page) addAnchor(anchor string) {
	unique := anchor
	for n := 1; p.Anchors[unique]; n++ {
		unique = fmt.Sprintf("%s-%d", anchor, n)
	}
	p.Anchors[unique] = true
}

// lines matches the fragment of a link to lines of a source file.
var lines = regexp.MustCompile(`^L\d+(-L\d+)?$`)

// DeadLinks describes the dead links of a page. It fetches nothing: a link to another host must
// only be well-formed.
func DeadLinks(project string, p Page) (faults []string) {
	for _, link := range p.Links {
		if fault := deadLink(project, p, link); fault != "" {
			faults = append(faults, fmt.Sprintf("%s: the link %q %s", p.File, link, fault))
		}
	}
	return faults
}

func deadLink(project string, p Page, link string) string {
	to, err := url.Parse(link)
	switch {
	case err != nil || link == "":
		return "is malformed"
	case to.Scheme == "mailto":
		return ""
	case to.Scheme != "" || to.Host != "":
		return external(to)
	case strings.HasPrefix(to.Path, "/"):
		return "must be relative"
	}
	target := p
	if to.Path != "" {
		file := filepath.Join(filepath.Dir(p.File), filepath.FromSlash(to.Path))
		if !filepath.IsLocal(file) {
			return "leaves the project"
		}
		info, err := os.Stat(filepath.Join(project, file))
		switch {
		case err != nil:
			return "leads to no file"
		case to.Fragment == "":
			return ""
		case info.IsDir() || filepath.Ext(file) != ".md":
			if lines.MatchString(to.Fragment) {
				return ""
			}
			return "has an anchor, but its target has none"
		}
		if target, err = Read(project, file); err != nil {
			return err.Error()
		}
	}
	if !target.Anchors[to.Fragment] {
		return "leads to no heading"
	}
	return ""
}

func external(to *url.URL) string {
	switch {
	case to.Scheme != "https":
		return "must use https"
	case !strings.Contains(to.Hostname(), ".") || strings.ContainsAny(to.String(), " \t"):
		return "is malformed"
	}
	return ""
}
