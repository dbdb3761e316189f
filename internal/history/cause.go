package history

import "encoding/json"

// Cause holds the reason why an attempt failed. For the error of a function, the text contains
// JSON, which Message and Type unpack:
// https://docs.aws.amazon.com/lambda/latest/dg/golang-exceptions.html
type Cause struct {
	Text    string // as recorded
	Message string // errorMessage, or Text if the error is not from a function
	Type    string // errorType
}

// NewCause unpacks a recorded cause.
func NewCause(text string) Cause {
	var inner struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}
	if json.Unmarshal([]byte(text), &inner) != nil || inner.Message == "" {
		return Cause{Text: text, Message: text}
	}
	return Cause{Text: text, Message: inner.Message, Type: inner.Type}
}
