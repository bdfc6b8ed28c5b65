package userpool_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	kind   string // __type
	words  string // message
}

// post sends a body to an operation, without a signature.
func (w *world) post(operation, body string) answer {
	w.t.Helper()
	return w.do(http.MethodPost, "/", body, map[string]string{
		"X-Amz-Target": "AWSCognitoIdentityProviderService." + operation, "Content-Type": "application/x-amz-json-1.1",
	})
}

func (w *world) do(method, path, body string, header map[string]string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer func() { _ = resp.Body.Close() }()
	text := must(io.ReadAll(resp.Body))(w.t)
	var refusal struct {
		Type    string `json:"__type"`
		Message string
	}
	if resp.StatusCode >= 400 && json.Unmarshal(text, &refusal) != nil && resp.Header.Get("X-Amzn-RequestId") != "" {
		w.t.Errorf("the error is not JSON: %s", text)
	}
	return answer{resp.StatusCode, resp.Header, string(text), refusal.Type, refusal.Message}
}

func TestAnswersOnTheWire(t *testing.T) {
	w := newWorld(t)
	got := w.post("SignUp", fmt.Sprintf(`{"ClientId":%q,"Username":%q,"Password":%q,"Unknown":1}`, w.pool.ClientID(), ada, goodPass))
	if got.status != 200 || !strings.Contains(got.body, `"UserConfirmed":false`) {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for name, want := range map[string]string{
		"Content-Type":                  "application/x-amz-json-1.1",
		"Access-Control-Allow-Origin":   "*",
		"Access-Control-Expose-Headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
		"Cache-Control":                 "no-store",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
		}
	}
	if id := got.header.Get("X-Amzn-RequestId"); !uuidPattern.MatchString(id) {
		t.Errorf("request id %q", id)
	}
	refused := w.post("SignUp", fmt.Sprintf(`{"ClientId":%q,"Username":%q,"Password":%q}`, w.pool.ClientID(), ada, goodPass))
	const words = "An account with the given email already exists."
	if refused.status != 400 || refused.body != `{"__type":"UsernameExistsException","message":"`+words+`"}` {
		t.Errorf("%d %s", refused.status, refused.body)
	}
	if refused.header.Get("X-Amzn-ErrorType") != "UsernameExistsException:" || refused.header.Get("X-Amzn-ErrorMessage") != words {
		t.Errorf("headers: %v", refused.header)
	}
}

func TestProtocolRefusals(t *testing.T) {
	w := newWorld(t)
	client := w.pool.ClientID()
	const validation = "1 validation error detected: "
	for name, tt := range map[string]struct {
		operation, body, kind, words string
	}{
		"unknown operation": {"SignDown", `{}`, "UnknownOperationException", "The operation is not known."},
		"not JSON":          {"SignUp", `{`, "SerializationException", "The request is not a JSON object of the operation's input."},
		"no object":         {"SignUp", `[]`, "SerializationException", "The request is not a JSON object of the operation's input."},
		"empty body":        {"SignUp", ``, "SerializationException", "The request is not a JSON object of the operation's input."},
		"wrong type":        {"SignUp", `{"ClientId":7}`, "SerializationException", "The request is not a JSON object of the operation's input."},
		"repeated member": {"SignUp", `{"ClientId":"a","ClientId":"b"}`, "SerializationException",
			"The request is not a JSON object of the operation's input."},
		"unsigned": {"ListUsers", `{"UserPoolId":"x"}`, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		"other client": {"InitiateAuth", `{"ClientId":"abc","AuthFlow":"USER_PASSWORD_AUTH"}`, "ResourceNotFoundException",
			"User pool client abc does not exist."},
		"nothing given": {"ConfirmSignUp", `{}`, "InvalidParameterException", "3 validation errors detected: " +
			"Value null at 'clientId' failed to satisfy constraint: Member must not be null; " +
			"Value null at 'username' failed to satisfy constraint: Member must not be null; " +
			"Value null at 'confirmationCode' failed to satisfy constraint: Member must not be null"},
		"long username": {"ForgotPassword", fmt.Sprintf(`{"ClientId":%q,"Username":%q}`, client, strings.Repeat("u", 129)),
			"InvalidParameterException",
			validation + "Value at 'username' failed to satisfy constraint: Member must have length less than or equal to 128"},
		"space in username": {"ForgotPassword", fmt.Sprintf(`{"ClientId":%q,"Username":"a b"}`, client), "InvalidParameterException",
			validation + "Value at 'username' failed to satisfy constraint: " +
				`Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+`},
		"password not repeated": {"SignUp", fmt.Sprintf(`{"ClientId":%q,"Username":%q,"Password":" secret"}`, client, ada),
			"InvalidParameterException",
			validation + `Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: \S+(.*\S)?`},
		"short session": {"RespondToAuthChallenge", fmt.Sprintf(`{"ClientId":%q,"ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"x"}`, client),
			"InvalidParameterException",
			validation + "Value at 'session' failed to satisfy constraint: Member must have length greater than or equal to 20"},
		"attribute without name": {"SignUp", fmt.Sprintf(`{"ClientId":%q,"Username":%q,"Password":%q,"UserAttributes":[{"Value":"x"}]}`, client,
			ada, goodPass),
			"InvalidParameterException",
			validation + "Value null at 'userAttributes.1.member.name' failed to satisfy constraint: Member must not be null"},
		"username is no address": {"SignUp", fmt.Sprintf(`{"ClientId":%q,"Username":"ada","Password":%q}`, client, goodPass),
			"InvalidParameterException",
			"Username should be an email."},
		"unknown flow": {"InitiateAuth", fmt.Sprintf(`{"ClientId":%q,"AuthFlow":"MAGIC"}`, client), "InvalidParameterException",
			validation + "Value at 'authFlow' failed to satisfy constraint: " +
				"Member must satisfy enum value set: [USER_SRP_AUTH, REFRESH_TOKEN_AUTH, " +
				"REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_AUTH]"},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.post(tt.operation, tt.body)
			if got.status != 400 || got.kind != tt.kind || got.words != tt.words {
				t.Errorf("%d %s %q\nwant %s %q", got.status, got.kind, got.words, tt.kind, tt.words)
			}
		})
	}
}

