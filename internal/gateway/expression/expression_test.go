package expression

import (
	"slices"
	"testing"
)

func TestParseMapping(t *testing.T) {
	tests := []struct {
		in   string
		want Source
	}{
		{"context.requestId", Source{Context, "requestId"}},
		{"context.authorizer.callerId", Source{Context, "authorizer.callerId"}},
		{"stageVariables.host", Source{StageVariable, "host"}},
		{"method.request.path.id", Source{Path, "id"}},
		{"method.request.querystring.a.b", Source{Query, "a.b"}},
		{"method.request.header.X-Name", Source{Header, "X-Name"}},
		{"'*'", Source{Literal, "*"}},
		{"''", Source{Literal, ""}},
	}
	for _, tt := range tests {
		if got, err := ParseMapping(tt.in); err != nil || got != tt.want {
			t.Errorf("%s: got %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
}

func TestParseMappingRefuses(t *testing.T) {
	for _, in := range []string{
		"", "requestId", "context.", "context", "'open", "'a','b'", "method.request.body", "method.request.body.a",
		"method.request.multivalueheader.a", "context.a b", "$context.requestId", "integration.response.header.a",
	} {
		if got, err := ParseMapping(in); err == nil {
			t.Errorf("%q was read as %v", in, got)
		}
	}
}

func TestParseTemplate(t *testing.T) {
	got, err := ParseTemplate(`{"a":"$context.requestId.", "b":$stageVariables.x, "c": "$", "d":"$method.request.path.id"}`)
	want := []Source{
		{Literal, `{"a":"`}, {Context, "requestId"}, {Literal, `.", "b":`}, {StageVariable, "x"},
		{Literal, `, "c": "$", "d":"`}, {Path, "id"}, {Literal, `"}`},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestParseTemplateRefusesVelocity(t *testing.T) {
	for _, in := range []string{"$input.path('$')", "$util.escapeJavaScript(1)", "${context.requestId}", "$!context.x", "$context"} {
		if got, err := ParseTemplate(in); err == nil {
			t.Errorf("%q was read as %v", in, got)
		}
	}
}

func TestExpandStageVariables(t *testing.T) {
	variables := map[string]string{"host": "rooms:8081", "link": "abc"}
	got, err := ExpandStageVariables("http://${stageVariables.host}/x/${stageVariables.link}/{id}", variables)
	if want := "http://rooms:8081/x/abc/{id}"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if _, err := ExpandStageVariables("http://${stageVariables.other}/", variables); err == nil {
		t.Error("an unset variable was accepted")
	}
}
