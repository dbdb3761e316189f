package view

import "time"

const (
	recently = 10 * time.Second // the time over which a speed is measured
	spacing  = time.Second      // the least time between two samples that are kept
)

// speed measures how many things were done per second, recently.
type speed struct {
	kept []sample
	last sample
}

// sample is the number of things done after a time.
type sample struct {
	at   time.Duration
	done int
}

// add records a number of things. Its time is later than those recorded before.
func (s *speed) add(at time.Duration, done int) {
	if len(s.kept) == 0 {
		s.kept = []sample{{}} // nothing is done at the beginning
	}
	s.last = sample{at, done}
	if at-s.kept[len(s.kept)-1].at >= spacing {
		s.kept = append(s.kept, s.last)
	}
	for len(s.kept) > 1 && at-s.kept[1].at >= recently {
		s.kept = s.kept[1:]
	}
}

// rate returns the things done per second, or 0 if it is too early to say.
func (s *speed) rate() float64 {
	if len(s.kept) == 0 || s.last.at-s.kept[0].at < spacing {
		return 0
	}
	return float64(s.last.done-s.kept[0].done) / (s.last.at - s.kept[0].at).Seconds()
}
