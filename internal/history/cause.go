package history

import "encoding/json"

// Cause is why an attempt failed. A function's error comes as JSON inside the cause's text, which Message and Type
// unpack: https://docs.aws.amazon.com/lambda/latest/dg/golang-exceptions.html
type Cause struct {
	Text    string // as recorded
	Message string // errorMessage, or the text itself where it is not a function's error
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
