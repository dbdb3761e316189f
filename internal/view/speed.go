package view

import "time"

const (
	rateWindow     = 10 * time.Second // time over which a speed is measured
	sampleInterval = time.Second      // least time between two kept samples
)

// speed measures how many things were done per second in the recent past.
type speed struct {
	kept []sample
	last sample
}

// sample is the number of things done by a time.
type sample struct {
	at   time.Duration
	done int
}

// add records the number of things done so far. Times increase from call to call.
func (s *speed) add(at time.Duration, done int) {
	if len(s.kept) == 0 {
		s.kept = []sample{{}} // nothing is done at the start
	}
	s.last = sample{at, done}
	if at-s.kept[len(s.kept)-1].at >= sampleInterval {
		s.kept = append(s.kept, s.last)
	}
	for len(s.kept) > 1 && at-s.kept[1].at >= rateWindow {
		s.kept = s.kept[1:]
	}
}

// rate returns the things done per second. It returns 0 until a first second has passed.
func (s *speed) rate() float64 {
	if len(s.kept) == 0 || s.last.at-s.kept[0].at < sampleInterval {
		return 0
	}
	return float64(s.last.done-s.kept[0].done) / (s.last.at - s.kept[0].at).Seconds()
}
