package client

// The items of the contract as a client knows them.
type (
	// Location is a place that has resources.
	Location struct {
		LocationID  string `json:"locationID,omitempty"`
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
		ImageURL    string `json:"imageUrl,omitempty"`
		TimeZone    string `json:"timeZone,omitempty"`
		Timestamp   string `json:"timestamp,omitempty"`
	}

	// LocationPage is a page of locations.
	LocationPage struct {
		Items          []Location `json:"items"`
		LastLocationID string     `json:"lastLocationID,omitempty"`
	}

	// Resource is a space at a location.
	Resource struct {
		ResourceID  string   `json:"resourceID,omitempty"`
		LocationID  string   `json:"locationID,omitempty"`
		Name        string   `json:"name"`
		Type        string   `json:"type,omitempty"`
		Description string   `json:"description,omitempty"`
		Capacity    int      `json:"capacity,omitzero"`
		Amenities   []string `json:"amenities,omitempty"`
		Timestamp   string   `json:"timestamp,omitempty"`
	}

	// Booking is somebody's use of a resource.
	Booking struct {
		BookingID          string `json:"bookingID,omitempty"`
		UserID             string `json:"userID,omitempty"`
		ResourceID         string `json:"resourceID"`
		LocationID         string `json:"locationID,omitempty"`
		StartTimeEpochTime int64  `json:"starttimeepochtime,omitzero"`
		EndTimeEpochTime   int64  `json:"endtimeepochtime,omitzero"`
		Start              string `json:"start,omitempty"`
		End                string `json:"end,omitempty"`
		Timestamp          string `json:"timestamp,omitempty"`
	}

	// Interval is the time that is taken.
	Interval struct {
		StartTimeEpochTime int64  `json:"starttimeepochtime"`
		EndTimeEpochTime   int64  `json:"endtimeepochtime"`
		Start              string `json:"start"`
		End                string `json:"end"`
	}

	// Problem is an error of a service.
	Problem struct {
		Type     string         `json:"type"`
		Title    string         `json:"title"`
		Status   int            `json:"status"`
		Code     string         `json:"code"`
		Detail   string         `json:"detail"`
		Message  string         `json:"message"`
		Instance string         `json:"instance"`
		Problems []FieldProblem `json:"problems,omitempty"`
		Conflict *Interval      `json:"conflict,omitempty"`
	}

	// FieldProblem is one thing wrong with a request.
	FieldProblem struct {
		Field  string `json:"field"`
		Detail string `json:"detail"`
	}

	// GatewayError is an error of the front door.
	GatewayError struct {
		Message               *string `json:"message"`
		ResponseType          string  `json:"responseType,omitempty"`
		ValidationErrorString string  `json:"validationErrorString,omitempty"`
	}
)
