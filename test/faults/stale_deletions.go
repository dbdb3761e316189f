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

// StaleDeletions makes IAM show a deleted role, and CloudWatch Logs a deleted group, for n more
// reads. This also applies to deletions by CloudFormation.
func StaleDeletions(n int) Manner {
	return Manner{Name: "stale deletions", layer: lingering,
		Source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html" +
			"#troubleshoot_general_eventual-consistency and " +
			"https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html",
		start: func(context.Context, *Proxy) middleware {
			s := &staleDeletions{reads: n, snapshots: map[string]*snapshot{}}
			return s.answer
		}}
}

// staleDeletions holds the answers about roles and groups from just before their deletion.
type staleDeletions struct {
	reads     int
	mu        sync.Mutex
	snapshots map[string]*snapshot
}

// snapshot is the answer of a read before a deletion, and the number of stale reads left.
type snapshot struct {
	answer *answer
	left   int
}

func (s *staleDeletions) answer(c *call, next handler) (*answer, error) {
	switch c.operation {
	case "iam:DeleteRole":
		return s.before(c, next, "AWS::IAM::Role", c.parameter("RoleName"))
	case "logs:DeleteLogGroup":
		return s.before(c, next, "AWS::Logs::LogGroup", c.parameter("logGroupName"))
	case "cloudformation:DeleteStack":
		deleted, err := resourcesOf(c, next, c.parameter("StackName"))
		if err != nil {
			return nil, err
		}
		for _, resource := range deleted {
			kind, name := text(resource, "ResourceType"), text(resource, "PhysicalResourceId")
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

func (s *staleDeletions) before(c *call, next handler, kind, name string) (*answer, error) {
	if err := s.remember(c, next, kind, name); err != nil {
		return nil, err
	}
	return next(c)
}

// roleKey returns a key without the region: IAM is global.
func roleKey(c *call, name string) string { return "role " + c.account + " " + name }

func groupKey(c *call, name string) string { return "group " + c.location() + " " + name }

// remember reads a role or a group that is about to be deleted.
func (s *staleDeletions) remember(c *call, next handler, kind, name string) error {
	var key string
	var read *call
	switch kind {
	case "AWS::IAM::Role":
		key, read = roleKey(c, name), c.newCall("iam:GetRole", map[string]string{"RoleName": name})
	case "AWS::Logs::LogGroup":
		key, read = groupKey(c, name), c.newCall("logs:DescribeLogGroups", map[string]string{"logGroupNamePrefix": name})
	default:
		return nil
	}
	seen, err := next(read)
	if err != nil || seen.status != http.StatusOK {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.snapshots[key] = &snapshot{seen, s.reads}
	return nil
}

// recall returns the remembered answer, or nil if no stale reads are left.
func (s *staleDeletions) recall(key string) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.snapshots[key]
	if known == nil || known.left == 0 {
		return nil
	}
	known.left--
	return known.answer
}

// addGroups adds deleted groups to the last page of a list that they match.
func (s *staleDeletions) addGroups(c *call, fresh *answer) *answer {
	if gjson.GetBytes(fresh.body, "nextToken").Exists() {
		return fresh
	}
	groups := gjson.GetBytes(fresh.body, "logGroups").Array()
	before := len(groups)
	for _, name := range s.groups(c) {
		shown := slices.ContainsFunc(groups, func(group gjson.Result) bool {
			return group.Get("logGroupName").String() == name
		})
		matches := strings.HasPrefix(name, c.parameter("logGroupNamePrefix")) &&
			strings.Contains(strings.ToLower(name), strings.ToLower(c.parameter("logGroupNamePattern")))
		if shown || !matches {
			continue
		}
		if old := s.recall(groupKey(c, name)); old != nil {
			groups = append(groups, gjson.GetBytes(old.body, "logGroups.#(logGroupName="+quoted(name)+")"))
		}
	}
	if len(groups) == before {
		return fresh
	}
	slices.SortFunc(groups, func(a, b gjson.Result) int {
		return strings.Compare(a.Get("logGroupName").String(), b.Get("logGroupName").String())
	})
	return fresh.withList("logGroups", groups)
}

// groups returns the names of the remembered groups in the caller's account and region.
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
