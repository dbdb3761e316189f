package resource

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"retrycatch/internal/deployment"
)

// Function is the resource kind for Lambda functions.
const Function Kind = "AWS::Lambda::Function"

var functionRecord = record{
	kind:          Function,
	title:         "Lambda function",
	ids:           func(names deployment.Names, _ Location) []string { return []string{names.Function} },
	list:          listFunctions,
	observe:       observeFunction,
	remove:        removeFunction,
	removeCommand: func(id string) string { return "aws lambda delete-function --function-name " + id },
}

func listFunctions(ctx context.Context, cfg aws.Config) (ids []string, err error) {
	pages := lambda.NewListFunctionsPaginator(lambda.NewFromConfig(cfg), &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, function := range page.Functions {
			ids = append(ids, aws.ToString(function.FunctionName))
		}
	}
	return ids, nil
}

// lastModifiedLayout is the format of a function's LastModified:
// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
const lastModifiedLayout = "2006-01-02T15:04:05.999-0700"

// observeFunction sets Since to the time of the last change, because Lambda does not report the
// creation time.
func observeFunction(ctx context.Context, cfg aws.Config, id string) (Observation, error) {
	const operation = "lambda:GetFunctionConfiguration"
	out, err := lambda.NewFromConfig(cfg).GetFunctionConfiguration(ctx,
		&lambda.GetFunctionConfigurationInput{FunctionName: &id})
	if err != nil {
		return absentIf(operation, codeResourceNotFound, err)
	}
	if aws.ToString(out.FunctionName) != id {
		return Observation{}, missingResource(operation)
	}
	o := found(operation)
	o.State = string(out.State)
	o.Since, _ = time.Parse(lastModifiedLayout, aws.ToString(out.LastModified)) // zero if unknown
	return o, nil
}

func removeFunction(ctx context.Context, cfg aws.Config, id string) error {
	_, err := lambda.NewFromConfig(cfg).DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &id})
	return err
}
