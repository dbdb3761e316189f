package graph

import (
	"slices"
	"strings"
	"testing"
)

func TestTaskCall(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ resource, want string }{
		{`"arn:aws:states:::lambda:invoke"`, "Lambda: Invoke"},
		{`"arn:aws:states:::lambda:invoke.waitForTaskToken"`, "Lambda: Invoke (waits for a token)"},
		{`"arn:aws:states:::dynamodb:putItem"`, "DynamoDB: PutItem"},
		{`"arn:aws:states:::sns:publish"`, "SNS: Publish"},
		{`"arn:aws:states:::events:putEvents"`, "EventBridge: PutEvents"},
		{`"arn:aws:states:::http:invoke"`, "HTTP: Invoke"},
		{`"arn:aws:states:::states:startExecution.sync"`, "Step Functions: StartExecution (sync)"},
		{`"arn:aws:states:::states:startExecution.sync:2"`, "Step Functions: StartExecution (sync:2)"},
		{`"arn:aws:states:::emr-serverless:startJobRun.sync"`, "EMR Serverless: StartJobRun (sync)"},
		{`"arn:aws:states:::emr-containers:startJobRun"`, "EMR on EKS: StartJobRun"},
		{`"arn:aws:states:::elasticmapreduce:addStep.sync"`, "EMR: AddStep (sync)"},
		{`"arn:aws:states:::apigateway:invoke"`, "API Gateway: Invoke"},
		{`"arn:aws:states:::bedrock:invokeModel"`, "Bedrock: InvokeModel"},
		{`"arn:aws:states:::glue:startJobRun.sync"`, "Glue: StartJobRun (sync)"},
		{`"arn:aws:states:::databrew:startJobRun.sync"`, "Glue DataBrew: StartJobRun (sync)"},
		{`"arn:aws:states:::newservice:doIt"`, "Newservice: DoIt"},
		{`"arn:aws-cn:states:::sqs:sendMessage"`, "SQS: SendMessage"},
		{`"arn:aws-us-gov:states:::ecs:runTask.sync"`, "ECS: RunTask (sync)"},
		{`"arn:aws:states:::aws-sdk:s3:getObject"`, "S3: GetObject"},
		{`"arn:aws:states:::aws-sdk:sfn:startSyncExecution"`, "Step Functions: StartSyncExecution"},
		{`"arn:aws:states:::aws-sdk:cloudwatchlogs:putLogEvents"`, "CloudWatch Logs: PutLogEvents"},
		{`"arn:aws:states:::aws-sdk:route53:changeResourceRecordSets"`, "Route 53: ChangeResourceRecordSets"},
		{
			`"arn:aws:states:::aws-sdk:bedrockruntime:converse.waitForTaskToken"`,
			"Bedrock Runtime: Converse (waits for a token)",
		},
		{`"arn:aws:lambda:eu-central-1:123456789012:function:order-service"`, "Lambda: order-service"},
		{`"arn:aws:lambda:eu-central-1:123456789012:function:order-service:live"`, "Lambda: order-service:live"},
		{`"arn:aws:states:eu-central-1:123456789012:activity:Review"`, "Activity: Review"},
		{`"arn:aws:sns:eu-central-1:123456789012:topic"`, "topic"},
		{`"arn:aws:elasticfilesystem:eu-central-1:123456789012:new:thing"`, "thing"},
		{`"arn:aws:states:::"`, ""},
		{`"arn:aws:states:::x:"`, "x"},
		{`"arn:aws:states:::aws-sdk:s3"`, "Aws-sdk: S3"},
		{`"arn:aws:states:eu-central-1:123456789012:stateMachine:Nested"`, "Nested"},
		{`"${MockAPIFunctionArn}"`, "${MockAPIFunctionArn}"},
		{`"${self:functions.hello.arn}"`, "${self:functions.hello.arn}"},
		{`"{{resolve:ssm:/order/function}}"`, "{{resolve:ssm:/order/function}}"},
		{`"arn:${AWS::Partition}:states:::lambda:invoke"`, "Lambda: Invoke"},
		{`"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${F}"`, "Lambda: ${F}"},
		{`"arn:aws:lambda:#{AWS::Region}:<<account:id>>:function:${sls:stage}-x"`, "Lambda: ${sls:stage}-x"},
		{`"arn:aws:states:::${Service}:${Action}"`, "${Service}: ${Action}"},
		{`"arn:aws:states:::s3:${Action.name}.sync"`, "S3: ${Action.name} (sync)"},
		{`"arn:aws:states:::}:{"`, "}: {"},
		{`"order"`, "order"},
		{`""`, ""},
		{`null`, ""},
		{`{"Unknown": "object"}`, ""},
		{`"` + strings.Repeat("x", 200) + `"`, strings.Repeat("x", maxDetailLength-1) + "…"},
	} {
		resource, want := test.resource, test.want
		g := mustParse(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true, "Resource": `+resource+`}}}`)
		if want != "" {
			want = " · " + want
		}
		if got := g.States[0].Summary(); got != "Task"+want {
			t.Errorf("%s: got %q, want %q", resource, got, "Task"+want)
		}
	}
}

// TestServiceNames requires that each service is listed once, and only if capitalizing its ID does
// not give its name.
func TestServiceNames(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, name := range services {
		id := strings.ToLower(strings.ReplaceAll(name, " ", ""))
		if serviceName(id) != name || capitalize(id) == name || specialNames[id] != "" || slices.Contains(ids, id) {
			t.Errorf("the name %q is redundant, repeated or wrong: got %q for the ID %q", name, serviceName(id), id)
		}
		ids = append(ids, id)
	}
	if len(ids) < 100 {
		t.Errorf("got %d services, want at least 100", len(ids))
	}
}
