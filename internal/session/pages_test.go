package session

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/problem"
	"retrycatch/test/faults"
)

// paginated holds the inputs and outputs of the project's paginated calls.
var paginated = map[string]struct{ input, output any }{
	"cloudformation.DescribeStackEvents": {cloudformation.DescribeStackEventsInput{},
		cloudformation.DescribeStackEventsOutput{}},
	"cloudformation.ListChangeSets": {cloudformation.ListChangeSetsInput{}, cloudformation.ListChangeSetsOutput{}},
	"cloudformation.ListStackResources": {cloudformation.ListStackResourcesInput{},
		cloudformation.ListStackResourcesOutput{}},
	"cloudformation.ListStacks": {cloudformation.ListStacksInput{}, cloudformation.ListStacksOutput{}},
	"cloudwatch.DescribeAlarms": {cloudwatch.DescribeAlarmsInput{}, cloudwatch.DescribeAlarmsOutput{}},
	"cloudwatch.ListDashboards": {cloudwatch.ListDashboardsInput{}, cloudwatch.ListDashboardsOutput{}},
	"cloudwatchlogs.DescribeLogGroups": {cloudwatchlogs.DescribeLogGroupsInput{},
		cloudwatchlogs.DescribeLogGroupsOutput{}},
	"cloudwatchlogs.DescribeResourcePolicies": {cloudwatchlogs.DescribeResourcePoliciesInput{},
		cloudwatchlogs.DescribeResourcePoliciesOutput{}},
	"cloudwatchlogs.FilterLogEvents": {cloudwatchlogs.FilterLogEventsInput{}, cloudwatchlogs.FilterLogEventsOutput{}},
	"eventbridge.ListRuleNamesByTarget": {eventbridge.ListRuleNamesByTargetInput{},
		eventbridge.ListRuleNamesByTargetOutput{}},
	"iam.ListAttachedRolePolicies": {iam.ListAttachedRolePoliciesInput{}, iam.ListAttachedRolePoliciesOutput{}},
	"iam.ListInstanceProfilesForRole": {iam.ListInstanceProfilesForRoleInput{},
		iam.ListInstanceProfilesForRoleOutput{}},
	"iam.ListRolePolicies":           {iam.ListRolePoliciesInput{}, iam.ListRolePoliciesOutput{}},
	"iam.ListRoles":                  {iam.ListRolesInput{}, iam.ListRolesOutput{}},
	"lambda.ListEventSourceMappings": {lambda.ListEventSourceMappingsInput{}, lambda.ListEventSourceMappingsOutput{}},
	"lambda.ListFunctions":           {lambda.ListFunctionsInput{}, lambda.ListFunctionsOutput{}},
	"s3.ListObjectVersions":          {s3.ListObjectVersionsInput{}, s3.ListObjectVersionsOutput{}},
	"sfn.GetExecutionHistory":        {sfn.GetExecutionHistoryInput{}, sfn.GetExecutionHistoryOutput{}},
	"sfn.ListExecutions":             {sfn.ListExecutionsInput{}, sfn.ListExecutionsOutput{}},
	"sfn.ListStateMachines":          {sfn.ListStateMachinesInput{}, sfn.ListStateMachinesOutput{}},
	"sns.ListSubscriptions":          {sns.ListSubscriptionsInput{}, sns.ListSubscriptionsOutput{}},
	"ssm.GetParametersByPath":        {ssm.GetParametersByPathInput{}, ssm.GetParametersByPathOutput{}},
	"sns.ListTopics":                 {sns.ListTopicsInput{}, sns.ListTopicsOutput{}},
}

// TestPaginatedCalls checks that the map "paginated" contains every paginated call in the code.
func TestPaginatedCalls(t *testing.T) {
	t.Parallel()
	paginator := regexp.MustCompile(`\b([a-z0-9]+)\.New([A-Za-z0-9]+)Paginator\(`)
	byHand := regexp.MustCompile(`\b([a-z0-9]+)\.([A-Za-z0-9]+)Input\{[^}]*(?:NextToken|Marker|ContinuationToken):`)
	used := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, pattern := range []*regexp.Regexp{paginator, byHand} {
			for _, found := range pattern.FindAllSubmatch(text, -1) {
				used[string(found[1])+"."+string(found[2])] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !used["eventbridge.ListRuleNamesByTarget"] || !used["iam.ListRoles"] {
		t.Errorf("got the calls %q, want eventbridge.ListRuleNamesByTarget and iam.ListRoles too",
			slices.Sorted(maps.Keys(used)))
	}
	for name := range used {
		if _, known := paginated[name]; !known {
			t.Errorf("paginated lacks the call %s", name)
		}
	}
}

// setToken sets the token for the next page in an output. If the token is empty, the output is the
// last page.
func setToken(output reflect.Value, fields []string, token string) {
	for _, field := range fields {
		output.FieldByName(field).Set(reflect.ValueOf(&token))
	}
	if field := output.FieldByName("IsTruncated"); field.IsValid() {
		truncated := token != ""
		if field.Kind() == reflect.Bool {
			field.SetBool(truncated)
		} else {
			field.Set(reflect.ValueOf(&truncated))
		}
	}
}

func TestCheckPage(t *testing.T) {
	t.Parallel()
	for name, call := range paginated {
		service, operation, _ := strings.Cut(name, ".")
		serviceID := map[string]string{"s3": "S3"}[service]
		for kind, test := range map[string]struct {
			tokens []string // for the next page, in each output
			want   string
		}{
			"complete list":  {[]string{"a", "b", "c", ""}, ""},
			"repeated token": {[]string{"a", "a"}, "has the same token on page 2 as on an earlier page"},
			"cycle":          {[]string{"a", "b", "a"}, "has the same token on page 3 as on an earlier page"},
			"too many pages": {[]string{"a", "b", "c", "d", "e"}, "has more than 5 pages"},
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				l := NewLimits(testTimeout, nil)
				l.maxPages = 5
				input := reflect.New(reflect.TypeOf(call.input))
				var err error
				for i, token := range test.tokens {
					if err != nil {
						t.Fatalf("page %d: got the error %v", i, err)
					}
					output := reflect.New(reflect.TypeOf(call.output))
					for _, fields := range tokenFields {
						if hasToken(input.Elem(), fields.in) && hasToken(output.Elem(), fields.out) {
							setToken(output.Elem(), fields.out, token)
							err = l.checkPage(serviceID, operation, input.Interface(), output.Interface())
							for k := range fields.in { // as the SDK's paginators do
								input.Elem().FieldByName(fields.in[k]).Set(output.Elem().FieldByName(fields.out[k]))
							}
							break
						}
					}
				}
				incomplete := (*IncompleteListError)(nil)
				if errors.As(err, &incomplete) != (test.want != "") ||
					incomplete != nil && incomplete.Reason != test.want {
					t.Errorf("got the error %v, want %q", err, test.want)
				}
				if test.want == "" && len(l.lists) > 0 {
					t.Errorf("got %d unfinished lists, want none", len(l.lists))
				}
			})
		}
	}
}

