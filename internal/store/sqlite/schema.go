package sqlite

// migrations returns the steps that make the tables, oldest first. A step that
// was ever released never changes.
//
// Tables are WITHOUT ROWID, that is, kept in the order of their primary key,
// which is the order of their list. The two indexes of bookings hold every
// column, so that a list reads nothing but a stretch of one index.
func migrations() []string {
	return []string{`
CREATE TABLE locations (
	location_id TEXT NOT NULL PRIMARY KEY CHECK (length(location_id) BETWEEN 1 AND 128),
	name        TEXT NOT NULL CHECK (name <> ''),
	description TEXT NOT NULL,
	image_url   TEXT NOT NULL,
	time_zone   TEXT NOT NULL,
	timestamp   TEXT NOT NULL,
	revision    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE resources (
	location_id TEXT NOT NULL REFERENCES locations (location_id),
	resource_id TEXT NOT NULL UNIQUE CHECK (length(resource_id) BETWEEN 1 AND 128),
	name        TEXT NOT NULL CHECK (name <> ''),
	type        TEXT NOT NULL CHECK (type IN ('', 'room', 'demo', 'arena', 'hall')),
	description TEXT NOT NULL,
	capacity    INTEGER NOT NULL CHECK (capacity >= 0),
	amenities   TEXT NOT NULL, -- a JSON array of strings
	timestamp   TEXT NOT NULL,
	revision    TEXT NOT NULL,
	PRIMARY KEY (location_id, resource_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE bookings (
	booking_id  TEXT NOT NULL PRIMARY KEY CHECK (length(booking_id) BETWEEN 1 AND 128),
	user_id     TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
	location_id TEXT NOT NULL,
	resource_id TEXT NOT NULL,
	start_time  INTEGER NOT NULL CHECK (start_time BETWEEN 0 AND 253402300799), -- seconds since 1970
	end_time    INTEGER NOT NULL CHECK (end_time BETWEEN start_time + 1 AND 253402300799),
	timestamp   TEXT NOT NULL,
	revision    TEXT NOT NULL,
	CHECK (end_time - start_time <= 2678400), -- 31 days: lists look back no farther
	FOREIGN KEY (location_id, resource_id) REFERENCES resources (location_id, resource_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX bookings_by_user ON bookings
	(user_id, start_time, booking_id, end_time, location_id, resource_id, timestamp, revision);

CREATE INDEX bookings_by_resource ON bookings
	(location_id, resource_id, start_time, booking_id, end_time, user_id, timestamp, revision);
`}
}
