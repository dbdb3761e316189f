package inventory

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

var zip = resource.Resource{Kind: resource.Asset, ID: "bucket/code.zip"}

// reads calls each function that reads stacks or their files. The returned error also contains the
// TemplateErr of each record.
var reads = map[string]func(context.Context, aws.Config, *Stack) error{
	"CurrentStack": func(ctx context.Context, cfg aws.Config, stack *Stack) error {
		_, err := CurrentStack(ctx, cfg, stack.Name)
		return err
	},
	"CurrentStack, no stack": func(ctx context.Context, cfg aws.Config, _ *Stack) error {
		_, err := CurrentStack(ctx, cfg, "none")
		return err
	},
	"ReadHistories": func(ctx context.Context, cfg aws.Config, stack *Stack) error {
		records, err := ReadHistories(ctx, cfg, stack.Name, stack)
		for _, record := range records {
			err = errors.Join(err, record.TemplateErr)
		}
		return err
	},
	"ReadRecord": func(ctx context.Context, cfg aws.Config, stack *Stack) error {
		record, err := ReadRecord(ctx, cfg, stack)
		return errors.Join(err, record.TemplateErr)
	},
	"PendingAssets": func(ctx context.Context, cfg aws.Config, stack *Stack) error {
		_, err := PendingAssets(ctx, cfg, stack)
		return err
	},
	"EarlierAssets": func(ctx context.Context, cfg aws.Config, stack *Stack) error {
		_, err := EarlierAssets(ctx, cfg, stack.ARN, "MockAPIFunction", []resource.Resource{zip})
		return err
	},
	"AssetUsers": func(ctx context.Context, cfg aws.Config, _ *Stack) error {
		_, err := AssetUsers(ctx, cfg, []resource.Resource{zip})
		return err
	},
	"MarkEvents": func(ctx context.Context, cfg aws.Config, stack *Stack) error {
		_, err := MarkEvents(ctx, cfg, stack.Name)
		return err
	},
	"AwaitDeployment": func(ctx context.Context, cfg aws.Config, stack *Stack) error {
		_, err := AwaitDeployment(ctx, cfg, stack.Name, Mark(""))
		return err
	},
}

// accountWithStacks returns an account with an existing stack and a deleted stack of the same name.
// The existing stack's template has a resource that the resource list lacks, so ReadRecord takes
// the list for stale.
func accountWithStacks(t *testing.T) (*accountstub.Account, *Stack) {
	a := accountstub.New(t)
	anHourAgo := time.Now().Add(-time.Hour)
	deletedStack := a.Deploy("retrycatch", anHourAgo.Add(-time.Hour), role)
	deletedStack.AddEvent(anHourAgo.Add(-time.Minute), role, "DELETE_COMPLETE")
	deletedStack.AddEvent(anHourAgo.Add(-time.Minute), resource.Resource{}, "DELETE_COMPLETE")
	s := a.Deploy("retrycatch", anHourAgo, role, group)
	s.Template = `{"Resources": {"Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": ` +
		`"MockAPIFunction", "Code": {"S3Bucket": "bucket", "S3Key": "code.zip"}}}}}`
	s.ChangeSets = map[string]string{"set": s.Template}
	a.Add(zip, accountstub.Instance{Created: anHourAgo})
	a.Add(resource.Resource{Kind: resource.Asset, ID: "bucket/template.json"},
		accountstub.Instance{Created: anHourAgo, Body: s.Template})
	stack, err := FindStack(t.Context(), a.Config(), "retrycatch")
	if err != nil {
		t.Fatal(err)
	}
	a.StaleDuration = 2 * time.Second
	return a, stack
}

func TestFailures(t *testing.T) {
	t.Parallel()
	errBroken := errors.New("broken connection")
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n, hasCall := 1, true; hasCall; n++ {
				synctest.Test(t, func(t *testing.T) {
					a, stack := accountWithStacks(t)
					cfg, isReached := awsstub.FailNthCall(a.Config(), n, func() error { return errBroken })
					err := read(t.Context(), cfg, stack)
					want := error(nil)
					if hasCall = isReached(); hasCall {
						want = errBroken
					}
					if !errors.Is(err, want) {
						t.Errorf("failure of call %d (made: %t): got error %v, want %v; the calls: %v",
							n, hasCall, err, want, a.CalledOperations())
					}
				})
			}
		})
	}
}

func TestInterrupts(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n, hasCall := 1, true; hasCall; n++ {
				synctest.Test(t, func(t *testing.T) {
					a, stack := accountWithStacks(t)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					cfg, isReached := awsstub.FailNthCall(a.Config(), n, func() error { cancel(); return nil })
					err := read(ctx, cfg, stack)
					want := error(nil)
					if hasCall = isReached(); hasCall {
						want = context.Canceled
					}
					if !errors.Is(err, want) {
						t.Errorf("interrupt in call %d (made: %t): got error %v, want %v; the calls: %v",
							n, hasCall, err, want, a.CalledOperations())
					}
				})
			}
		})
	}
}

// TestInterruptedWait ends the context while ListStackResources or DescribeStacks returns stale
// data.
func TestInterruptedWait(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*accountstub.Account){
		"ReadRecord":   func(*accountstub.Account) {},
		"CurrentStack": func(a *accountstub.Account) { a.On(describeStacks, awsstub.NoStack()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, stack := accountWithStacks(t)
				prepare(a)
				ctx, cancel := context.WithTimeout(t.Context(), staleReadDelay/2)
				defer cancel()
				if err := reads[name](ctx, a.Config(), stack); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got error %v, want %v; the calls: %v", err, context.DeadlineExceeded, a.CalledOperations())
				}
			})
		})
	}
}
