package userpool_test

import (
	"slices"
	"testing"
)

// FuzzOperations sends any body to any operation. A bad one is the client's
// fault: never a panic, never a status of 500 or more.
func FuzzOperations(f *testing.F) {
	w := newWorld(f)
	names := slices.Sorted(slices.Values(w.pool.OperationNames()))
	client, pool := `"ClientId":"`+w.pool.ClientID()+`"`, `"UserPoolId":"`+w.pool.ID()+`"`
	user := `"Username":"ada@example.com"`
	for i := range names {
		for _, body := range []string{
			`{`, `[]`, `{` + client + `}`, `{` + pool + `,` + user + `}`, `{` + pool + `,"GroupName":"apiAdmins","Limit":1}`,
			`{` + client + `,` + user + `,"Password":"Correct-horse-1","ConfirmationCode":"123456"}`,
			`{` + pool + `,"Filter":"email ^= \"a\"","PaginationToken":"AA"}`,
			`{` + client + `,"AuthFlow":"USER_SRP_AUTH","AuthParameters":{"USERNAME":"ada@example.com","SRP_A":"ff"}}`,
			`{` + client + `,"ChallengeName":"PASSWORD_VERIFIER","ChallengeResponses":{"USERNAME":"a","TIMESTAMP":"x",` +
				`"PASSWORD_CLAIM_SECRET_BLOCK":"AAAA","PASSWORD_CLAIM_SIGNATURE":"AA=="}}`,
			`{"AccessToken":"a.b.c","UserAttributes":[{"Name":"email","Value":"x"}]}`,
		} {
			f.Add(uint8(i), body)
		}
	}
	f.Fuzz(func(t *testing.T, operation uint8, body string) {
		name := names[int(operation)%len(names)]
		if status, kind := w.pool.Serve(t.Context(), name, []byte(body)); status >= 500 {
			t.Errorf("%s answered %d %s to %q", name, status, kind, body)
		}
	})
}
