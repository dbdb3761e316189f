package scenario

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

func TestReview(t *testing.T) {
	t.Parallel()
	recorded := awsstub.ScenarioEvents(awsstub.AWS, "503")
	tests := map[string]struct {
		name   string
		events []types.HistoryEvent
		want   Outcome
	}{
		"as expected":     {"503-a", recorded, AsExpected},
		"running":         {"503-a", recorded[:3], Running},
		"no scenario":     {"input-a", recorded, Unchecked},
		"not as expected": {"200-a", awsstub.LambdaErrorEvents("200", "TooManyRequestsException"), NotAsExpected},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := history.New(test.events)
			e.Name = test.name
			r := Review(e)
			if r.Outcome != test.want || (r.Outcome == NotAsExpected) != (len(r.Deviations) > 0) {
				t.Errorf("got outcome %v and deviations %q, want outcome %v", r.Outcome, r.Deviations, test.want)
			}
		})
	}
}