// TestManyFaultsMakeAShortAnswer sends far more faults than an answer may name.
func TestManyFaultsMakeAShortAnswer(t *testing.T) {
	w := newWorld(t)
	list := strings.Repeat(`{},`, 5000) + `{}`
	got := w.post("SignUp", fmt.Sprintf(`{"ClientId":%q,"Username":%q,"Password":%q,"UserAttributes":[%s]}`, w.pool.ClientID(), ada,
		goodPass, list))
	if got.kind != "InvalidParameterException" || !strings.HasPrefix(got.words, "10 validation errors detected: ") || len(got.body) > 4096 {
		t.Errorf("%s, %d bytes", got.kind, len(got.body))
	}
}

func TestMessagesInHeadersHaveNoControlCharacters(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(fmt.Sprintf(
		`{"ClientId":%q,"Username":%q,"Password":%q,"UserAttributes":[{"Name":"a\u0000\u001b\r\nb\u007f","Value":"v"}]}`,
		w.pool.ClientID(), ada, goodPass)))
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.SignUp")
	answer := httptest.NewRecorder()
	w.pool.Handler().ServeHTTP(answer, r)
	if got := answer.Header().Get("X-Amzn-Errormessage"); !strings.Contains(got, "Value 'a    b ' at 'userAttributes.1.member.name'") {
		t.Errorf("%q", got)
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	w := newWorld(t)
	got := w.post("SignUp", `{"ClientId":"`+strings.Repeat("a", 1<<20)+`"}`)
	if got.status != http.StatusRequestEntityTooLarge || got.kind != "RequestEntityTooLargeException" {
		t.Errorf("%d %s", got.status, got.kind)
	}
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{http.MethodPost, "", 400}, // an operation without a name, reached without a slash
		{http.MethodPost, "/", 400},
		{http.MethodGet, "/", 405},
		{http.MethodPost, "/elsewhere", 404},
		{http.MethodGet, "/us-east-1_other/.well-known/jwks.json", 404},
		{http.MethodGet, "/" + w.pool.ID() + "/.well-known/jwks.json", 200},
		{http.MethodPost, "/" + w.pool.ID() + "/.well-known/jwks.json", 405},
	} {
		if got := w.do(tt.method, tt.path, "", nil); got.status != tt.status {
			t.Errorf("%s %q: %d, want %d", tt.method, tt.path, got.status, tt.status)
		}
	}
}

