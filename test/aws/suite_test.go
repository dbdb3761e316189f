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

// suite holds the state of one run.
type suite struct {
	repository, program string
	folder              string // for all files of the run
	regions             [2]string
	sessions            map[string]*session.Session // by region
	rounds              int
	local               bool          // the endpoint is on this machine, so it is not AWS
	bootstrap           cdk.Bootstrap // selected by the settings
	before              map[string]inventory.Account
	hide                Hide
	shared              bool // the stage that several checks use is deployed
	attempts            int  // calls of the function in that stage

	mu       sync.Mutex     // guards the fields below: checks run concurrently
	deployed map[string]int // deployments by stage and region
	commands int            // commands so far, to number the logs
	outcomes []Outcome
}

const defaultRounds = 10

// open checks the flags and the access to the account. It does not change the account.
func open(ctx context.Context) (*suite, error) {
	if given.account == "" {
		return nil, &problem.Problem{What: "no account is named, and the smoke test deploys to a real one",
			Next: "make smoke ACCOUNT=123456789012, with the number from `aws sts get-caller-identity`"}
	}
	s := &suite{rounds: defaultRounds, sessions: map[string]*session.Session{}, before: map[string]inventory.Account{},
		deployed: map[string]int{}}
	if given.rounds != "" {
		n, err := strconv.Atoi(given.rounds)
		if err != nil || n < 1 || n > 100 {
			return nil, &problem.Problem{
				What: fmt.Sprintf("ROUNDS cannot be %q: it must be a number from 1 to 100", given.rounds),
				Next: "make smoke ACCOUNT=" + given.account + " ROUNDS=3"}
		}
		s.rounds = n
	}
	if given.clean != "" && given.clean != "yes" {
		return nil, &problem.Problem{What: fmt.Sprintf("CLEAN cannot be %q: it must be yes or empty", given.clean),
			Next: "make smoke ACCOUNT=" + given.account + " CLEAN=yes"}
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
	s.bootstrap = settings.Bootstrap(cdk.Context())
	if s.program, err = filepath.Abs(given.program); err != nil {
		return nil, err
	}
	if _, err := os.Stat(s.program); err != nil {
		return nil, &problem.Problem{What: "the program is not built: " + s.program + " does not exist",
			Next: "make setup"}
	}
	s.folder, err = os.MkdirTemp("", "retrycatch-smoke-")
	return s, err
}

// connect opens both regions, and compares the account with the flag.
func (s *suite) connect(ctx context.Context) error {
	access, err := session.Load(ctx, session.Options{Region: given.region})
	if err != nil {
		return err
	}
	first, err := access.Open(ctx, given.region)
	if err != nil {
		return err
	}
	if first.Account != given.account {
		return &problem.Problem{
			What: fmt.Sprintf("ACCOUNT names %s, but the credentials belong to the account %s",
				given.account, first.Account),
			Next: "set AWS_PROFILE to a profile of that account, or correct ACCOUNT"}
	}
	other := "us-west-2"
	if first.Region() == other {
		other = "us-east-1"
	}
	s.regions = [2]string{first.Region(), cmp.Or(given.secondRegion, other)}
	if s.regions[0] == s.regions[1] {
		return &problem.Problem{What: "REGION and SECOND_REGION are both " + s.regions[0],
			Next: fmt.Sprintf("make smoke ACCOUNT=%s REGION=%s SECOND_REGION=%s", given.account, s.regions[0], other)}
	}
	second, err := access.Open(ctx, s.regions[1])
	if err != nil {
		return err
	}
	s.sessions[s.regions[0]], s.sessions[s.regions[1]] = first, second
	if s.local, err = onThisMachine(ctx, first.Config); err != nil {
		return err
	}
	s.hide = Hide{Account: first.Account, Caller: first.Caller}
	keys, err := first.Config.Credentials.Retrieve(ctx)
	if err == nil {
		s.hide.Secrets = []string{keys.SecretAccessKey, keys.SessionToken, keys.AccessKeyID}
	}
	return err
}

// cfg returns the configuration of SDK clients for the first region.
func (s *suite) cfg() aws.Config { return s.sessions[s.regions[0]].Config }

// onThisMachine reports whether calls go to a loopback address, so that they do not reach AWS.
func onThisMachine(ctx context.Context, cfg aws.Config) (bool, error) {
	watched := &watchedClient{HTTPClient: cfg.HTTPClient}
	cfg = cfg.Copy()
	cfg.HTTPClient = watched
	if _, err := session.Check(ctx, cfg); err != nil {
		return false, err
	}
	address := net.ParseIP(watched.host)
	return watched.host == "localhost" || address != nil && address.IsLoopback(), nil
}

// watchedClient remembers the host of the last call.
type watchedClient struct {
	aws.HTTPClient
	host string
}

func (w *watchedClient) Do(r *http.Request) (*http.Response, error) {
	w.host = r.URL.Hostname()
	return w.HTTPClient.Do(r)
}

// cleanCommand returns the make command that removes everything this run made.
func (s *suite) cleanCommand() string {
	return fmt.Sprintf("make smoke ACCOUNT=%s REGION=%s SECOND_REGION=%s CLEAN=yes", given.account,
		s.regions[0], s.regions[1])
}

// minutes estimates the time on AWS: four minutes for a deployment and its teardown. Four of these
// run concurrently, but the rounds run in sequence.
func (s *suite) minutes(all Usage) int {
	const each, parallel = 4, 4
	return each * (s.rounds + (all.Deployments-s.rounds+parallel-1)/parallel)
}

// usage returns the usage of all checks together.
func (s *suite) usage() (all Usage) {
	for _, c := range checks {
		all = all.Add(c.uses(s))
	}
	return all
}

// announce prints where the checks run, how long they take and how much they cost.
func (s *suite) announce() {
	usage := s.usage()
	fmt.Printf("account   %s\nregions   %s, and %s for the second stack\nidentity  %s\n", given.account, s.regions[0],
		s.regions[1], s.sessions[s.regions[0]].Caller)
	if s.local {
		fmt.Println("endpoint  on this machine, so it is not AWS")
	}
	fmt.Printf("checks    %d: %v\n", len(checks), usage)
	fmt.Printf("time      on AWS about %d minutes\n", s.minutes(usage))
	fmt.Printf("cost      on AWS about %.2f USD, most of it for alarms and dashboards;\n"+
		"          less within the free tier\n\n", usage.Cost())
}

// record keeps an outcome and prints its line.
func (s *suite) record(o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes = append(s.outcomes, o)
	fmt.Println(o.Line())
}

// sort sorts the outcomes like the checks. The outcome of finish, which is no check, is last.
func (s *suite) sort() {
	position := func(o Outcome) int {
		i := slices.IndexFunc(checks, func(c check) bool { return c.title(s) == o.Check })
		if i < 0 {
			i = len(checks)
		}
		return i
	}
	slices.SortStableFunc(s.outcomes, func(a, b Outcome) int { return position(a) - position(b) })
}

// facts lists the versions under test.
func (s *suite) facts() []Fact {
	commit := s.output(s.repository, "git", "describe", "--always", "--dirty")
	facts := []Fact{{"retrycatch", commit}, {"Go", runtime.Version()},
		{"CDK CLI", s.output(s.repository, s.cdkProgram(), "--version")},
		{"regions", strings.Join(s.regions[:], ", ")}, {"date", time.Now().UTC().Format(time.DateOnly)}}
	if s.local {
		facts = append(facts, Fact{"endpoint", "local, not AWS"})
	}
	return facts
}

// output returns the last line of a program's output, or the reason why it failed.
func (s *suite) output(folder, program string, args ...string) string {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = folder, s.environ()
	text, err := cmd.Output()
	if err != nil {
		return "unknown: " + err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// close removes the logs, or names their folder after a failure.
func (s *suite) close(failed bool) {
	if failed && s.commands > 0 {
		fmt.Fprintf(os.Stderr, "The standard error of each command is in %s\n", s.folder)
		return
	}
	_ = os.RemoveAll(s.folder) // a temporary folder
}
