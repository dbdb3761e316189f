// Package statemachine contains the definition of the state machine, in the Amazon States Language.
package statemachine

import (
	_ "embed"
	"fmt"

	"retrycatch/internal/asl"
)

// Definition holds the content of definition.asl.json. CloudFormation replaces its placeholders,
// such as ${MockAPIFunctionArn}, with Fn::Sub.
//
//go:embed definition.asl.json
var Definition string

// Check returns an error if a definition is invalid. Without this check, the error would appear
// only during a deployment.
func Check(definition string) error {
	if _, err := asl.Parse([]byte(definition)); err != nil {
		return fmt.Errorf("statemachine/definition.asl.json: %w", err)
	}
	return nil
}
