package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/beevik/etree"
	"github.com/tidwall/gjson"
)

// LogGroupProtection adds deletion protection for log groups to an endpoint that lacks it.
// PutLogGroupDeletionProtection sets the protection, and DescribeLogGroups shows it. Neither
// DeleteLogGroup nor CloudFormation can delete a protected group.
func LogGroupProtection() Behavior {
	const name = "log group protection"
	return Behavior{Name: name, layer: deletionLayer,
		Source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html",
		newMiddleware: func(_ context.Context, p *Proxy) middleware {
			g := &protectedGroups{groups: map[string]bool{}}
			p.deletions.addBlocker(blocker{name, g.reason})
			return g.handle
		}}
}

const protectedMessage = "Cannot delete log group with deletion protection enabled. Disable deletion protection first."

type protectedGroups struct {
	mu     sync.Mutex
	groups map[string]bool // by account, region and name
}

func (g *protectedGroups) contains(c *call, name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.groups[c.accountRegion()+name]
}

func (g *protectedGroups) handle(c *call, next handler) (*response, error) {
	switch c.operation {
	case "logs:PutLogGroupDeletionProtection":
		return g.setProtection(c, next)
	case "logs:DeleteLogGroup":
		if g.contains(c, c.parameter("logGroupName")) {
			return errorResponse(c, http.StatusBadRequest, "ValidationException", protectedMessage), nil
		}
	case "logs:DescribeLogGroups":
		return g.showProtection(c, next)
	}
	return next(c)
}

// setProtection sets the protection of an existing group.
func (g *protectedGroups) setProtection(c *call, next handler) (*response, error) {
	name := c.parameter("logGroupIdentifier")
	if _, after, isARN := strings.Cut(name, ":log-group:"); isARN {
		name = strings.TrimSuffix(after, ":*")
	}
	found, err := next(c.derive("logs:DescribeLogGroups", map[string]string{"logGroupNamePrefix": name}))
	if err != nil {
		return nil, err
	}
	if !gjson.GetBytes(found.body, "logGroups.#(logGroupName="+quoteJSON(name)+")").Exists() {
		const message = "The specified log group does not exist."
		return errorResponse(c, http.StatusBadRequest, "ResourceNotFoundException", message), nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.groups[c.accountRegion()+name] = gjson.GetBytes(c.body, "deletionProtectionEnabled").Bool()
	return okResponse("application/x-amz-json-1.1", "{}"), nil
}

func (g *protectedGroups) showProtection(c *call, next handler) (*response, error) {
	resp, err := next(c)
	if err != nil || resp.status != http.StatusOK {
		return resp, err
	}
	groups, changed := gjson.GetBytes(resp.body, "logGroups").Array(), false
	for i, group := range groups {
		if !g.contains(c, group.Get("logGroupName").String()) {
			continue
		}
		members := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(group.Raw), &members); err != nil {
			return nil, err
		}
		members["deletionProtectionEnabled"] = json.RawMessage("true")
		text, err := json.Marshal(members)
		if err != nil {
			return nil, err
		}
		groups[i], changed = gjson.ParseBytes(text), true
	}
	if !changed {
		return resp, nil
	}
	return resp.withList("logGroups", groups), nil
}

// reason returns CloudFormation's message for a protected group, and "" for other resources.
func (g *protectedGroups) reason(c *call, _ handler, _ template, r *etree.Element, _ []*etree.Element) (string, error) {
	if childText(r, "ResourceType") != "AWS::Logs::LogGroup" || !g.contains(c, childText(r, "PhysicalResourceId")) {
		return "", nil
	}
	return handlerMessage("CloudWatchLogs", http.StatusBadRequest, protectedMessage), nil
}

// handlerMessage returns CloudFormation's message for an error from a service.
func handlerMessage(service string, status int, message string) string {
	return fmt.Sprintf(`Resource handler returned message: "%s (Service: %s, Status Code: %d, `+
		`Request ID: 00000000-0000-4000-8000-000000000000) (SDK Attempt Count: 1)" `+
		`(RequestToken: 00000000-0000-4000-8000-000000000001, HandlerErrorCode: GeneralServiceException)`,
		message, service, status)
}
