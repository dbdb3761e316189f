// The project's stack in plain JavaScript, straight on the CDK's own library: what synthesis costs without Go and jsii. Its
// template is that of the Go app, which the benchmark checks.
const { execFileSync } = require("node:child_process");
const { chmodSync, mkdtempSync, readFileSync, rmSync } = require("node:fs");
const { createRequire } = require("node:module");
const { tmpdir } = require("node:os");
const { join, resolve } = require("node:path");

const repository = resolve(__dirname, "..");
const library = createRequire(join(repository, "test", "package.json"));
const cdk = library("aws-cdk-lib");
const cloudwatch = library("aws-cdk-lib/aws-cloudwatch");
const iam = library("aws-cdk-lib/aws-iam");
const lambda = library("aws-cdk-lib/aws-lambda");
const logs = library("aws-cdk-lib/aws-logs");
const sfn = library("aws-cdk-lib/aws-stepfunctions");
const { Construct } = library("constructs");

const app = new cdk.App();
const folder = mkdtempSync(join(tmpdir(), "retrycatch-function-"));
try {
  buildFunction(folder);
  newStack(app, folder);
  app.synth();
} finally {
  rmSync(folder, { recursive: true });
}

function buildFunction(folder) {
  const bootstrap = join(folder, "bootstrap");
  execFileSync("go", ["build", "-tags=lambda.norpc", "-ldflags=-s -w -buildid=", "-o", bootstrap, "retrycatch/lambda/mockapi"], {
    cwd: repository,
    env: {
      ...process.env, GOFLAGS: "-trimpath -buildvcs=false", GOOS: "linux", GOARCH: "arm64", GOARM64: "v8.0", GOAMD64: "v1",
      CGO_ENABLED: "0", GOEXPERIMENT: ",", GOFIPS140: "off", GOWORK: "off",
    },
  });
  chmodSync(bootstrap, 0o755);
}

function newStack(scope, functionFolder) {
  const stack = new cdk.Stack(scope, "retrycatch", {
    stackName: "retrycatch",
    description: "A state machine that retries and catches the errors of an API, which a function mocks",
    tags: { Project: "retrycatch", Stack: "retrycatch" },
    terminationProtection: false,
  });

  const functionLogs = logGroup(stack, "FunctionLogs", "/aws/lambda/MockAPIFunction");
  const functionRole = newFunctionRole(stack, functionLogs);
  const mockAPI = new lambda.Function(stack, "Function", {
    functionName: "MockAPIFunction",
    description: "Plays an API: answers the status code it is asked for",
    runtime: lambda.Runtime.PROVIDED_AL2023,
    architecture: lambda.Architecture.ARM_64,
    handler: "bootstrap",
    code: lambda.Code.fromAsset(functionFolder),
    memorySize: 128,
    timeout: cdk.Duration.seconds(10),
    role: functionRole.withoutPolicyUpdates(),
    logGroup: functionLogs,
    loggingFormat: lambda.LoggingFormat.JSON,
    tracing: lambda.Tracing.ACTIVE,
  });
  acknowledgeDependsOn(mockAPI);

  const stateMachineLogs = logGroup(stack, "StateMachineLogs", "/aws/vendedlogs/states/MyAPIStateMachine");
  const stateMachineRole = newStateMachineRole(stack, mockAPI);
  const definition = readFileSync(join(repository, "statemachine", "definition.asl.json"), "utf8");
  const stateMachine = new sfn.StateMachine(stack, "StateMachine", {
    stateMachineName: "MyAPIStateMachine",
    stateMachineType: sfn.StateMachineType.STANDARD,
    definitionBody: sfn.DefinitionBody.fromString(cdk.Fn.sub(definition, { MockAPIFunctionArn: mockAPI.functionArn })),
    role: stateMachineRole.withoutPolicyUpdates(),
    logs: { destination: stateMachineLogs, level: sfn.LogLevel.ALL, includeExecutionData: true },
    tracingEnabled: true,
  });
  acknowledgeDependsOn(stateMachine);

  const output = (id, value) => new cdk.CfnOutput(stack, id, { value });
  output("StateMachineArn", stateMachine.stateMachineArn);
  output("FunctionArn", mockAPI.functionArn);
  output("FunctionRoleArn", functionRole.roleArn);
  output("StateMachineRoleArn", stateMachineRole.roleArn);
  const condition = (id, partition) => new cdk.CfnCondition(stack, id, {
    expression: cdk.Fn.conditionEquals(stack.partition, partition),
  }).logicalId;
  const elsewhere = cdk.Fn.conditionIf(condition("InGovCloud", "aws-us-gov"), "console.amazonaws-us-gov.com",
    "console.aws.amazon.com");
  const domain = cdk.Token.asString(cdk.Fn.conditionIf(condition("InChina", "aws-cn"), "console.amazonaws.cn", elsewhere));
  output("StateMachineConsole", cdk.Fn.sub(
    "https://${AWS::Region}.${Console}/states/home?region=${AWS::Region}#/statemachines/view/${Arn}",
    { Console: domain, Arn: stateMachine.stateMachineArn }));
  const dashboard = newObservability(stack, mockAPI, stateMachine);
  output("DashboardConsole", cdk.Fn.sub(
    "https://${AWS::Region}.${Console}/cloudwatch/home?region=${AWS::Region}#dashboards:name=${Name}",
    { Console: domain, Name: dashboard.dashboardName }));
}

