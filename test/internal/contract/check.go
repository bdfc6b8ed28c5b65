package contract

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
)

// Answer is what came back for a request.
type Answer struct {
	Method string
	Path   string // escaped, without the query
	Status int
	Header http.Header
	Body   []byte
}

// Undeclared are the statuses of the front door itself that can come for any
// request and that an OpenAPI document has no place for.
func undeclared(status int) bool {
	return status == http.StatusRequestURITooLong || status == http.StatusRequestHeaderFieldsTooLarge
}

var (
	uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

	// revealing matches what no answer to a client may say: Go's words, places
	// in a file system, SQL.
	revealing = regexp.MustCompile(`(?i)\bgoroutine \d|runtime error|nil pointer|panic|\.go:\d|\bmain\.|spacefinder\.[A-Z]|` +
		`\*[a-z]+\.[A-Z]|json: |map\[|interface \{|sqlite|SQL logic|constraint failed|\bSELECT .* FROM|INSERT INTO|` +
		`/(tmp|root|home|work|usr|var|internal)/|no such file|context (deadline|canceled)|dial tcp|connection refused|EOF`)
)

// Check returns everything in which an answer breaks the document, or nil.
func (d *Document) Check(a Answer) error {
	errs := []error{checkHeader(a), checkDiscretion(a)}
	op, found := d.find(a.Method, a.Path)
	switch {
	case undeclared(a.Status):
		errs = append(errs, checkContent(a, openapi3.Content{"application/json": &openapi3.MediaType{Schema: d.gatewayError.NewRef()}}))
	case !found:
		errs = append(errs, d.checkUnrouted(a))
	default:
		errs = append(errs, op.check(a))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%s %s -> %d breaks the contract: %w\nbody: %.600s", a.Method, a.Path, a.Status, err, a.Body)
	}
	return nil
}

// checkUnrouted checks the answer to a request that no operation serves.
func (d *Document) checkUnrouted(a Answer) error {
	if a.Status != http.StatusForbidden {
		return fmt.Errorf("no operation of the document serves this request, want 403, got %d", a.Status)
	}
	return checkContent(a, openapi3.Content{"application/json": &openapi3.MediaType{Schema: d.gatewayError.NewRef()}})
}

func (o Operation) check(a Answer) error {
	response, declared := o.responses[a.Status]
	if !declared {
		return fmt.Errorf("status %d is not declared for %s", a.Status, o.ID)
	}
	errs := []error{checkContent(a, response.Content)}
	for name := range response.Headers {
		if o.requires(name) && a.Header.Get(name) == "" && !isGatewayError(a) {
			errs = append(errs, fmt.Errorf("the header %s is missing", name))
		}
	}
	return errors.Join(errs...)
}

// requires reports whether a header that the document declares is on every
// answer. A list ends without a Link; an item that was created where the
// client said is at the address of the request (RFC 9110 section 15.3.2).
func (o Operation) requires(header string) bool {
	switch header {
	case "Link", "Retry-After":
		return false
	case "Location":
		return !strings.HasSuffix(o.Path, "}")
	default:
		return true
	}
}

func isGatewayError(a Answer) bool { return a.Header.Get("X-Amzn-Errortype") != "" }

// checkContent checks the media type and the body.
func checkContent(a Answer, content openapi3.Content) error {
	if len(content) == 0 {
		if len(a.Body) != 0 && a.Method != http.MethodOptions {
			return errors.New("the body is not empty")
		}
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("content type %q: %w", a.Header.Get("Content-Type"), err)
	}
	declared := content[mediaType]
	if declared == nil {
		return fmt.Errorf("content type %s is not declared", mediaType)
	}
	var body any
	if err := json.Unmarshal(a.Body, &body); err != nil {
		return fmt.Errorf("the body is not JSON: %w", err)
	}
	return declared.Schema.Value.VisitJSON(body, openapi3.VisitAsResponse(), openapi3.MultiErrors())
}

// checkHeader checks what every answer carries: an id for the logs, leave for
// browsers, and for an error of a service the id as its instance.
func checkHeader(a Answer) error {
	var errs []error
	id := a.Header.Get("X-Amzn-Requestid")
	if !uuidPattern.MatchString(id) {
		errs = append(errs, fmt.Errorf("x-amzn-RequestId %q is not a UUID", id))
	}
	// API Gateway lets nobody add headers to REQUEST_TOO_LARGE.
	tooLarge := isGatewayError(a) && a.Status == http.StatusRequestEntityTooLarge
	if origin := a.Header.Values("Access-Control-Allow-Origin"); !tooLarge && (len(origin) != 1 || origin[0] != "*") {
		errs = append(errs, fmt.Errorf("want one Access-Control-Allow-Origin: *, got %q", origin))
	}
	if a.Status < http.StatusBadRequest || isGatewayError(a) {
		return errors.Join(errs...)
	}
	var problem struct {
		Instance string `json:"instance"`
		Status   int    `json:"status"`
	}
	if err := json.Unmarshal(a.Body, &problem); err != nil {
		errs = append(errs, fmt.Errorf("the problem is not JSON: %w", err))
	}
	if problem.Instance != "urn:uuid:"+id {
		errs = append(errs, fmt.Errorf("the problem's instance is %q, the request id %s", problem.Instance, id))
	}
	if problem.Status != a.Status {
		errs = append(errs, fmt.Errorf("the problem's status is %d", problem.Status))
	}
	return errors.Join(errs...)
}

// checkDiscretion checks that an error tells nothing about our insides.
func checkDiscretion(a Answer) error {
	if a.Status < http.StatusBadRequest {
		return nil
	}
	if words := revealing.Find(a.Body); words != nil {
		return fmt.Errorf("the body tells of our insides: %q", words)
	}
	return nil
}
