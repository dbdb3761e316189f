package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"retrycatch/internal/deployment"
)

// newObservability adds an alarm for each kind of failure, and a dashboard. If email is not empty,
// it also adds a topic that sends the alarms to this address. It returns the dashboard.
func newObservability(
	scope constructs.Construct,
	names deployment.Names,
	email string,
	function awslambda.Function,
	stateMachine awsstepfunctions.StateMachine,
) awscloudwatch.Dashboard {
	observability := constructs.NewConstruct(scope, jsii.String("Observability"))
	var topic awssns.ITopic
	if email != "" {
		topic = newAlarmTopic(observability, names.AlarmTopic, email)
	}
	alarms := newAlarms(observability, names, topic, function, stateMachine)
	return newDashboard(observability, names, alarms, function, stateMachine)
}

// alarmSpec describes one alarm. id is the ID of its construct.
type alarmSpec struct {
	id, name, description string
	metric                awscloudwatch.Metric
}

// newAlarms adds the alarms. They notify the topic, unless it is nil.
func newAlarms(
	scope constructs.Construct,
	names deployment.Names,
	topic awssns.ITopic,
	function awslambda.Function,
	stateMachine awsstepfunctions.StateMachine,
) []interfacesawscloudwatch.IAlarmRef {
	var alarms []interfacesawscloudwatch.IAlarmRef
	for _, spec := range []alarmSpec{
		{
			"ExecutionsFailed", names.Alarms[deployment.AlarmExecutionsFailed],
			"An execution failed: the API was unavailable or returned an unknown status",
			stateMachine.MetricFailed(sum()),
		},
		{
			"ExecutionsTimedOut", names.Alarms[deployment.AlarmExecutionsTimedOut],
			"An execution exceeded the timeout in its definition",
			stateMachine.MetricTimedOut(sum()),
		},
		{
			"ExecutionsThrottled", names.Alarms[deployment.AlarmExecutionsThrottled],
			"Step Functions throttled state transitions: the account exceeded its quota",
			stateMachine.MetricThrottled(sum()),
		},
		{
			"FunctionErrors", names.Alarms[deployment.AlarmFunctionErrors],
			"The function returned an error, which the state machine may have retried or caught",
			function.MetricErrors(sum()),
		},
		{
			"FunctionThrottles", names.Alarms[deployment.AlarmFunctionThrottles],
			"Lambda throttled the function: no concurrency was available",
			function.MetricThrottles(sum()),
		},
	} {
		alarms = append(alarms, newAlarm(scope, spec, topic))
	}
	return alarms
}

// newAlarm adds an alarm that goes off if its metric reaches 1 in one period.
func newAlarm(scope constructs.Construct, spec alarmSpec, topic awssns.ITopic) awscloudwatch.Alarm {
	alarm := awscloudwatch.NewAlarm(scope, &spec.id, &awscloudwatch.AlarmProps{
		AlarmName:          &spec.name,
		AlarmDescription:   &spec.description,
		Metric:             spec.metric,
		Threshold:          jsii.Number(1),
		EvaluationPeriods:  jsii.Number(1),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		// These metrics have no data while nothing runs.
		TreatMissingData: awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
	if topic != nil {
		alarm.AddAlarmAction(awscloudwatchactions.NewSnsAction(topic))
	}
	return alarm
}

// newAlarmTopic adds a topic with an email subscription. Only the alarms of this account may
// publish to it, and only over TLS.
func newAlarmTopic(scope constructs.Construct, name, email string) awssns.Topic {
	topic := awssns.NewTopic(scope, jsii.String("AlarmTopic"), &awssns.TopicProps{
		TopicName:   &name,
		DisplayName: &name,
		EnforceSSL:  jsii.Bool(true),
	})
	// EnforceSSL adds a topic policy. It replaces SNS's default policy, which would let the whole
	// account publish. So the alarms need a statement of their own:
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AllowAlarmsOfThisAccount"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{
			"ArnLike": map[string]any{"aws:SourceArn": awscdk.Fn_Sub(
				jsii.String("arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"), nil)},
			"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()},
		},
	}))
	awssns.NewSubscription(scope, jsii.String("AlarmEmail"), &awssns.SubscriptionProps{
		Topic:    topic,
		Protocol: awssns.SubscriptionProtocol_EMAIL,
		Endpoint: &email,
	})
	return topic
}

// newDashboard adds a dashboard with the alarms, graphs of executions and invocations, and the
// latest failed calls from the function's log.
func newDashboard(
	scope constructs.Construct,
	names deployment.Names,
	alarms []interfacesawscloudwatch.IAlarmRef,
	function awslambda.Function,
	stateMachine awsstepfunctions.StateMachine,
) awscloudwatch.Dashboard {
	const half, full = 12, 24 // columns
	graph := func(title string, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
		return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
			Title: &title,
			Width: jsii.Number(half),
			Left:  &metrics,
		})
	}
	percentile := func(statistic string) *awscloudwatch.MetricOptions {
		return &awscloudwatch.MetricOptions{Statistic: &statistic, Label: &statistic}
	}
	return awscloudwatch.NewDashboard(scope, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: &names.Dashboard,
		Widgets: &[]*[]awscloudwatch.IWidget{
			{awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
				Title:  jsii.String("Alarms"),
				Width:  jsii.Number(full),
				Alarms: &alarms,
			})},
			{
				graph("Executions",
					stateMachine.MetricStarted(sum()),
					stateMachine.MetricSucceeded(sum()),
					stateMachine.MetricFailed(sum()),
					stateMachine.MetricTimedOut(sum()),
					stateMachine.MetricAborted(sum()),
					stateMachine.MetricThrottled(sum())),
				graph("Duration of executions",
					stateMachine.MetricTime(percentile("p50")),
					stateMachine.MetricTime(percentile("p99"))),
			},
			{
				graph("Function",
					function.MetricInvocations(sum()),
					function.MetricErrors(sum()),
					function.MetricThrottles(sum())),
				graph("Duration of the function",
					function.MetricDuration(percentile("p50")),
					function.MetricDuration(percentile("p99"))),
			},
			{newFailedCalls(names, full)},
		},
	})
}

// newFailedCalls returns a widget with the latest failed calls in the function's log.
func newFailedCalls(names deployment.Names, width float64) awscloudwatch.IWidget {
	return awscloudwatch.NewLogQueryWidget(&awscloudwatch.LogQueryWidgetProps{
		Title:         jsii.String("Failed API calls"),
		Width:         jsii.Number(width),
		LogGroupNames: jsii.Strings(names.FunctionLogs),
		QueryLines: jsii.Strings("fields @timestamp, errorType, statuscode, traceId, requestId",
			`filter level = "ERROR"`, "sort @timestamp desc", "limit 50"),
	})
}

// sum returns the options for the sum of a metric. Alarms and graphs use the same period.
func sum() *awscloudwatch.MetricOptions {
	return &awscloudwatch.MetricOptions{
		Statistic: jsii.String("Sum"),
		Period:    awscdk.Duration_Minutes(jsii.Number(deployment.AlarmPeriod.Minutes())),
	}
}
