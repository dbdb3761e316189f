package teardown

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"retrycatch/internal/awsstub"
)

func TestNewsReadsBackToTheFirstKnownEvent(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(describeStackEvents, log("", created))
	events, err := openEvents(t.Context(), cloudformation.NewFromConfig(stub.Config()), awsstub.StackARN)
	if err != nil {
		t.Fatal(err)
	}
	stub.On(describeStackEvents, log("second", failed, stuck), log("third", gone, deleting, created)) // whatever the third holds is known
	news, err := events.news(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, event := range news {
		got = append(got, string(event.Status)+" "+event.Resource)
	}
	requireSame(t, "the news", []string{"DELETE_IN_PROGRESS retrycatch", "DELETE_COMPLETE Role", "DELETE_FAILED Role", "DELETE_FAILED retrycatch"}, got)
	if len(events.failed) != 1 || events.failed[0].Resource != "Role" {
		t.Errorf("what could not be deleted: %+v", events.failed)
	}
	if n := len(stub.Calls()); n != 3 {
		t.Errorf("%d pages were read, want 1 and 2", n)
	}

	news, err = events.news(t.Context())
	if err != nil || len(news) != 0 {
		t.Errorf("the same page again gives %+v, %v", news, err)
	}
}
