package inventory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/resource"
)

// Record holds one stack and its resources as CloudFormation reports them.
type Record struct {
	Stack   *Stack
	Members []Member
	// TemplateErr is the error from reading the template. If it is set, it is unknown which
	// policies and assets belong to the stack, and which resources a deletion keeps.
	TemplateErr error
	template    template
}

// ReadRecord reads a stack's current resources. Unlike ReadHistory, it does not read the events,
// which may have many pages.
func ReadRecord(ctx context.Context, cfg aws.Config, stack *Stack) (Record, error) {
	return readRecord(ctx, cfg, stack, nil)
}

// ReadHistory reads a stack's current resources, and its earlier resources from its events.
func ReadHistory(ctx context.Context, cfg aws.Config, stack *Stack) (Record, error) {
	events, err := Events(ctx, cfg, stack.ARN)
	if err != nil {
		return Record{}, err
	}
	return readRecord(ctx, cfg, stack, events)
}

func readRecord(ctx context.Context, cfg aws.Config, stack *Stack, events []types.StackEvent) (Record, error) {
	record := Record{Stack: stack}
	var summaries []types.StackResourceSummary
	if !stack.Gone() { // the events of a deletion contain the last status of every resource
		var err error
		if summaries, err = listResources(ctx, cfg, stack.ARN); err != nil {
			return record, err
		}
	}
	record.Members = members(stack, summaries, events)
	if stack.Status == types.StackStatusReviewInProgress {
		return record, nil // the stack has no template yet; only its change sets have one
	}
	if record.template, record.TemplateErr = readTemplate(ctx, cfg, stack.ARN); ctx.Err() != nil {
		return record, ctx.Err()
	}
	if mustBeComplete(stack) && !record.template.allListed(summaries) {
		var err error
		if summaries, err = relistResources(ctx, cfg, stack.ARN, record.template); err != nil {
			return record, err
		}
		record.Members = members(stack, summaries, events)
	}
	for i := range record.Members {
		record.Members[i].keptUnknown = record.TemplateErr != nil
		record.Members[i].Kept = record.TemplateErr == nil && record.template.keeps(record.Members[i])
	}
	return record, nil
}

// InStack returns the resources that are in the stack now, sorted by kind and name.
func (r Record) InStack() []Member {
	return slices.DeleteFunc(slices.Clone(r.Members), func(m Member) bool { return !m.InStack() })
}

// Holds finds the causes that prevent CloudFormation from deleting a resource of the stack.
func (r Record) Holds(ctx context.Context, cfg aws.Config, m Member) ([]resource.Hold, error) {
	return resource.Holds(ctx, cfg, m.Resource, r.declaredFor(m))
}

// declaredFor returns the policies and instance profiles that the stack assigns to a role.
func (r Record) declaredFor(role Member) resource.DeclaredAttachments {
	declared := resource.DeclaredAttachments{Unreadable: true}
	if r.TemplateErr == nil {
		declared = r.template.declaredFor(role.LogicalID)
	}
	for _, member := range r.InStack() {
		switch member.Kind {
		case "AWS::IAM::ManagedPolicy":
			declared.Policies = append(declared.Policies, member.ID)
		case "AWS::IAM::InstanceProfile":
			declared.Profiles = append(declared.Profiles, member.ID)
		}
	}
	return declared
}

// Merge adds an earlier record of the same stack to this record. Some endpoints no longer list the
// resources that a deletion kept, and a deleted stack's template may be unreadable. A resource that
// only the earlier record contains, and that was in the stack at the time of that record, counts as
// deleted or kept at the time in "at".
func (r Record) Merge(earlier Record, at time.Time) Record {
	for _, member := range earlier.Members {
		i := slices.IndexFunc(r.Members, func(m Member) bool { return m.Resource == member.Resource })
		if i >= 0 {
			r.Members[i].merge(member)
			continue
		}
		if member.InStack() {
			member.Status, member.Changed = types.ResourceStatusDeleteComplete, at
			if member.Kept {
				member.Status = types.ResourceStatusDeleteSkipped
			}
		}
		member.stackDeleted = true
		r.Members = append(r.Members, member)
	}
	return r
}

// merge fills in missing fields of the member from an earlier record of the same resource.
func (m *Member) merge(earlier Member) {
	if m.keptUnknown && !earlier.keptUnknown {
		m.Kept, m.keptUnknown = earlier.Kept, false
	}
	if m.CreationBegun.IsZero() {
		m.CreationBegun = earlier.CreationBegun
	}
	m.existed = m.existed || earlier.existed
}

// mustBeComplete reports whether the stack's status implies that all resources in its template
// exist.
func mustBeComplete(stack *Stack) bool {
	return stack.Status == types.StackStatusCreateComplete || stack.Status == types.StackStatusUpdateComplete
}

// relistResources lists a stack's resources again until the list contains every resource in the
// template, because the list may lag behind a change. It stops after a few seconds.
func relistResources(ctx context.Context, cfg aws.Config, stackARN string, t template) (
	summaries []types.StackResourceSummary, err error) {
	for reads := 1; reads < maxStaleReads; reads++ {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(staleReadDelay):
		}
		if summaries, err = listResources(ctx, cfg, stackARN); err != nil || t.allListed(summaries) {
			break
		}
	}
	return summaries, err
}

// listResources lists a stack's resources, including deleted ones.
func listResources(ctx context.Context, cfg aws.Config, stackARN string) (all []types.StackResourceSummary, err error) {
	pages := cloudformation.NewListStackResourcesPaginator(cloudformation.NewFromConfig(cfg),
		&cloudformation.ListStackResourcesInput{StackName: &stackARN})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the resources of the stack %s: %w", stackARN, err)
		}
		all = append(all, page.StackResourceSummaries...)
	}
	return all, nil
}

// Events reads all events of a stack, oldest first. CloudFormation keeps events for 90 days:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html
func Events(ctx context.Context, cfg aws.Config, stackARN string) (events []types.StackEvent, err error) {
	pages := cloudformation.NewDescribeStackEventsPaginator(cloudformation.NewFromConfig(cfg),
		&cloudformation.DescribeStackEventsInput{StackName: &stackARN})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot read the events of the stack %s: %w", stackARN, err)
		}
		events = append(events, page.StackEvents...)
	}
	slices.Reverse(events)
	return events, nil
}