// TestUncleanPathsAreNotRedirected holds that no redirect leads out of the
// mount, to where a client would repeat what it had sent to the pool.
func TestUncleanPathsAreNotRedirected(t *testing.T) {
	w := newWorld(t)
	mounted := http.StripPrefix("/cognito", w.pool.Handler())
	for _, target := range []string{
		"GET /cognito", "POST /cognito//", "GET /cognito//locations", "PUT /cognito/../locations", "GET /cognito/x/./y",
		"GET /cognito//" + w.pool.ID() + "/.well-known/jwks.json",
	} {
		method, path, _ := strings.Cut(target, " ")
		answer := httptest.NewRecorder()
		mounted.ServeHTTP(answer, httptest.NewRequest(method, path, http.NoBody))
		if answer.Code != http.StatusNotFound || answer.Header().Get("Location") != "" {
			t.Errorf("%s: %d, Location %q", target, answer.Code, answer.Header().Get("Location"))
		}
	}
}

func TestPreflight(t *testing.T) {
	w := newWorld(t)
	got := w.do(http.MethodOptions, "/", "", map[string]string{"Access-Control-Request-Headers": "content-type,x-amz-target"})
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin":  "*",
		"Access-Control-Allow-Methods": "POST",
		"Access-Control-Allow-Headers": "content-type,x-amz-target",
		"Access-Control-Max-Age":       "172800",
	} {
		if got.status != 200 || got.header.Get(name) != want {
			t.Errorf("%d, %s: %q, want %q", got.status, name, got.header.Get(name), want)
		}
	}
}

// TestEveryAdministrativeOperationNeedsASignature calls them all without one.
func TestEveryAdministrativeOperationNeedsASignature(t *testing.T) {
	w := newWorld(t)
	for _, name := range strings.Fields(`AdminCreateUser AdminConfirmSignUp AdminSetUserPassword AdminGetUser AdminUpdateUserAttributes
		AdminDeleteUserAttributes AdminResetUserPassword AdminDeleteUser AdminDisableUser AdminEnableUser AdminUserGlobalSignOut
		AdminInitiateAuth AdminRespondToAuthChallenge AdminAddUserToGroup AdminRemoveUserFromGroup AdminListGroupsForUser CreateGroup
		GetGroup UpdateGroup DeleteGroup ListGroups ListUsersInGroup ListUsers ListUserPools ListUserPoolClients DescribeUserPool
		DescribeUserPoolClient`) {
		if got := w.post(name, `{}`); got.kind != "MissingAuthenticationTokenException" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

func TestSignatureRefusals(t *testing.T) {
	w := newWorld(t)
	id, secret := w.pool.AdminAccessKey()
	list := func(key, secret string) error {
		_, err := w.client(credentials.NewStaticCredentialsProvider(key, secret, "")).ListUsers(t.Context(),
			&idp.ListUsersInput{UserPoolId: w.poolID()})
		return err
	}
	wantError(t, list("AKIAOTHER", secret), "UnrecognizedClientException", "The security token included in the request is invalid.")
	wantError(t, list(id, "other"), "InvalidSignatureException",
		"The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	_, err := w.admin.ListUsers(t.Context(), &idp.ListUsersInput{UserPoolId: aws.String("us-east-1_other")})
	wantError(t, err, "ResourceNotFoundException", "User pool us-east-1_other does not exist.")
}

func TestDescriptions(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	ctx := t.Context()
	pools := must(w.admin.ListUserPools(ctx, &idp.ListUserPoolsInput{MaxResults: aws.Int32(10)}))(t)
	if len(pools.UserPools) != 1 || aws.ToString(pools.UserPools[0].Id) != w.pool.ID() {
		t.Errorf("pools: %+v", pools.UserPools)
	}
	clients := must(w.admin.ListUserPoolClients(ctx, &idp.ListUserPoolClientsInput{UserPoolId: w.poolID()}))(t)
	if len(clients.UserPoolClients) != 1 || aws.ToString(clients.UserPoolClients[0].ClientId) != w.pool.ClientID() {
		t.Errorf("clients: %+v", clients.UserPoolClients)
	}
	pool := must(w.admin.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: w.poolID()}))(t).UserPool
	if pool.EstimatedNumberOfUsers != 1 || aws.ToInt32(pool.Policies.PasswordPolicy.MinimumLength) != 8 ||
		pool.UsernameAttributes[0] != "email" {
		t.Errorf("pool: %+v", pool)
	}
	client := must(w.admin.DescribeUserPoolClient(ctx, &idp.DescribeUserPoolClientInput{UserPoolId: w.poolID(),
		ClientId: w.clientID()}))(t).UserPoolClient
	if client.PreventUserExistenceErrors != "ENABLED" || client.RefreshTokenValidity != 30*24*3600 || len(client.ExplicitAuthFlows) != 4 {
		t.Errorf("client: %+v", client)
	}
}
