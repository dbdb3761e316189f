package resource

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"

	"retrycatch/internal/deployment"
)

// Alarm is the resource kind for CloudWatch metric alarms.
const Alarm Kind = "AWS::CloudWatch::Alarm"

var alarmRecord = record{
	kind:  Alarm,
	title: "alarm",
	ids: func(names deployment.Names, _ Location) (ids []string) {
		for _, key := range slices.Sorted(maps.Keys(names.Alarms)) {
			ids = append(ids, names.Alarms[key])
		}
		return ids
	},
	list:          listAlarms,
	observe:       observeAlarm,
	remove:        removeAlarm,
	removeCommand: func(id string) string { return "aws cloudwatch delete-alarms --alarm-names " + id },
}

// cloudWatch returns a client that uses the oldest protocol of CloudWatch, because some local
// servers do not support the newest.
func cloudWatch(cfg aws.Config) *cloudwatch.Client {
	return cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
		o.Protocol = awsquery.New(schemas.GraniteServiceVersion20100801)
	})
}

func listAlarms(ctx context.Context, cfg aws.Config) (ids []string, err error) {
	pages := cloudwatch.NewDescribeAlarmsPaginator(cloudWatch(cfg), &cloudwatch.DescribeAlarmsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, alarm := range page.MetricAlarms {
			ids = append(ids, aws.ToString(alarm.AlarmName))
		}
	}
	return ids, nil
}

// observeAlarm looks up the alarm with this name. It sets Since to the time of the last change,
// because CloudWatch does not report the creation time:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
func observeAlarm(ctx context.Context, cfg aws.Config, id string) (Observation, error) {
	const operation = "cloudwatch:DescribeAlarms"
	out, err := cloudWatch(cfg).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{id}})
	if err != nil {
		return Observation{}, err
	}
	if out.MetricAlarms == nil {
		return Observation{}, missingList(operation)
	}
	for _, alarm := range out.MetricAlarms {
		if aws.ToString(alarm.AlarmName) == id {
			o := found(operation)
			o.State, o.Since = string(alarm.StateValue), aws.ToTime(alarm.AlarmConfigurationUpdatedTimestamp)
			return o, nil
		}
	}
	return notInList(operation), nil
}

func removeAlarm(ctx context.Context, cfg aws.Config, id string) error {
	_, err := cloudWatch(cfg).DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{id}})
	return err
}
