package faults

import (
	"context"
	"net/http"
	"strings"
	"sync"
)

// LostExecutionRole makes DeleteStack fail if CloudFormation's role no longer exists. The role
// comes from the call, or else from the stack's last creation or update through the proxy.
// DescribeStacks shows the role.
func LostExecutionRole() Manner {
	return Manner{Name: "lost execution role", layer: deleting,
		Source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html " +
			"(RoleARN) and https://github.com/aws/aws-cdk/issues/10116 (the wording)",
		start: func(context.Context, *Proxy) middleware {
			e := &executionRoles{roles: map[string]string{}}
			return e.answer
		}}
}

type executionRoles struct {
	mu    sync.Mutex
	roles map[string]string // by account, region and the stack's name
}

func (e *executionRoles) answer(c *call, next handler) (*answer, error) {
	switch c.operation {
	case "cloudformation:CreateStack", "cloudformation:CreateChangeSet", "cloudformation:UpdateStack":
		a, err := next(c)
		if err == nil && a.status == http.StatusOK {
			isNew := c.operation == "cloudformation:CreateStack" || c.parameter("ChangeSetType") == "CREATE"
			e.set(c, c.parameter("RoleARN"), isNew)
		}
		return a, err
	case "cloudformation:DeleteStack":
		e.set(c, c.parameter("RoleARN"), false)
		return e.delete(c, next)
	case "cloudformation:DescribeStacks":
		return e.show(c, next)
	}
	return next(c)
}

// set remembers the role of a stack. An existing stack keeps its role if the new one is empty.
func (e *executionRoles) set(c *call, role string, isNew bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if role != "" || isNew {
		e.roles[c.location()+" "+stackName(c.parameter("StackName"))] = role
	}
}

func (e *executionRoles) of(c *call, name string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.roles[c.location()+" "+name]
}

func (e *executionRoles) delete(c *call, next handler) (*answer, error) {
	role := e.of(c, stackName(c.parameter("StackName")))
	if role == "" {
		return next(c)
	}
	found, err := next(c.newCall("iam:GetRole", map[string]string{"RoleName": role[strings.LastIndex(role, "/")+1:]}))
	if err != nil {
		return nil, err
	}
	if found.status == http.StatusNotFound {
		return refuse(c, http.StatusBadRequest, "ValidationError", "Role "+role+" is invalid or cannot be assumed"), nil
	}
	return next(c)
}

func (e *executionRoles) show(c *call, next handler) (*answer, error) {
	a, err := next(c)
	if err != nil {
		return nil, err
	}
	document, changed := a.document(), false
	for _, stack := range members(document, "Stacks") {
		if role := e.of(c, text(stack, "StackName")); role != "" && text(stack, "RoleARN") == "" {
			setText(stack, "RoleARN", role)
			changed = true
		}
	}
	if !changed {
		return a, nil
	}
	return a.withDocument(document), nil
}
