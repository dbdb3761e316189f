//go:build smoke

package aws

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/cdk"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// suite is the state of one run.
type suite struct {
	repository, program string
	folder              string // temporary folder of the run
	regions             [2]string
	sessions            map[string]*session.Session // by region
	rounds              int
	local               bool                         // the endpoint is on this machine, so it is not AWS
	bootstrap           cdk.Bootstrap                // from the CDK settings
	before              map[string]inventory.Account // inventory at the start of the run, by region
	redaction           Redaction
	sharedDeployed      bool // runStage is deployed

	mu          sync.Mutex     // guards the fields below, because checks run concurrently
	deployments map[string]int // number of deployments, by stage and region
	commands    int            // number of commands so far, for the names of log files
	outcomes    []Outcome
}

const defaultRounds = 10

// openSuite checks the flags and the access to the account. It does not change the account.
func openSuite(ctx context.Context) (*suite, error) {
	if flags.account == "" {
		return nil, &problem.Problem{
			What: "ACCOUNT is not set: the smoke test needs the ID of the AWS account to deploy to",
			Next: "make smoke ACCOUNT=123456789012, with the account ID from `aws sts get-caller-identity`"}
	}
	s := &suite{rounds: defaultRounds, sessions: map[string]*session.Session{}, before: map[string]inventory.Account{},
		deployments: map[string]int{}}
	if flags.rounds != "" {
		n, err := strconv.Atoi(flags.rounds)
		if err != nil || n < 1 || n > 100 {
			return nil, &problem.Problem{
				What: fmt.Sprintf("ROUNDS cannot be %q: it must be a number from 1 to 100", flags.rounds),
				Next: "make smoke ACCOUNT=" + flags.account + " ROUNDS=3"}
		}
		s.rounds = n
	}
	if flags.clean != "" && flags.clean != "yes" {
		return nil, &problem.Problem{What: fmt.Sprintf("CLEAN cannot be %q: it must be yes or empty", flags.clean),
			Next: "make smoke ACCOUNT=" + flags.account + " CLEAN=yes"}
	}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	var err error
	if s.repository, err = filepath.Abs("../.."); err != nil {
		return nil, err
	}
	settings, err := cdk.ReadSettings(s.repository)
	if err != nil {
		return nil, err
	}
	s.bootstrap = settings.Bootstrap(cdk.EnvContext())
	if s.program, err = filepath.Abs(flags.program); err != nil {
		return nil, err
	}
	if _, err := os.Stat(s.program); err != nil {
		return nil, &problem.Problem{What: "the program is not built: " + s.program + " does not exist",
			Next: "make setup"}
	}
	s.folder, err = os.MkdirTemp("", "retrycatch-smoke-")
	return s, err
}

// connect opens a session in each region, and checks that the credentials belong to the account in
// the flags.
func (s *suite) connect(ctx context.Context) error {
	access, err := session.Load(ctx, session.Options{Region: flags.region})
	if err != nil {
		return err
	}
	first, err := access.Open(ctx, flags.region)
	if err != nil {
		return err
	}
	if first.Account != flags.account {
		return &problem.Problem{
			What: fmt.Sprintf("ACCOUNT names %s, but the credentials belong to the account %s",
				flags.account, first.Account),
			Next: "set AWS_PROFILE to a profile of that account, or correct ACCOUNT"}
	}
	other := "us-west-2"
	if first.Region() == other {
		other = "us-east-1"
	}
	s.regions = [2]string{first.Region(), cmp.Or(flags.secondRegion, other)}
	if s.regions[0] == s.regions[1] {
		return &problem.Problem{What: "REGION and SECOND_REGION are both " + s.regions[0],
			Next: fmt.Sprintf("make smoke ACCOUNT=%s REGION=%s SECOND_REGION=%s", flags.account, s.regions[0], other)}
	}
	second, err := access.Open(ctx, s.regions[1])
	if err != nil {
		return err
	}
	s.sessions[s.regions[0]], s.sessions[s.regions[1]] = first, second
	if s.local, err = isLocalEndpoint(ctx, first.Config); err != nil {
		return err
	}
	s.redaction = Redaction{Account: first.Account, Caller: first.Caller}
	keys, err := first.Config.Credentials.Retrieve(ctx)
	if err == nil {
		s.redaction.Secrets = []string{keys.SecretAccessKey, keys.SessionToken, keys.AccessKeyID}
	}
	return err
}

