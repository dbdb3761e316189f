// Package statemachine holds the workflow's definition in the Amazon States Language.
package statemachine

import (
	_ "embed"
	"fmt"

	"retrycatch/internal/asl"
)

// Definition holds the state machine's definition. CloudFormation replaces each placeholder ${Name}
// with Fn::Sub.
//
//go:embed definition.asl.json
var Definition string

// Check returns an error with the file and the position if a definition is not valid. Without it,
// CloudFormation would report the fault in the middle of a deployment.
func Check(definition string) error {
	if _, err := asl.Parse([]byte(definition)); err != nil {
		return fmt.Errorf("statemachine/definition.asl.json: %w", err)
	}
	return nil
}
