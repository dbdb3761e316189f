package session

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

func TestShareConnections(t *testing.T) {
	t.Parallel()
	own := &http.Client{}
	if shareConnections(own) != aws.HTTPClient(own) {
		t.Error("custom client: got another client, want the same")
	}
	for name, client := range map[string]aws.HTTPClient{"no client": nil, "SDK client": awshttp.NewBuildableClient()} {
		if _, copied := shareConnections(client).(*awshttp.BuildableClient); copied {
			t.Errorf("%s: got a BuildableClient, which every SDK client copies", name)
		}
	}
}
