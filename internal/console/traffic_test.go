package console_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestTrafficIsSearched(t *testing.T) {
	b := newBench(t)
	_, _ = b.traffic.Write([]byte(`{"requestId":"r1","status":"200","httpMethod":"GET","resourcePath":"/locations","principalId":"ada","ip":"10.0.0.1"}
{"requestId":"r2","status":"404","httpMethod":"GET","resourcePath":"/locations/{locationID}","principalId":"bob","ip":"10.0.0.2"}
{"requestId":"<script>","status":"503","httpMethod":"PUT","resourcePath":"/locations","principalId":"ada","ip":"10.0.0.1"}
`))
	for query, want := range map[string]string{
		"":                       "<script> r2 r1",
		"?status=4":              "r2",
		"?method=PUT":            "<script>",
		"?route=/locations":      "<script> r1",
		"?caller=ADA":            "<script> r1",
		"?text=r2":               "r2",
		"?after=2":               "<script>",
		"?limit=1":               "<script>",
		"?caller=ada&status=200": "r1",
	} {
		var got struct {
			Entries []struct{ RequestID string }
			Last    int
		}
		b.ask("api/requests"+query, &got)
		var ids []string
		for _, e := range got.Entries {
			ids = append(ids, e.RequestID)
		}
		if strings.Join(ids, " ") != want || got.Last != 3 {
			t.Errorf("%q found %v up to %d, want %s", query, ids, got.Last, want)
		}
	}
}

func TestSearchesThatMakeNoSenseAreRefused(t *testing.T) {
	b := newBench(t)
	for _, query := range []string{"after=-1", "after=x", "limit=x", "limit=501", "text=" + strings.Repeat("x", 257), "after=99999999999999999999"} {
		wantStatus(t, b.do(http.MethodGet, "api/requests?"+query, ""), http.StatusBadRequest)
	}
}
