package faults

import (
	"context"
	"net/http"
	"strings"
	"sync"
)

// LostExecutionRole makes DeleteStack fail if CloudFormation's execution role no longer exists. The
// role is the call's RoleARN, or by default the last RoleARN that an earlier call set for the
// stack. DescribeStacks also returns the role.
func LostExecutionRole() Behavior {
	return Behavior{Name: "lost execution role", layer: deletionLayer,
		Source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html " +
			"(RoleARN) and https://github.com/aws/aws-cdk/issues/10116 (the error message)",
		newMiddleware: func(context.Context, *Proxy) middleware {
			e := &executionRoles{roles: map[string]string{}}
			return e.handle
		}}
}

type executionRoles struct {
	mu    sync.Mutex
	roles map[string]string // by account, region and the stack's name
}

func (e *executionRoles) handle(c *call, next handler) (*response, error) {
	switch c.operation {
	case "cloudformation:CreateStack", "cloudformation:CreateChangeSet", "cloudformation:UpdateStack":
		resp, err := next(c)
		if err == nil && resp.status == http.StatusOK {
			isNew := c.operation == "cloudformation:CreateStack" || c.parameter("ChangeSetType") == "CREATE"
			e.setRole(c, c.parameter("RoleARN"), isNew)
		}
		return resp, err
	case "cloudformation:DeleteStack":
		e.setRole(c, c.parameter("RoleARN"), false)
		return e.deleteStack(c, next)
	case "cloudformation:DescribeStacks":
		return e.showRoles(c, next)
	}
	return next(c)
}

// setRole records the role of a stack. For an existing stack, it ignores an empty role.
func (e *executionRoles) setRole(c *call, role string, isNew bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if role != "" || isNew {
		e.roles[c.accountRegion()+" "+stackName(c.parameter("StackName"))] = role
	}
}

func (e *executionRoles) role(c *call, name string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.roles[c.accountRegion()+" "+name]
}

func (e *executionRoles) deleteStack(c *call, next handler) (*response, error) {
	role := e.role(c, stackName(c.parameter("StackName")))
	if role == "" {
		return next(c)
	}
	found, err := next(c.derive("iam:GetRole", map[string]string{"RoleName": role[strings.LastIndex(role, "/")+1:]}))
	if err != nil {
		return nil, err
	}
	if found.status == http.StatusNotFound {
		message := "Role " + role + " is invalid or cannot be assumed"
		return errorResponse(c, http.StatusBadRequest, "ValidationError", message), nil
	}
	return next(c)
}

func (e *executionRoles) showRoles(c *call, next handler) (*response, error) {
	resp, err := next(c)
	if err != nil {
		return nil, err
	}
	document, changed := resp.document(), false
	for _, stack := range members(document, "Stacks") {
		if role := e.role(c, childText(stack, "StackName")); role != "" && childText(stack, "RoleARN") == "" {
			setChildText(stack, "RoleARN", role)
			changed = true
		}
	}
	if !changed {
		return resp, nil
	}
	return resp.withDocument(document), nil
}