// Without a check, a truncated page without a token would look like the last page.
func TestTruncatedPage(t *testing.T) {
	t.Parallel()
	l := NewLimits(testTimeout, nil)
	for _, page := range []struct{ input, output any }{
		{&iam.ListRolesInput{}, &iam.ListRolesOutput{IsTruncated: true}},
		{&s3.ListObjectVersionsInput{}, &s3.ListObjectVersionsOutput{IsTruncated: aws.Bool(true)}},
	} {
		if err := l.checkPage("S3", "ListObjectVersions", page.input, page.output); err == nil {
			t.Errorf("%T: got no error", page.output)
		}
	}
}

// Concurrent lists of the same operation may have equal tokens.
func TestConcurrentLists(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On("CloudWatch Logs.DescribeLogGroups", awsstub.LogGroups("a", "1"),
		awsstub.LogGroups("a", "1"),
		awsstub.LogGroups("b", "2"), awsstub.LogGroups("b", "2"), awsstub.LogGroups("", "3"))
	cfg := stub.Config()
	cfg.APIOptions = append(cfg.APIOptions, NewLimits(testTimeout, nil).Options()...)
	client := cloudwatchlogs.NewFromConfig(cfg)
	lists := []*cloudwatchlogs.DescribeLogGroupsPaginator{cloudwatchlogs.NewDescribeLogGroupsPaginator(client, nil),
		cloudwatchlogs.NewDescribeLogGroupsPaginator(client, nil)}
	for page := range 3 {
		for _, list := range lists {
			if _, err := list.NextPage(t.Context()); err != nil {
				t.Errorf("page %d: %v", page+1, err)
			}
		}
	}
}

func TestIncompleteList(t *testing.T) {
	t.Parallel()
	for action, list := range map[string]func(context.Context, aws.Config) error{
		"states:ListExecutions": func(ctx context.Context, cfg aws.Config) error {
			return readPages(ctx, sfn.NewListExecutionsPaginator(sfn.NewFromConfig(cfg), nil))
		},
		"iam:ListRoles": func(ctx context.Context, cfg aws.Config) error {
			return readPages(ctx, iam.NewListRolesPaginator(iam.NewFromConfig(cfg), nil))
		},
		"s3:ListBucketVersions": func(ctx context.Context, cfg aws.Config) error {
			client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
			return readPages(ctx, s3.NewListObjectVersionsPaginator(client,
				&s3.ListObjectVersionsInput{Bucket: aws.String("b")}))
		},
	} {
		operation := action
		if action == "s3:ListBucketVersions" {
			operation = "s3:ListObjectVersions"
		}
		for kind, test := range map[string]struct {
			sameToken bool // on every page
			calls     int
			want      string
		}{
			"same token": {true, 2, "has the same token on page 2 as on an earlier page"},
			"new tokens": {false, 5, "has more than 5 pages"},
		} {
			t.Run(action+"/"+kind, func(t *testing.T) {
				t.Parallel()
				proxy := faults.Start(t, startEmptyAWS(t),
					faults.Options{Behaviors: []faults.Behavior{faults.EndlessPages(operation, test.sameToken)}})
				c := newLimitedConfig(t, proxy.URL, 0)
				c.limits.maxPages = 5
				err := list(t.Context(), c.Config)
				p := (*problem.Problem)(nil)
				if !errors.As(Explain(err), &p) || p.Error() != "a list is incomplete: the list of "+action+" "+test.want {
					t.Errorf("got the error %v, want %q", err, test.want)
				}
				if n := callsReceived(proxy, operation); n != test.calls {
					t.Errorf("got %d calls, want %d", n, test.calls)
				}
			})
		}
	}
}

// paginator is implemented by the SDK's paginators.
type paginator[O, P any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*O)) (*P, error)
}

func readPages[O, P any](ctx context.Context, list paginator[O, P]) error {
	for n := 0; list.HasMorePages(); n++ {
		if n > 100 {
			return errors.New("got more than 100 pages")
		}
		if _, err := list.NextPage(ctx); err != nil {
			return err
		}
	}
	return nil
}
