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

// slug returns the anchor that GitHub gives a heading. It converts the heading to lower case,
// removes punctuation, and replaces spaces with hyphens.
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

// addAnchor adds the anchor of a heading. It numbers repeated anchors, as GitHub does.
func (p *Page) addAnchor(anchor string) {
	unique := anchor
	for n := 1; p.Anchors[unique]; n++ {
		unique = fmt.Sprintf("%s-%d", anchor, n)
	}
	p.Anchors[unique] = true
}

// lineFragment matches the fragment of a link to lines in a source file, such as L1-L5.
var lineFragment = regexp.MustCompile(`^L\d+(-L\d+)?$`)

// DeadLinks describes the dead links on a page. It makes no requests: for a link to another host,
// it checks only the form.
func DeadLinks(project string, p Page) (faults []string) {
	for _, link := range p.Links {
		if fault := linkFault(project, p, link); fault != "" {
			faults = append(faults, fmt.Sprintf("%s: the link %q %s", p.File, link, fault))
		}
	}
	return faults
}

func linkFault(project string, p Page, link string) string {
	to, err := url.Parse(link)
	switch {
	case err != nil || link == "":
		return "is malformed"
	case to.Scheme == "mailto":
		return ""
	case to.Scheme != "" || to.Host != "":
		return externalLinkFault(to)
	case strings.HasPrefix(to.Path, "/"):
		return "must be relative"
	}
	target := p
	if to.Path != "" {
		file := filepath.Join(filepath.Dir(p.File), filepath.FromSlash(to.Path))
		if !filepath.IsLocal(file) {
			return "points outside the project"
		}
		info, err := os.Stat(filepath.Join(project, file))
		switch {
		case err != nil:
			return "points to a file that does not exist"
		case to.Fragment == "":
			return ""
		case info.IsDir() || filepath.Ext(file) != ".md":
			if lineFragment.MatchString(to.Fragment) {
				return ""
			}
			return "has a fragment, but its target has no anchors"
		}
		if target, err = Read(project, file); err != nil {
			return err.Error()
		}
	}
	if !target.Anchors[to.Fragment] {
		return "points to a heading that does not exist"
	}
	return ""
}

func externalLinkFault(to *url.URL) string {
	switch {
	case to.Scheme != "https":
		return "must use https"
	case !strings.Contains(to.Hostname(), ".") || strings.ContainsAny(to.String(), " \t"):
		return "is malformed"
	}
	return ""
}
