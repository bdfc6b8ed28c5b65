package gateway

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/gateway/backend"
)

// errorsRule customises gateway responses as the ancestor's document does.
const errorsRule = `x-amazon-apigateway-gateway-responses:
  BAD_REQUEST_BODY:
    statusCode: "422"
    responseParameters:
      gatewayresponse.header.X-Path: method.request.path.roomID
      gatewayresponse.header.X-Id: context.requestId
      gatewayresponse.header.X-Missing: method.request.header.Missing
    responseTemplates:
      application/json: '{"message": $context.error.messageString, "type": "$context.error.responseType",
        "detail": "$context.error.validationErrorString", "agent": "$context.identity.userAgent", "none": "$context.authorizer.none"}'
  DEFAULT_4XX:
    responseParameters: {gatewayresponse.header.Access-Control-Allow-Origin: "'*'"}
  DEFAULT_5XX:
    statusCode: 503
    responseTemplates: {application/json: '{"error":"$context.error.message"}'}
`

func okTarget() backend.Target {
	return backend.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
}

func isJSON(b []byte) bool {
	var v any
	return json.Unmarshal(b, &v) == nil
}

func serveBody(t *testing.T, g *Gateway, body []byte, contentType string) (int, []byte) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/open", bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	answer, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, answer
}

func TestCustomisedResponseOfAType(t *testing.T) {
	s := start(t, withDocument(document+errorsRule))
	got := s.do("PUT", "/rooms/7?q1=1", `{"type":"room"}`, "x-header-param: 1", `User-Agent: a"b\`)
	s.want(got, 422, `{"message": "Invalid request body", "type": "BAD_REQUEST_BODY", `+
		`"detail": "[object has missing required properties ([\"name\"])]", "agent": "a\"b\\", "none": ""}`)
	s.wantHeader(got.Header, "X-Path", "7")
	s.wantHeader(got.Header, "X-Id", requestID)
	s.wantHeader(got.Header, "X-Missing", "")
	s.wantHeader(got.Header, "x-amzn-ErrorType", "BadRequestException")
	// The family's headers are not merged in.
	s.wantHeader(got.Header, "Access-Control-Allow-Origin", "")
}

func TestCustomisedFamilyKeepsStatusAndBody(t *testing.T) {
	s := start(t, withDocument(document+errorsRule), withAuthorizer(allow("GET/none")))
	for path, want := range map[string]string{
		"/nope":  `{"message":"Missing Authentication Token"}`,
		"/rooms": `{"Message":"User is not authorized to access this resource"}`,
	} {
		got := s.do("GET", path, "")
		s.want(got, 403, want)
		s.wantHeader(got.Header, "Access-Control-Allow-Origin", "*")
	}
}

func TestCustomisedFamilyOf5XX(t *testing.T) {
	s := start(t, withDocument(document+errorsRule), withHandler(func(http.ResponseWriter, *http.Request) { panic("oops") }))
	got := s.do("GET", "/rooms", "")
	s.want(got, 503, `{"error":"Network error communicating with endpoint"}`)
	s.wantHeader(got.Header, "Access-Control-Allow-Origin", "")
}

func TestRequestTooLargeCannotBeCustomised(t *testing.T) {
	s := start(t, withDocument(document+corsRule))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/open", nil)
	r.ContentLength, r.Body = maxPayload+1, http.NoBody
	w := httptest.NewRecorder()
	s.g.ServeHTTP(w, r)
	if w.Code != 413 || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
}
