package console

import (
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/internal/console/alarms"
	"github.com/spacefinder/spacefinder/internal/console/history"
)

// statusAnswer says who runs here and who asks.
type statusAnswer struct {
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	Now     time.Time `json:"now"`
	Caller  string    `json:"caller"`
}

func (c *Console) status(r *http.Request) (any, error) {
	return statusAnswer{c.cfg.Version, c.started.UTC(), c.cfg.Now().UTC(), c.cfg.Caller(r)}, nil
}

// metricsAnswer is the dashboard over a range. Every line has one value for
// each of Times; null stands for a time in which there was nothing to measure.
type metricsAnswer struct {
	Range    string          `json:"range"`
	Step     int             `json:"step"`  // seconds
	Times    []int64         `json:"times"` // seconds since 1970: the starts of the steps
	Sections []sectionAnswer `json:"sections"`
}

type sectionAnswer struct {
	Title  string        `json:"title"`
	Charts []chartAnswer `json:"charts"`
}

type chartAnswer struct {
	ID    string       `json:"id"`
	Title string       `json:"title"`
	Unit  string       `json:"unit"`
	Help  string       `json:"help"`
	Lines []lineAnswer `json:"lines"`
}

type lineAnswer struct {
	Label  string     `json:"label"`
	Bad    bool       `json:"bad"`
	Values []*float64 `json:"values"`
}

func (c *Console) metrics(r *http.Request) (any, error) {
	chosen, err := rangeNamed(r.URL.Query().Get("range"))
	if err != nil {
		return nil, err
	}
	intervals, err := c.cfg.History.Read(r.Context(), chosen)
	if err != nil {
		return nil, err
	}
	answer := metricsAnswer{Range: chosen.Name, Step: int(chosen.Step / time.Second)}
	for _, i := range intervals {
		answer.Times = append(answer.Times, i.Start.Unix())
	}
	for _, s := range dashboard() {
		answer.Sections = append(answer.Sections, s.over(intervals))
	}
	return answer, nil
}

func rangeNamed(name string) (history.Range, error) {
	var names []string
	for _, r := range history.Ranges() {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return history.Range{}, badRequest("range must be one of " + strings.Join(names, ", ") + ".")
}

func (s section) over(intervals []history.Interval) sectionAnswer {
	answer := sectionAnswer{Title: s.title}
	for _, c := range s.charts {
		drawn := chartAnswer{ID: c.id, Title: c.title, Unit: c.unit, Help: c.help}
		for _, l := range c.lines {
			drawn.Lines = append(drawn.Lines, lineAnswer{l.label, l.bad, l.over(intervals)})
		}
		answer.Charts = append(answer.Charts, drawn)
	}
	return answer
}

func (l line) over(intervals []history.Interval) []*float64 {
	values := make([]*float64, len(intervals))
	for n, i := range intervals {
		if value, ok := l.value(i); ok {
			value = rounded(value)
			values[n] = &value
		}
	}
	return values
}

// rounded leaves four digits that mean something, and half of the bytes.
func rounded(value float64) float64 {
	if value == 0 || math.IsInf(value, 0) || math.IsNaN(value) {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(value))))
	return math.Round(value*scale) / scale
}

type alarmsAnswer struct {
	State  alarms.State    `json:"state"` // of the composite alarm
	Alarms []alarmAnswer   `json:"alarms"`
	Absent []alarms.Absent `json:"absent"`
}

type alarmAnswer struct {
	Name       string       `json:"name"`
	State      alarms.State `json:"state"`
	Since      time.Time    `json:"since"`
	Meaning    string       `json:"meaning"`
	Unit       string       `json:"unit"`
	Threshold  float64      `json:"threshold"`
	Period     int          `json:"period"` // seconds
	Periods    int          `json:"periods"`
	Datapoints int          `json:"datapoints"`
	Values     []*float64   `json:"values"` // newest first
	Few        bool         `json:"few"`
	Runbook    string       `json:"runbook"`
	Steps      []string     `json:"steps"`
}

func (c *Console) alarms(*http.Request) (any, error) {
	statuses := c.cfg.Alarms.Statuses()
	answer := alarmsAnswer{State: alarms.Overall(statuses), Absent: alarms.Missing()}
	for _, s := range statuses {
		a := s.Alarm
		answer.Alarms = append(answer.Alarms, alarmAnswer{
			Name: a.Name, State: s.State, Since: s.Since.UTC(), Meaning: a.Meaning, Unit: a.Unit, Threshold: a.Threshold,
			Period: int(a.Period / time.Second), Periods: a.Periods, Datapoints: a.Datapoints,
			Values: s.Values, Few: s.Few, Runbook: "docs/deploy.md#" + a.Runbook, Steps: a.Steps,
		})
	}
	return answer, nil
}
