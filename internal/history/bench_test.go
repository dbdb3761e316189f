package history

import (
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"retrycatch/internal/awsstub"
)

// long is a history of so many events: one execution that goes round and round.
func long(events int) *awsstub.Recorder {
	r := awsstub.Record(awsstub.AWS, `{"statuscode":"429"}`)
	for len(r.Events) < events {
		r.Enter("Task", "Call API").Fail(tooMany, tooManyMessage).Fail(tooMany, tooManyMessage).Catch(tooMany, tooManyMessage).
			Enter("Pass", "Change to 200").Exit(`{"statuscode":"200"}`)
	}
	r.Events = r.Events[:events]
	return r
}

// sizes go to the longest history that Step Functions keeps: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
var sizes = []int{2_500, 25_000}

func BenchmarkNew(b *testing.B) {
	for _, size := range sizes {
		events := long(size).Events
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for b.Loop() {
				New(events)
			}
		})
	}
}

// BenchmarkParse reads a file, and for comparison decodes its JSON alone.
func BenchmarkParse(b *testing.B) {
	for _, size := range sizes {
		response, err := awsstub.History("", long(size).Events...)(awsstub.Call{})
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
		b.Run(fmt.Sprint(size, " JSON alone"), func(b *testing.B) {
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
