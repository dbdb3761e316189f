package history

import "encoding/json"

// Cause is the reason why an attempt failed. A Lambda function's error has a cause in JSON. Message
// and Type are members of this JSON:
// https://docs.aws.amazon.com/lambda/latest/dg/golang-exceptions.html
type Cause struct {
	Text    string // as recorded
	Message string // errorMessage; for other errors, Text
	Type    string // errorType; for other errors, empty
}

// NewCause parses a recorded cause.
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
