// Package session opens the access to AWS that every command works through: the configuration of the SDK, checked, and
// whose account it reaches.
package session

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"retrycatch/internal/problem"
)

// Options are what the user may choose instead of the environment's own settings. Empty means the environment's.
type Options struct {
	Profile string
	Region  string
}

// Session is working access to one account in one region.
type Session struct {
	Config  aws.Config
	Account string // its number
	Caller  string // the ARN of who we are there
}

// Region is the region that the session works in.
func (s *Session) Region() string { return s.Config.Region }

// Open reads the settings as every AWS SDK does and asks sts:GetCallerIdentity, which needs no permission, whether they
// work. The error joins every *problem.Problem found.
func Open(ctx context.Context, o Options) (*Session, error) {
	// What the SDK would write to standard error by itself, it returns as an error as well.
	loaders := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})}
	if o.Profile != "" {
		loaders = append(loaders, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Region != "" {
		loaders = append(loaders, config.WithRegion(o.Region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, loaders...)
	if missing := (config.SharedConfigProfileNotExistError{}); errors.As(err, &missing) {
		return nil, &problem.Problem{What: "there is no profile " + missing.Profile,
			Next: "name one that `aws configure list-profiles` shows, with --profile or AWS_PROFILE", Err: err}
	}
	if err != nil {
		return nil, &problem.Problem{What: "the AWS settings cannot be read", Next: "correct them: `aws configure list` shows where they come from", Err: err}
	}
	cfg.HTTPClient = pooled(cfg.HTTPClient, answerLimit)
	if cfg.Credentials != nil {
		cfg.Credentials = source{cfg.Credentials}
	}
	cfg.APIOptions = append(cfg.APIOptions, RequireReadable)
	session, err := Check(ctx, cfg)
	if err != nil {
		return nil, err
	}
	session.Config.Retryer = patient(cfg.RetryMaxAttempts)
	return session, nil
}

// connections is how many there are to one host at the same time, however much goes on.
const connections = 64

// answerLimit is how long a call waits for its answer to begin. The SDK has no such limit, so one
// lost answer would hang a command forever. A call that has waited this long is retried.
const answerLimit = time.Minute

// pooled returns a client that every SDK client made of one configuration shares: by default each
// has connections of its own.
func pooled(client aws.HTTPClient, limit time.Duration) aws.HTTPClient {
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	buildable, ok := client.(*awshttp.BuildableClient)
	if !ok {
		return client
	}
	return buildable.WithTransportOptions(func(t *http.Transport) {
		t.MaxConnsPerHost, t.MaxIdleConnsPerHost = connections, connections
		t.ResponseHeaderTimeout = limit
	}).Freeze()
}

// patient tries again as the SDK does by itself, but for as long as an endpoint may be away for a moment, or throttle one
// call of three: the SDK's three attempts end after a second or two. It does so once the endpoint has answered, so that a
// wrong one is reported soon. Settings of the user's own count: AWS_MAX_ATTEMPTS, or max_attempts.
func patient(attempts int) func() aws.Retryer {
	if attempts == 0 {
		attempts = 12
	}
	return func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = attempts
			o.RateLimiter = ratelimit.None // it gives up for all calls when some have failed
		})
	}
}

// Check finds out whether a configuration works.
func Check(ctx context.Context, cfg aws.Config) (*Session, error) {
	var problems []error
	if cfg.Region == "" {
		problems = append(problems, &problem.Problem{What: "no region is set",
			Next: "name one with --region or AWS_REGION, for example AWS_REGION=eu-central-1"})
	}
	_, err := retrieve(ctx, cfg)
	if ctx.Err() != nil {
		return nil, ctx.Err() // an interrupt says nothing about the credentials
	}
	if err != nil {
		problems = append(problems, &problem.Problem{What: "there are no usable AWS credentials",
			Next: "log in with `aws login` or `aws sso login`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; " +
				"without an account, make demo shows everything on a local AWS", Err: err})
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, Explain(err)
	}
	return &Session{Config: cfg, Account: aws.ToString(identity.Account), Caller: aws.ToString(identity.Arn)}, nil
}

func retrieve(ctx context.Context, cfg aws.Config) (aws.Credentials, error) {
	if cfg.Credentials == nil {
		return aws.Credentials{}, errors.New("the settings name no source of credentials")
	}
	return cfg.Credentials.Retrieve(ctx)
}
