package view

import "time"

const (
	rateWindow     = 10 * time.Second // period over which the speed is measured
	sampleInterval = time.Second      // minimum time between two kept samples
)

// speed measures how many executions finished per second within the last rateWindow.
type speed struct {
	kept []sample
	last sample
}

// sample is the number of executions that had finished at a given time after the start.
type sample struct {
	at   time.Duration
	done int
}

// add records the number of finished executions. The time must increase from call to call.
func (s *speed) add(at time.Duration, done int) {
	if len(s.kept) == 0 {
		s.kept = []sample{{}} // nothing is finished at the start
	}
	s.last = sample{at, done}
	if at-s.kept[len(s.kept)-1].at >= sampleInterval {
		s.kept = append(s.kept, s.last)
	}
	for len(s.kept) > 1 && at-s.kept[1].at >= rateWindow {
		s.kept = s.kept[1:]
	}
}

// rate returns the finished executions per second, or 0 before the first sampleInterval has passed.
func (s *speed) rate() float64 {
	if len(s.kept) == 0 || s.last.at-s.kept[0].at < sampleInterval {
		return 0
	}
	return float64(s.last.done-s.kept[0].done) / (s.last.at - s.kept[0].at).Seconds()
}
