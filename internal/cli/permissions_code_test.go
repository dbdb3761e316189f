package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"retrycatch/internal/session"
)

// inNoPolicy lists the actions that no policy needs to allow. sts:GetCallerIdentity needs no
// permission. Only the demo uses the other actions, and only on its local AWS: it lists the
// resources in the account, and creates the permissions boundary that the settings specify.
var inNoPolicy = []string{
	"iam:CreatePolicy",
	"iam:ListRoles",
	"lambda:ListFunctions",
	"states:ListStateMachines",
	"sns:ListTopics",
	"sns:ListSubscriptions",
	"sts:GetCallerIdentity",
}

// serviceNames maps an SDK package's name to the service's name, if the two names differ.
var serviceNames = map[string]string{"cloudcontrol": "CloudControl", "cloudwatchlogs": "CloudWatch Logs",
	"eventbridge": "EventBridge", "sfn": "SFN"}

// callsInCode returns the IAM actions of the SDK requests that the code in a folder builds. It maps
// each action to a file that builds such a request. It skips tests and packages that only tests
// use.
func callsInCode(t *testing.T, folder string) map[string]string {
	t.Helper()
	calls := map[string]string{}
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && strings.HasSuffix(name, "stub") {
			return err
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
			strings.Contains(name, "stub"+string(filepath.Separator)) {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err == nil {
			for action := range inputActions(file) {
				calls[action] = name
			}
		}
		return err
	})
	if err != nil || len(calls) < 40 {
		t.Fatalf("found %d actions and error %v, want at least 40 actions", len(calls), err)
	}
	return calls
}

// inputActions returns the actions of the SDK inputs that a file creates, such as
// &iam.GetRoleInput{}.
func inputActions(file *ast.File) map[string]bool {
	sdk := map[string]bool{}
	for _, imported := range file.Imports {
		if name, _ := strconv.Unquote(imported.Path.Value); strings.Contains(name, "aws-sdk-go-v2/service/") {
			sdk[filepath.Base(name)] = true
		}
	}
	actions := map[string]bool{}
	ast.Inspect(file, func(node ast.Node) bool {
		literal, _ := node.(*ast.CompositeLit)
		if literal == nil {
			return true
		}
		typeName, _ := literal.Type.(*ast.SelectorExpr)
		if typeName == nil {
			return true
		}
		pkg, _ := typeName.X.(*ast.Ident)
		operation, isInput := strings.CutSuffix(typeName.Sel.Name, "Input")
		if pkg == nil || !isInput || !sdk[pkg.Name] {
			return true
		}
		service := pkg.Name
		if name, differs := serviceNames[service]; differs {
			service = name
		}
		actions[session.Action(service, operation)] = true
		return true
	})
	return actions
}
