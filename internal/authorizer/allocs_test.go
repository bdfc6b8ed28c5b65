//go:build !race

package authorizer_test

import "testing"

// What judging a token with a known key may allocate: its parts, its claims,
// the policy, and what RSA computes with. The race detector counts differently.
func TestAllocs(t *testing.T) {
	const most = 90
	a, event := startStill(t, nil), request("Bearer "+firstKey().token(idToken(now, object{"cognito:groups": []string{"staff"}})))
	got := testing.AllocsPerRun(100, func() {
		if _, err := a.Authorize(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	})
	if got > most {
		t.Errorf("%.0f allocations, want at most %d", got, most)
	}
}
