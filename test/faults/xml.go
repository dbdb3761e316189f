package faults

import (
	"net/http"

	"github.com/beevik/etree"
)

// document parses an XML response. It returns nil for an error response and for invalid XML.
func (resp *response) document() *etree.Document {
	document := etree.NewDocument()
	if resp.status != http.StatusOK || document.ReadFromBytes(resp.body) != nil {
		return nil
	}
	return document
}

// withDocument returns a copy of the response with another document.
func (resp *response) withDocument(document *etree.Document) *response {
	text, _ := document.WriteToBytes() // writing to a buffer never fails
	return resp.withBody(text)
}

// childText returns the text of a child element, or "" if the element does not exist.
func childText(element *etree.Element, child string) string {
	if found := element.SelectElement(child); found != nil {
		return found.Text()
	}
	return ""
}

// setChildText sets the text of a child element. If the child does not exist, setChildText adds it.
func setChildText(element *etree.Element, child, value string) {
	found := element.SelectElement(child)
	if found == nil {
		found = element.CreateElement(child)
	}
	found.SetText(value)
}

// members returns the elements of the list with this name in a document. The document can be nil.
func members(document *etree.Document, list string) []*etree.Element {
	if document == nil {
		return nil
	}
	return document.FindElements("//" + list + "/member")
}