// config returns the SDK configuration for the first region.
func (s *suite) config() aws.Config { return s.sessions[s.regions[0]].Config }

// isLocalEndpoint reports whether calls go to a loopback address instead of AWS.
func isLocalEndpoint(ctx context.Context, cfg aws.Config) (bool, error) {
	recorder := &hostRecorder{HTTPClient: cfg.HTTPClient}
	cfg = cfg.Copy()
	cfg.HTTPClient = recorder
	if _, err := session.Check(ctx, cfg); err != nil {
		return false, err
	}
	address := net.ParseIP(recorder.host)
	return recorder.host == "localhost" || address != nil && address.IsLoopback(), nil
}

// hostRecorder records the host of the last call.
type hostRecorder struct {
	aws.HTTPClient
	host string
}

func (h *hostRecorder) Do(r *http.Request) (*http.Response, error) {
	h.host = r.URL.Hostname()
	return h.HTTPClient.Do(r)
}

// cleanCommand returns the make command that removes everything that this run created.
func (s *suite) cleanCommand() string {
	return fmt.Sprintf("make smoke ACCOUNT=%s REGION=%s SECOND_REGION=%s CLEAN=yes", flags.account,
		s.regions[0], s.regions[1])
}

// estimateMinutes estimates the duration of the run on AWS. A deployment with its teardown takes
// four minutes. Four deployments run concurrently, but rounds run in sequence.
func (s *suite) estimateMinutes(all Usage) int {
	const minutesEach, parallel = 4, 4
	return minutesEach * (s.rounds + (all.Deployments-s.rounds+parallel-1)/parallel)
}

// usage returns the total usage of all checks.
func (s *suite) usage() (all Usage) {
	for _, c := range checks {
		all = all.Add(c.totalUsage(s))
	}
	return all
}

// printPlan prints where the checks run, how long they take and how much they cost.
func (s *suite) printPlan() {
	usage := s.usage()
	fmt.Printf("account   %s\nregions   %s, and %s for the second stack\nidentity  %s\n", flags.account, s.regions[0],
		s.regions[1], s.sessions[s.regions[0]].Caller)
	if s.local {
		fmt.Println("endpoint  on this machine, not AWS")
	}
	fmt.Printf("checks    %d: %v\n", len(checks), usage)
	fmt.Printf("time      about %d minutes on AWS\n", s.estimateMinutes(usage))
	fmt.Printf("cost      about %.2f USD on AWS, mostly for alarms and dashboards;\n"+
		"          less with the free tier\n\n", usage.Cost())
}

// recordOutcome stores an outcome and prints it.
func (s *suite) recordOutcome(o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes = append(s.outcomes, o)
	fmt.Println(o.Line())
}

// sortOutcomes sorts the outcomes in the order of the checks. The outcome of finish comes last,
// because finish is not a check.
func (s *suite) sortOutcomes() {
	position := func(o Outcome) int {
		i := slices.IndexFunc(checks, func(c check) bool { return c.title(s) == o.Check })
		if i < 0 {
			i = len(checks)
		}
		return i
	}
	slices.SortStableFunc(s.outcomes, func(a, b Outcome) int { return position(a) - position(b) })
}

// versions returns the versions under test, the regions and the date.
func (s *suite) versions() []Fact {
	commit := s.lastLine(s.repository, "git", "describe", "--always", "--dirty")
	facts := []Fact{{"retrycatch", commit}, {"Go", runtime.Version()},
		{"CDK CLI", s.lastLine(s.repository, s.cdkProgram(), "--version")},
		{"regions", strings.Join(s.regions[:], ", ")}, {"date", time.Now().UTC().Format(time.DateOnly)}}
	if s.local {
		facts = append(facts, Fact{"endpoint", "local, not AWS"})
	}
	return facts
}

// lastLine runs a program and returns the last line of its output, or why it failed.
func (s *suite) lastLine(folder, program string, args ...string) string {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = folder, s.environ()
	text, err := cmd.Output()
	if err != nil {
		return "unknown: " + err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// close removes the log files. After a failure, it prints the path of their folder instead.
func (s *suite) close(failed bool) {
	if failed && s.commands > 0 {
		fmt.Fprintf(os.Stderr, "The standard error of every command is in %s\n", s.folder)
		return
	}
	_ = os.RemoveAll(s.folder) // a leftover temporary folder does no harm
}
