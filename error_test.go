package spacefinder_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/spacefinder/spacefinder"
)

func TestCodeOf(t *testing.T) {
	notFound := spacefinder.Errorf(spacefinder.CodeNotFound, "There is no such %s.", "booking")
	tests := []struct {
		name string
		err  error
		want spacefinder.Code
	}{
		{"no error", nil, ""},
		{"an error with a code", notFound, spacefinder.CodeNotFound},
		{"the same, wrapped", fmt.Errorf("get: %w", fmt.Errorf("read: %w", notFound)), spacefinder.CodeNotFound},
		{"one of several, joined", errors.Join(errors.New("close"), notFound), spacefinder.CodeNotFound},
		{"the outer of two codes", spacefinder.Errorf(spacefinder.CodeUnavailable, "Later.").WithCause(notFound), spacefinder.CodeUnavailable},
		{"any other error", errors.New("disk on fire"), spacefinder.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := spacefinder.CodeOf(tt.err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestErrorTextIsForLogs(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"a message", spacefinder.Errorf(spacefinder.CodeNotFound, "There is no such %s.", "room"), "not_found: There is no such room."},
		{"a percent sign without arguments is kept by %s", spacefinder.Errorf(spacefinder.CodeInvalid, "%s", "100%"), "invalid_request: 100%"},
		{
			"problems",
			spacefinder.Invalid([]spacefinder.Problem{{Field: "name", Detail: "must not be empty"}, {Field: "type", Detail: "is unknown"}}),
			"invalid_request: The request is not valid.; name: must not be empty; type: is unknown",
		},
		{
			"a cause",
			spacefinder.Errorf(spacefinder.CodeUnavailable, "Later.").WithCause(errors.New("disk full")),
			"unavailable: Later.: disk full",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestWithCause(t *testing.T) {
	cause := errors.New("disk full")
	plain := spacefinder.Errorf(spacefinder.CodeUnavailable, "Later.")
	caused := plain.WithCause(cause)
	if !errors.Is(caused, cause) {
		t.Error("the cause cannot be found")
	}
	if errors.Is(plain, cause) {
		t.Error("WithCause changed its receiver")
	}
	if caused.Code != plain.Code || caused.Message != plain.Message {
		t.Errorf("WithCause lost the code or the message: %v", caused)
	}
}

func TestInvalidWithoutProblemsIsNoError(t *testing.T) {
	if err := spacefinder.Invalid(nil); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if err := spacefinder.Invalid([]spacefinder.Problem{}); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestConflictNamesTheIntervalAlone(t *testing.T) {
	clash := spacefinder.Interval{Start: noon, End: noon + 3600}
	err := spacefinder.Conflict(clash)
	if err.Code != spacefinder.CodeConflict || err.Clash == nil || *err.Clash != clash || err.Problems != nil {
		t.Errorf("got %+v with clash %v", err, err.Clash)
	}
}
