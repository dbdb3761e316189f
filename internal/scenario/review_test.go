package scenario

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

func TestReview(t *testing.T) {
	t.Parallel()
	right := awsstub.Course(awsstub.AWS, "503")
	tests := map[string]struct {
		name   string
		events []types.HistoryEvent
		want   Outcome
	}{
		"right":     {"503-a", right, AsExpected},
		"cut short": {"503-a", right[:3], Running},
		"own input": {"input-a", right, Unchecked},
		"other end": {"200-a", awsstub.Troubled("200", "TooManyRequestsException"), NotAsExpected},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := history.New(test.events)
			e.Name = test.name
			r := Review(e)
			if r.Outcome != test.want || (r.Outcome == NotAsExpected) != (len(r.Deviations) > 0) {
				t.Errorf("got the outcome %v and the deviations %q, want %v", r.Outcome, r.Deviations, test.want)
			}
		})
	}
}
