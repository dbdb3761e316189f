package resource

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"retrycatch/internal/deployment"
)

// Dashboard is the resource kind for CloudWatch dashboards. A dashboard's name is unique in the
// account.
const Dashboard Kind = "AWS::CloudWatch::Dashboard"

var dashboardRecord = record{
	kind:  Dashboard,
	title: "dashboard",
	ids: func(names deployment.Names, _ Location) []string {
		if names.Dashboard == "" {
			return nil
		}
		return []string{names.Dashboard}
	},
	list:          listDashboards,
	observe:       observeDashboard,
	remove:        removeDashboard,
	removeCommand: func(id string) string { return "aws cloudwatch delete-dashboards --dashboard-names " + id },
}

func listDashboards(ctx context.Context, cfg aws.Config) (ids []string, err error) {
	entries, err := dashboards(ctx, cfg, nil)
	for _, entry := range entries {
		ids = append(ids, aws.ToString(entry.DashboardName))
	}
	return ids, err
}

func dashboards(ctx context.Context, cfg aws.Config, prefix *string) (entries []types.DashboardEntry, err error) {
	pages := cloudwatch.NewListDashboardsPaginator(cloudWatch(cfg),
		&cloudwatch.ListDashboardsInput{DashboardNamePrefix: prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		if page.DashboardEntries == nil {
			return nil, missingList(opListDashboards)
		}
		entries = append(entries, page.DashboardEntries...)
	}
	return entries, nil
}

const opListDashboards = "cloudwatch:ListDashboards"

// observeDashboard searches the list of dashboards. GetDashboard does not report the last change,
// and its error for a missing dashboard differs between endpoints:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DashboardEntry.html
func observeDashboard(ctx context.Context, cfg aws.Config, id string) (Observation, error) {
	entries, err := dashboards(ctx, cfg, &id)
	if err != nil {
		return Observation{}, err
	}
	for _, entry := range entries {
		if aws.ToString(entry.DashboardName) == id {
			o := found(opListDashboards)
			o.Since = aws.ToTime(entry.LastModified)
			return o, nil
		}
	}
	return notInList(opListDashboards), nil
}

func removeDashboard(ctx context.Context, cfg aws.Config, id string) error {
	_, err := cloudWatch(cfg).DeleteDashboards(ctx, &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{id}})
	return err
}
