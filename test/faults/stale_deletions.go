package faults

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/tidwall/gjson"
)

// StaleDeletions makes IAM and CloudWatch Logs return a deleted role or log group for n more reads.
// This also applies if CloudFormation deleted the role or log group.
func StaleDeletions(n int) Behavior {
	return Behavior{Name: "stale deletions", layer: staleResourceLayer,
		Source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html" +
			"#troubleshoot_general_eventual-consistency and " +
			"https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html",
		newMiddleware: func(context.Context, *Proxy) middleware {
			s := &staleDeletions{reads: n, snapshots: map[string]*snapshot{}}
			return s.handle
		}}
}

// staleDeletions holds responses about roles and log groups from before they were deleted.
type staleDeletions struct {
	reads     int
	mu        sync.Mutex
	snapshots map[string]*snapshot // by roleKey or groupKey
}

// snapshot holds the response to a read that the proxy made just before a deletion.
type snapshot struct {
	response   *response
	staleReads int // number of stale reads left
}

func (s *staleDeletions) handle(c *call, next handler) (*response, error) {
	switch c.operation {
	case "iam:DeleteRole":
		return s.rememberAndForward(c, next, "AWS::IAM::Role", c.parameter("RoleName"))
	case "logs:DeleteLogGroup":
		return s.rememberAndForward(c, next, "AWS::Logs::LogGroup", c.parameter("logGroupName"))
	case "cloudformation:DeleteStack":
		deleted, err := stackResources(c, next, c.parameter("StackName"))
		if err != nil {
			return nil, err
		}
		for _, resource := range deleted {
			kind, name := childText(resource, "ResourceType"), childText(resource, "PhysicalResourceId")
			if err := s.remember(c, next, kind, name); err != nil {
				return nil, err
			}
		}
	}
	fresh, err := next(c)
	switch {
	case err != nil:
		return nil, err
	case c.operation == "iam:GetRole" && fresh.status == http.StatusNotFound:
		return cmp.Or(s.recall(roleKey(c, c.parameter("RoleName"))), fresh), nil
	case c.operation == "logs:DescribeLogGroups" && fresh.status == http.StatusOK:
		return s.addGroups(c, fresh), nil
	}
	return fresh, nil
}

func (s *staleDeletions) rememberAndForward(c *call, next handler, kind, name string) (*response, error) {
	if err := s.remember(c, next, kind, name); err != nil {
		return nil, err
	}
	return next(c)
}

// roleKey returns a map key. The key has no region, because IAM is global.
func roleKey(c *call, name string) string { return "role " + c.account + " " + name }

func groupKey(c *call, name string) string { return "group " + c.accountRegion() + " " + name }

// remember stores the response about a role or a log group before a deletion.
func (s *staleDeletions) remember(c *call, next handler, kind, name string) error {
	var key string
	var describe *call
	switch kind {
	case "AWS::IAM::Role":
		key, describe = roleKey(c, name), c.derive("iam:GetRole", map[string]string{"RoleName": name})
	case "AWS::Logs::LogGroup":
		key = groupKey(c, name)
		describe = c.derive("logs:DescribeLogGroups", map[string]string{"logGroupNamePrefix": name})
	default:
		return nil
	}
	before, err := next(describe)
	if err != nil || before.status != http.StatusOK {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.snapshots[key] = &snapshot{before, s.reads}
	return nil
}

// recall returns the stored response, or nil if no stale reads are left.
func (s *staleDeletions) recall(key string) *response {
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := s.snapshots[key]
	if stored == nil || stored.staleReads == 0 {
		return nil
	}
	stored.staleReads--
	return stored.response
}

// addGroups extends the last page of a list with the deleted log groups that the call asks for.
func (s *staleDeletions) addGroups(c *call, fresh *response) *response {
	if gjson.GetBytes(fresh.body, "nextToken").Exists() {
		return fresh
	}
	groups := gjson.GetBytes(fresh.body, "logGroups").Array()
	count := len(groups)
	for _, name := range s.groups(c) {
		listed := slices.ContainsFunc(groups, func(group gjson.Result) bool {
			return group.Get("logGroupName").String() == name
		})
		matches := strings.HasPrefix(name, c.parameter("logGroupNamePrefix")) &&
			strings.Contains(strings.ToLower(name), strings.ToLower(c.parameter("logGroupNamePattern")))
		if listed || !matches {
			continue
		}
		if old := s.recall(groupKey(c, name)); old != nil {
			groups = append(groups, gjson.GetBytes(old.body, "logGroups.#(logGroupName="+quoteJSON(name)+")"))
		}
	}
	if len(groups) == count {
		return fresh
	}
	slices.SortFunc(groups, func(a, b gjson.Result) int {
		return strings.Compare(a.Get("logGroupName").String(), b.Get("logGroupName").String())
	})
	return fresh.withList("logGroups", groups)
}

// groups returns the names of the stored log groups in the caller's account and region.
func (s *staleDeletions) groups(c *call) (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.snapshots {
		if name, ok := strings.CutPrefix(key, groupKey(c, "")); ok {
			names = append(names, name)
		}
	}
	return names
}
