// Package statemachine holds the workflow's definition in the Amazon States Language.
package statemachine

import _ "embed"

// Definition is the state machine's definition as CloudFormation receives it: each ${Name} in it is a placeholder that
// the stack has CloudFormation replace, with Fn::Sub.
//
//go:embed definition.asl.json
var Definition string
