package report

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Soak is what a server took while it was under the same load for a long time.
type Soak struct {
	Setting []string  // sentences about the machine and the load
	Minutes []float64 // since the beginning, at the end of each segment of the run
	Columns []Column
}

// Column is one figure over time.
type Column struct {
	Name   string
	Values []float64 // one a segment
	Growth float64   // the greatest growth that counts as flat, a factor; 0 where it is not judged, as of data that is added
	Slack  float64   // what it may grow by in any case: the grain of the figure
}

// Flat says by which rule a figure is flat.
const Flat = "A figure is flat when its median over the last quarter of the run is at most the allowed factor times its median " +
	"over the second quarter (the first is for warming up), or within the grain of it."

// early and late return the medians that are compared.
func (c Column) early() float64 { return Median(c.Values[len(c.Values)/4 : len(c.Values)/2]) }
func (c Column) late() float64  { return Median(c.Values[len(c.Values)*3/4:]) }

// Verdict says whether the figure is flat.
func (c Column) Verdict() string {
	early, late := c.early(), c.late()
	switch {
	case c.Growth == 0:
		return ""
	case math.IsNaN(early) || math.IsNaN(late):
		return notMeasured
	case late <= early*c.Growth || late-early <= c.Slack:
		return "flat"
	default:
		return "NOT FLAT"
	}
}

// Write writes the report as Markdown.
func (s Soak) Write(w io.Writer) error {
	var b strings.Builder
	writeSentences(&b, append(s.Setting, Flat))
	b.WriteString("\n")
	s.summary().write(&b)
	b.WriteString("\n")
	s.course().write(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (s Soak) summary() table {
	t := table{{"figure", "second quarter", "last quarter", "factor", "allowed", "verdict"}}
	for _, c := range s.Columns {
		allowed := "-"
		if c.Growth > 0 {
			allowed = fmt.Sprintf("%g, or +%g", c.Growth, c.Slack)
		}
		t = append(t, []string{c.Name, value(c.early()), value(c.late()), value(c.late() / c.early()), allowed, c.Verdict()})
	}
	return t
}

// course is the run in time, a row a segment.
func (s Soak) course() table {
	head := []string{"minute"}
	for _, c := range s.Columns {
		head = append(head, c.Name)
	}
	t := table{head}
	for i, minute := range s.Minutes {
		row := []string{figure(minute)}
		for _, c := range s.Columns {
			row = append(row, value(c.Values[i]))
		}
		t = append(t, row)
	}
	return t
}

func value(v float64) string {
	if math.IsNaN(v) {
		return notMeasured
	}
	return figure(v)
}
