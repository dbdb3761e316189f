package faults

import (
	"net/http"

	"github.com/beevik/etree"
)

// document parses the answer to a query call. It returns nil for an error and for anything but XML.
func (a *answer) document() *etree.Document {
	document := etree.NewDocument()
	if a.status != http.StatusOK || document.ReadFromBytes(a.body) != nil {
		return nil
	}
	return document
}

// withDocument returns the same answer with another document.
func (a *answer) withDocument(document *etree.Document) *answer {
	text, _ := document.WriteToBytes() // a buffer never fails
	return a.with(text)
}

// text returns the text of a child, or "" if the child does not exist.
func text(element *etree.Element, child string) string {
	if found := element.SelectElement(child); found != nil {
		return found.Text()
	}
	return ""
}

// setText sets the text of a child, and adds the child if it does not exist.
func setText(element *etree.Element, child, value string) {
	found := element.SelectElement(child)
	if found == nil {
		found = element.CreateElement(child)
	}
	found.SetText(value)
}

// members returns the elements of a list anywhere in a document. The document may be nil.
func members(document *etree.Document, list string) []*etree.Element {
	if document == nil {
		return nil
	}
	return document.FindElements("//" + list + "/member")
}
