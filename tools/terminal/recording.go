package main

import (
	"slices"
	"time"
)

// minShown is the shortest time for which the SVG shows a version of a row. This limit hides rows
// that a program has cleared but not yet redrawn.
const minShown = 20 * time.Millisecond

// run is a piece of text in one style.
type run struct {
	column, width int // where the text starts, and its width in columns
	class, text   string
}

// version is the content of a row during a period.
type version struct {
	from, to time.Duration // since the start of the recording; to is zero for the last version
	runs     []run
}

// recording holds the successive versions of each row.
type recording [rows][]version

// add appends a version to each row that has changed on the screen.
func (r *recording) add(at time.Duration, screen [rows][]run) {
	for row, runs := range screen {
		versions := r[row]
		last := len(versions) - 1
		switch {
		case last >= 0 && slices.Equal(versions[last].runs, runs):
			continue
		case last >= 0 && at-versions[last].from < minShown:
			versions[last].runs = runs
			continue
		case last >= 0:
			versions[last].to = at
		}
		r[row] = append(versions, version{from: at, runs: runs})
	}
}

// height returns the number of rows, without empty rows at the bottom.
func (r *recording) height() int {
	height := 0
	for row, versions := range r {
		for _, version := range versions {
			if len(version.runs) > 0 {
				height = row + 1
			}
		}
	}
	return height
}
