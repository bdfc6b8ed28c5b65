// Package history keeps what a process measures of itself, so that a person
// can look back: ten seconds apart for an hour, a minute apart for a day, a
// quarter of an hour apart for thirty days.
//
// A Source is sampled every ten seconds. What has been counted since the last
// sample becomes an Interval, which is a row of the process's own database.
// Intervals add up: six of them make the row of a minute, fifteen of those the
// row of a quarter of an hour. Rows are JSON, so that any SQLite tool can read
// them:
//
//	SELECT datetime(time, 'unixepoch'), data ->> '$.counters."api.requests"'
//	FROM console_history WHERE step = 60
//
// The space is bounded by the number of rows (there are at most Rows) and by
// the size of one. A time in which the process did not run is a gap and stays
// one. A disk that fails costs history, never a request: the last quarter of an
// hour is in memory as well.
package history
