package session

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"retrycatch/internal/awsstub"
)

// The first answer never comes: the call is tried again after the limit.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice that the client has gone
			<-r.Context().Done()
			return
		}
		fmt.Fprintf(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>", awsstub.Account)
	}))
	t.Cleanup(server.Close)
	cfg := awsstub.New(t).Config()
	cfg.HTTPClient, cfg.BaseEndpoint = pooled(nil, 50*time.Millisecond), &server.URL
	identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || aws.ToString(identity.Account) != awsstub.Account || calls != 2 {
		t.Errorf("after %d calls the answer is %+v (%v)", calls, identity, err)
	}
}

func TestAllClientsShareTheirConnections(t *testing.T) {
	t.Parallel()
	own := &http.Client{}
	if pooled(own, answerLimit) != aws.HTTPClient(own) {
		t.Error("a client of somebody's own is replaced")
	}
	for name, client := range map[string]aws.HTTPClient{"none": nil, "the SDK's": awshttp.NewBuildableClient()} {
		if _, separates := pooled(client, answerLimit).(*awshttp.BuildableClient); separates {
			t.Errorf("%s: every SDK client would copy it, and have connections of its own", name)
		}
	}
}
