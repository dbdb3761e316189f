package main

import (
	"slices"
	"time"
)

// redraw is longer than a program takes to draw its lines anew. A row is empty in between.
const redraw = 20 * time.Millisecond

// run is text in one style. It starts in a column and is some columns wide.
type run struct {
	column, width int
	class, text   string
}

// version is the content of a row for some time. The last version of a row has no end.
type version struct {
	from, to time.Duration
	runs     []run
}

// recording holds the versions of each row.
type recording [rows][]version

// add appends a version to each row of the screen that has changed.
func (r *recording) add(at time.Duration, screen [rows][]run) {
	for row, runs := range screen {
		versions := r[row]
		last := len(versions) - 1
		switch {
		case last >= 0 && slices.Equal(versions[last].runs, runs):
			continue
		case last >= 0 && at-versions[last].from < redraw:
			versions[last].runs = runs
			continue
		case last >= 0:
			versions[last].to = at
		}
		r[row] = append(versions, version{from: at, runs: runs})
	}
}

// height returns the number of rows up to the last one with text.
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
