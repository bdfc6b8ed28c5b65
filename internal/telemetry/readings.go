package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// SQLiteStats are counters since the database was opened, and its present
// sizes.
type SQLiteStats struct {
	Writes, FailedWrites, Commits, LargestBatch, Queued int64
	WALBytes                                            int64
	CommitTime                                          time.Duration
}

// SQLite shows the statistics of the embedded database. They are read whenever
// the metrics are.
func (m *Metrics) SQLite(stats func() SQLiteStats) {
	m.registry.MustRegister(newSQLiteCollector(stats))
}

// sqliteCollector reads all statistics at once, for they are one reading.
type sqliteCollector struct {
	stats    func() SQLiteStats
	readings []sqliteReading
}

type sqliteReading struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(SQLiteStats) float64
}

func newSQLiteCollector(stats func() SQLiteStats) *sqliteCollector {
	reading := func(name string, kind prometheus.ValueType, value func(SQLiteStats) float64) sqliteReading {
		return sqliteReading{prometheus.NewDesc(name, describe(name).help, nil, nil), kind, value}
	}
	return &sqliteCollector{stats, []sqliteReading{
		reading(SQLiteWrites, prometheus.CounterValue, func(s SQLiteStats) float64 { return float64(s.Writes) }),
		reading(SQLiteFailedWrites, prometheus.CounterValue, func(s SQLiteStats) float64 { return float64(s.FailedWrites) }),
		reading(SQLiteCommits, prometheus.CounterValue, func(s SQLiteStats) float64 { return float64(s.Commits) }),
		reading(SQLiteCommitTime, prometheus.CounterValue, func(s SQLiteStats) float64 { return s.CommitTime.Seconds() }),
		reading(SQLiteLargestBatch, prometheus.GaugeValue, func(s SQLiteStats) float64 { return float64(s.LargestBatch) }),
		reading(SQLiteQueued, prometheus.GaugeValue, func(s SQLiteStats) float64 { return float64(s.Queued) }),
		reading(SQLiteWALSize, prometheus.GaugeValue, func(s SQLiteStats) float64 { return float64(s.WALBytes) }),
	}}
}

// Describe implements prometheus.Collector.
func (c *sqliteCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, r := range c.readings {
		descs <- r.desc
	}
}

// Collect implements prometheus.Collector.
func (c *sqliteCollector) Collect(metrics chan<- prometheus.Metric) {
	stats := c.stats()
	for _, r := range c.readings {
		metrics <- prometheus.MustNewConstMetric(r.desc, r.kind, r.value(stats))
	}
}

// Log shows how many lines a log has lost.
func (m *Metrics) Log(name string, lost func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: LogLinesLost, Help: describe(LogLinesLost).help, ConstLabels: prometheus.Labels{labelLog: name},
	}, func() float64 { return float64(lost()) }))
}
