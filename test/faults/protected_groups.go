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

// LogGroupProtection adds the deletion protection of log groups to an endpoint without it.
// PutLogGroupDeletionProtection sets it, and DescribeLogGroups shows it. DeleteLogGroup and
// CloudFormation do not delete a protected group.
func LogGroupProtection() Manner {
	const name = "log group protection"
	return Manner{Name: name, layer: deleting,
		Source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html",
		start: func(_ context.Context, p *Proxy) middleware {
			g := &protected{groups: map[string]bool{}}
			p.deletions.hold(holder{name, g.why})
			return g.answer
		}}
}

const protection = "Cannot delete log group with deletion protection enabled. Disable deletion protection first."

type protected struct {
	mu     sync.Mutex
	groups map[string]bool // by account, region and name
}

func (g *protected) has(c *call, name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.groups[c.location()+name]
}

func (g *protected) answer(c *call, next handler) (*answer, error) {
	switch c.operation {
	case "logs:PutLogGroupDeletionProtection":
		return g.put(c, next)
	case "logs:DeleteLogGroup":
		if g.has(c, c.parameter("logGroupName")) {
			return refuse(c, http.StatusBadRequest, "ValidationException", protection), nil
		}
	case "logs:DescribeLogGroups":
		return g.show(c, next)
	}
	return next(c)
}

// put sets the protection of an existing group.
func (g *protected) put(c *call, next handler) (*answer, error) {
	name := c.parameter("logGroupIdentifier")
	if _, after, isARN := strings.Cut(name, ":log-group:"); isARN {
		name = strings.TrimSuffix(after, ":*")
	}
	found, err := next(c.newCall("logs:DescribeLogGroups", map[string]string{"logGroupNamePrefix": name}))
	if err != nil {
		return nil, err
	}
	if !gjson.GetBytes(found.body, "logGroups.#(logGroupName="+quoted(name)+")").Exists() {
		const message = "The specified log group does not exist."
		return refuse(c, http.StatusBadRequest, "ResourceNotFoundException", message), nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.groups[c.location()+name] = gjson.GetBytes(c.body, "deletionProtectionEnabled").Bool()
	return accept("application/x-amz-json-1.1", "{}"), nil
}

func (g *protected) show(c *call, next handler) (*answer, error) {
	a, err := next(c)
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	groups, changed := gjson.GetBytes(a.body, "logGroups").Array(), false
	for i, group := range groups {
		if !g.has(c, group.Get("logGroupName").String()) {
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
		return a, nil
	}
	return a.withList("logGroups", groups), nil
}

// why returns CloudFormation's message for a protected group, and "" for other resources.
func (g *protected) why(c *call, _ handler, _ template, r *etree.Element, _ []*etree.Element) (string, error) {
	if text(r, "ResourceType") != "AWS::Logs::LogGroup" || !g.has(c, text(r, "PhysicalResourceId")) {
		return "", nil
	}
	return handlerMessage("CloudWatchLogs", http.StatusBadRequest, protection), nil
}

// handlerMessage returns CloudFormation's message for a service's error.
func handlerMessage(service string, status int, message string) string {
	return fmt.Sprintf(`Resource handler returned message: "%s (Service: %s, Status Code: %d, `+
		`Request ID: 00000000-0000-4000-8000-000000000000) (SDK Attempt Count: 1)" `+
		`(RequestToken: 00000000-0000-4000-8000-000000000001, HandlerErrorCode: GeneralServiceException)`,
		message, service, status)
}
