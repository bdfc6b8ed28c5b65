package definition

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// places says where each supported extension may stand, as a pattern of its
// JSON pointer.
var places = map[string]*regexp.Regexp{
	extValidators:       regexp.MustCompile(`^$`),
	extValidator:        regexp.MustCompile(`^(/paths/[^/]+/[a-z]+)?$`),
	extGatewayResponses: regexp.MustCompile(`^$`),
	extIntegration:      regexp.MustCompile(`^/paths/[^/]+/[a-z]+$`),
	extAuthType:         regexp.MustCompile(`^/components/securitySchemes/[^/]+$`),
	extAuthorizer:       regexp.MustCompile(`^/components/securitySchemes/[^/]+$`),
}

// checkExtensions walks the whole document for extensions of API Gateway that
// are unknown or out of place.
func (r *reader) checkExtensions() {
	text, err := r.doc.MarshalJSON()
	if err != nil {
		r.problems.Addf("document", "%v", err)
		return
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		r.problems.Addf("document", "%v", err)
		return
	}
	r.walk("", tree)
}

func (r *reader) walk(pointer string, node any) {
	switch node := node.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(node)) {
			if !strings.HasPrefix(key, "x-amazon-") {
				r.walk(pointer+"/"+pointerToken(key), node[key])
				continue
			}
			if place := places[key]; place == nil {
				r.problems.Addf(pointer+"/"+key, "this extension is not supported")
			} else if !place.MatchString(pointer) {
				r.problems.Addf(pointer+"/"+key, "this extension has no meaning here")
			}
		}
	case []any:
		for i, child := range node {
			r.walk(pointer+"/"+strconv.Itoa(i), child)
		}
	}
}

// pointerToken escapes a member name for a JSON pointer (RFC 6901).
func pointerToken(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

// decode turns the value of an extension into a T. An unknown member is an
// error that names it.
func decode[T any](value any) (T, error) {
	var out T
	text, err := json.Marshal(value)
	if err != nil {
		return out, err
	}
	err = json.Unmarshal(text, &out, json.RejectUnknownMembers(true))
	return out, err
}

// flexInt is an integer that a document may also write as a string.
type flexInt int

// UnmarshalJSON accepts 200 and "200".
func (n *flexInt) UnmarshalJSON(text []byte) error {
	i, err := strconv.Atoi(strings.Trim(string(text), `"`))
	*n = flexInt(i)
	return err
}