function acknowledgeDependsOn(resource) {
  resource.node.defaultChild.addMetadata("cfn-lint", { config: { ignore_checks: ["W3005"] } });
}

function logGroup(scope, id, logGroupName) {
  return new logs.LogGroup(scope, id,
    { logGroupName, retention: logs.RetentionDays.ONE_WEEK, removalPolicy: cdk.RemovalPolicy.DESTROY });
}

function newFunctionRole(scope, functionLogs) {
  const role = new iam.Role(scope, "FunctionRole", {
    roleName: "lambda_basic_execution",
    description: "Lets the mock API write its log and its traces",
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: {
      logs: document(functionLogs.logGroupArn, "logs:CreateLogStream", "logs:PutLogEvents"),
      traces: document("*", "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    },
  });
  cdk.Tags.of(role).add("Region", cdk.Aws.REGION);
  acknowledgeWildcard(role, "X-Ray's actions know no resources: " +
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html");
  return role;
}

function newStateMachineRole(scope, mockAPI) {
  const role = new iam.Role(scope, "StateMachineRole", {
    roleName: "step_functions_basic_execution",
    description: "Lets the state machine call the mock API and deliver its log and its traces",
    assumedBy: new iam.ServicePrincipal("states.amazonaws.com", {
      conditions: {
        ArnLike: { "aws:SourceArn": cdk.Fn.sub("arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:*") },
        StringEquals: { "aws:SourceAccount": cdk.Aws.ACCOUNT_ID },
      },
    }),
    inlinePolicies: {
      function: document(mockAPI.functionArn, "lambda:InvokeFunction"),
      logs: document("*",
        "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
      traces: document("*",
        "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"),
    },
  });
  cdk.Tags.of(role).add("Region", cdk.Aws.REGION);
  acknowledgeWildcard(role, "The delivery of logs and X-Ray know no resources: " +
    "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html and https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html");
  return role;
}

function acknowledgeWildcard(role, reason) {
  cdk.Validations.of(role).acknowledge({ id: "AwsSolutions-IAM5[Resource::*]", reason });
}

function document(resource, ...actions) {
  return new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions, resources: [resource] })] });
}

function newObservability(scope, mockAPI, stateMachine) {
  const observability = new Construct(scope, "Observability");
  const sum = { statistic: "Sum", period: cdk.Duration.minutes(5) };
  const alarms = [
    ["ExecutionsFailed", "executions-failed",
      "An execution failed: the API was unavailable or answered something unknown", stateMachine.metricFailed(sum)],
    ["ExecutionsTimedOut", "executions-timed-out",
      "An execution took longer than its definition allows", stateMachine.metricTimedOut(sum)],
    ["ExecutionsThrottled", "executions-throttled",
      "Step Functions throttled state transitions: the account's quota is used up", stateMachine.metricThrottled(sum)],
    ["FunctionErrors", "function-errors",
      "The function answered with an error, which the state machine may have retried or caught", mockAPI.metricErrors(sum)],
    ["FunctionThrottles", "function-throttles",
      "Lambda throttled the function: the account's concurrency is used up", mockAPI.metricThrottles(sum)],
  ].map(([id, watches, alarmDescription, metric]) => new cloudwatch.Alarm(observability, id, {
    alarmName: `retrycatch-${watches}`,
    alarmDescription,
    metric,
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  }));

  const graph = (title, ...left) => new cloudwatch.GraphWidget({ title, width: 12, left });
  const percentile = (statistic) => ({ statistic, label: statistic });
  return new cloudwatch.Dashboard(observability, "Dashboard", {
    dashboardName: "retrycatch",
    widgets: [
      [new cloudwatch.AlarmStatusWidget({ title: "Alarms", width: 24, alarms })],
      [
        graph("Executions", stateMachine.metricStarted(sum), stateMachine.metricSucceeded(sum), stateMachine.metricFailed(sum),
          stateMachine.metricTimedOut(sum), stateMachine.metricAborted(sum), stateMachine.metricThrottled(sum)),
        graph("Duration of executions", stateMachine.metricTime(percentile("p50")), stateMachine.metricTime(percentile("p99"))),
      ],
      [
        graph("Function", mockAPI.metricInvocations(sum), mockAPI.metricErrors(sum), mockAPI.metricThrottles(sum)),
        graph("Duration of the function", mockAPI.metricDuration(percentile("p50")), mockAPI.metricDuration(percentile("p99"))),
      ],
      [new cloudwatch.LogQueryWidget({
        title: "Failed calls of the API",
        width: 24,
        logGroupNames: ["/aws/lambda/MockAPIFunction"],
        queryLines: ["fields @timestamp, errorType, statuscode, traceId, requestId",
          "filter level = \"ERROR\"", "sort @timestamp desc", "limit 50"],
      })],
    ],
  });
}
