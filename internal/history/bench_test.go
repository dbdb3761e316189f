package history

import (
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"retrycatch/internal/awsstub"
)

// longRecording returns the first events of an execution that repeats its states.
func longRecording(events int) *awsstub.Recorder {
	r := awsstub.Record(awsstub.AWS, `{"statuscode":"429"}`)
	for len(r.Events) < events {
		r.Enter("Task", "Call API").
			Fail(tooMany, tooManyMessage).
			Fail(tooMany, tooManyMessage).
			Catch(tooMany, tooManyMessage).
			Enter("Pass", "Change to 200").
			Exit(`{"statuscode":"200"}`)
	}
	r.Events = r.Events[:events]
	return r
}

// eventCounts holds the sizes of the histories. The largest is the quota of Step Functions:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
var eventCounts = []int{2_500, 25_000}

func BenchmarkNew(b *testing.B) {
	for _, size := range eventCounts {
		events := longRecording(size).Events
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for b.Loop() {
				New(events)
			}
		})
	}
}

// BenchmarkParse compares Parse with only decoding the file's JSON.
func BenchmarkParse(b *testing.B) {
	for _, size := range eventCounts {
		response, err := awsstub.History("", longRecording(size).Events...)(awsstub.Call{})
		if err != nil {
			b.Fatal(err)
		}
		data, err := io.ReadAll(response.Body)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := Parse(data); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprint(size, " JSON only"), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				var document any
				if err := json.Unmarshal(data, &document); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
