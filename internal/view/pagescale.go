package view

import (
	"math"
	"strconv"
	"time"
)

// pageScale is the scale above the time axes of an execution's steps.
type pageScale struct {
	Ticks []pageTick
	Step  float64 // distance between two ticks, as a percentage of the axis
}

// pageTick is a mark on a scale.
type pageTick struct {
	Left  float64 // position, as a percentage of the axis
	Label string
}

// newPageScale returns a scale with at most five ticks, so that the labels fit on a narrow screen.
func newPageScale(x timeAxis) pageScale {
	whole := x.to.Sub(x.from)
	if whole <= 0 {
		return pageScale{Ticks: []pageTick{{0, "0"}}, Step: 100}
	}
	unit, name := scaleUnit(whole)
	length := float64(whole) / float64(unit)
	step := roundStep(length / 4)
	scale := pageScale{Ticks: []pageTick{{0, "0"}}, Step: 100 * step / length}
	for i := 1; float64(i)*step <= length*(1+1e-9); i++ {
		label := strconv.FormatFloat(float64(i)*step, 'f', max(0, -int(math.Floor(math.Log10(step)+1e-9))), 64)
		scale.Ticks = append(scale.Ticks, pageTick{float64(i) * scale.Step, label + " " + name})
	}
	return scale
}

// scaleUnit returns the largest unit that fits into d at least twice. If no unit does, it returns
// the unit "s".
func scaleUnit(d time.Duration) (time.Duration, string) {
	const day = 24 * time.Hour
	switch {
	case d < 2*time.Minute:
		return time.Second, "s"
	case d < 2*time.Hour:
		return time.Minute, "min"
	case d < 2*day:
		return time.Hour, "h"
	default:
		return day, "d"
	}
}

// roundStep rounds the minimum distance between ticks up. The result is 1, 2 or 5 times a power of
// ten.
func roundStep(minimum float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(minimum)+1e-9))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= minimum*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}
