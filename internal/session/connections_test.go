package session

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

func TestPooled(t *testing.T) {
	t.Parallel()
	own := &http.Client{}
	if pooled(own) != aws.HTTPClient(own) {
		t.Error("the user's own client is replaced")
	}
	for name, client := range map[string]aws.HTTPClient{"none": nil, "the SDK's": awshttp.NewBuildableClient()} {
		if _, separates := pooled(client).(*awshttp.BuildableClient); separates {
			t.Errorf("%s: every SDK client would copy it, and so have its own connections", name)
		}
	}
}
