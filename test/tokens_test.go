package test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/forge"
)

// badToken is a value of the Authorization header that is wrong in one way.
type badToken struct {
	name   string
	values []string // lines of the header
}

// tokenSmith makes tokens from an administrator's, who may do everything.
type tokenSmith struct {
	t      *testing.T
	forger *forge.Forger
	id     string // a good ID token
	bad    []badToken
}

func (s *tokenSmith) add(name string, values ...string) {
	s.bad = append(s.bad, badToken{name, values})
}

// changed adds a token with changes, signed by the pool.
func (s *tokenSmith) changed(name string, changes ...forge.Change) {
	s.t.Helper()
	s.add(name, s.must(s.forger.Token(s.id, changes...)))
}

func (s *tokenSmith) must(token string, err error) string {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

func (s *tokenSmith) signatures() {
	for _, name := range []string{"none", "None", "NONE"} {
		s.add("algorithm "+name, s.must(s.forger.Unsigned(s.id, name)))
	}
	s.add("HS256 with the public key as the secret", s.must(s.forger.PublicKeyAsSecret(s.id)))
	s.add("PS256 with the pool's key", s.must(s.forger.OtherAlgorithm(s.id)))
	s.add("foreign key", s.must(s.forger.ForeignKey(s.id)))
	s.add("one character of the signature changed", tamper(s.id))
	s.add("signature of another token", s.id[:strings.LastIndexByte(s.id, '.')]+
		shared.alice.IDToken[strings.LastIndexByte(shared.alice.IDToken, '.'):])
	s.changed("unknown kid", forge.Header("kid", "unknown"))
	s.changed("no kid", forge.Header("kid", nil))
	s.changed("kid that is a path", forge.Header("kid", "../../keys"))
	s.changed("kid that is a number", forge.Header("kid", 1))
	s.changed("critical extension", forge.Header("crit", []string{"exp"}))
}

func (s *tokenSmith) claims() {
	issuer, audience := shared.system.Outputs.Issuer(), shared.pool.ClientID
	s.changed("foreign issuer", forge.Claim("iss", "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abcdefghi"))
	s.changed("issuer with a slash", forge.Claim("iss", issuer+"/"))
	s.changed("no issuer", forge.Claim("iss", nil))
	s.changed("wrong audience", forge.Claim("aud", "another"+audience))
	s.changed("no audience", forge.Claim("aud", nil))
	s.changed("expired", forge.Claim("exp", forge.At(-time.Minute)))
	s.changed("no expiry", forge.Claim("exp", nil))
	s.changed("expiry that is a text", forge.Claim("exp", "2099-01-01"))
	s.changed("not yet valid", forge.Claim("nbf", forge.At(10*time.Minute)))
	s.changed("issued in the future", forge.Claim("iat", forge.At(10*time.Minute)))
	s.changed("use of an access token", forge.Claim("token_use", "access"))
	s.changed("no use", forge.Claim("token_use", nil))
	s.changed("no subject", forge.Claim("sub", nil))
	s.changed("empty subject", forge.Claim("sub", ""))
	s.changed("subject that is a wildcard", forge.Claim("sub", "*"))
	s.changed("subject with a slash", forge.Claim("sub", "a/../b"))
	s.changed("groups that are a text", forge.Claim("cognito:groups", "apiAdmins"))
	s.add("subject given twice", s.must(s.forger.WithDuplicate(s.id, "sub", shared.bob.ID)))
}

func (s *tokenSmith) forms() {
	s.add("access token", shared.admin.AccessToken)
	s.add("refresh token", shared.admin.RefreshToken)
	s.add("truncated by a character", s.id[:len(s.id)-1])
	s.add("truncated to two parts", s.id[:strings.LastIndexByte(s.id, '.')])
	s.add("truncated in the payload", s.id[:len(s.id)/2])
	s.add("four parts", s.id+".AAAA")
	s.add("empty", "")
	s.add("scheme alone", "Bearer ")
	s.add("another scheme", "Basic "+s.id)
	s.add("two spaces after the scheme", "Bearer  "+s.id)
	s.add("two tokens in one line", s.id+", "+s.id)
	s.add("given twice", s.id, s.id)
	s.add("given twice, once empty", s.id, "")
	s.add("garbage", "one.two.three")
	s.add("dots", "..")
	s.add("9 KB", s.id+strings.Repeat("A", 9<<10))
	s.add("11 KB", s.id+strings.Repeat("A", 11<<10))
	s.add("1 MB", s.id+strings.Repeat("A", 1<<20-len(s.id)))
}

// A token that is wrong in any one way is 401, and the service behind the
// front door never sees the request.
func TestNoBadTokenReachesAService(t *testing.T) {
	needsFolder(t)
	forger, err := forge.New(t.Context(), shared.system)
	if err != nil {
		t.Fatal(err)
	}
	s := &tokenSmith{t: t, forger: forger, id: shared.admin.IDToken}
	checkForger(t, s)
	s.signatures()
	s.claims()
	s.forms()
	ids := map[string]string{}
	for _, bad := range s.bad {
		t.Run(bad.name, func(t *testing.T) {
			path := locationPath(newID("forged"))
			answer := shared.api.Do(t, client.Request{
				Method: http.MethodPut, Path: path, Body: []byte(`{"name":"Forged"}`),
				Header: http.Header{"Authorization": bad.values},
			})
			expectUnauthorized(t, answer)
			expectProblem(t, shared.as(shared.admin).Get(t, path), http.StatusNotFound, "not_found")
			ids[answer.RequestID()] = bad.name
		})
	}
	checkNoIntegration(t, ids)
}

// What the forger signs without a change is accepted: the tokens of the table
// are refused for their one change and nothing else.
func checkForger(t *testing.T, s *tokenSmith) {
	t.Helper()
	for name, token := range map[string]string{
		"signed anew":        s.must(s.forger.Token(s.id)),
		"with the scheme":    "Bearer " + s.must(s.forger.Token(s.id, forge.Claim("jti", "another"))),
		"audience in a list": s.must(s.forger.Token(s.id, forge.Claim("aud", []string{shared.pool.ClientID}))),
		"with an unused jku": s.must(s.forger.Token(s.id, forge.Header("jku", "https://example.com/keys"))),
	} {
		answer := shared.api.As(token).Get(t, "/locations?limit=1")
		if answer.Status != http.StatusOK {
			t.Fatalf("a good token, %s, is answered %d %s", name, answer.Status, answer.Body)
		}
	}
}

// accessLine is a line of the access log, as far as the suite looks at it.
type accessLine struct {
	RequestID          string `json:"requestId"`
	HTTPMethod         string `json:"httpMethod"`
	ResourcePath       string `json:"resourcePath"`
	Status             string `json:"status"`
	IntegrationLatency string `json:"integrationLatency"`
}

// accessLines waits until the access log has a line for each of the requests,
// and returns them.
func accessLines(t *testing.T, s *site, ids map[string]string) map[string]accessLine {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		log, err := s.system.AccessLog()
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]accessLine{}
		for _, text := range log {
			var line accessLine
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				continue // the last line may be half written
			}
			if _, wanted := ids[line.RequestID]; wanted {
				found[line.RequestID] = line
			}
		}
		if len(found) == len(ids) {
			return found
		}
		if time.Now().After(deadline) {
			t.Fatalf("the access log has %d of %d requests", len(found), len(ids))
		}
	}
}

func checkNoIntegration(t *testing.T, ids map[string]string) {
	t.Helper()
	for id, line := range accessLines(t, shared.site, ids) {
		if line.Status != "401" || line.IntegrationLatency != "-" {
			t.Errorf("%s: the access log has %+v", ids[id], line)
		}
	}
}

// A token of one pool says nothing to another.
func TestTokensOfAnotherSystemAreForeign(t *testing.T) {
	other := own(t)
	admin := other.newUser(t, "admin", other.pool.AdminGroup)
	other.as(admin).Get(t, "/locations").Expect(t, http.StatusOK)
	expectUnauthorized(t, shared.as(admin).Get(t, "/locations"))
	expectUnauthorized(t, other.as(shared.admin).Get(t, "/locations"))
}
