package sigv4

import (
	"strings"
	"time"
)

// Algorithm is the only signing algorithm that is accepted.
const Algorithm = "AWS4-HMAC-SHA256"

const (
	scopeEnd         = "aws4_request"
	maxHeaderLength  = 4096
	maxSignedHeaders = 64
	signatureLength  = 64
)

// Authorization is a parsed Authorization header.
type Authorization struct {
	AccessKeyID   string
	Date          string // scope date, YYYYMMDD
	Region        string
	Service       string
	SignedHeaders []string // lower-case names, in the order given, which is sorted
	Signature     string   // 64 lower-case hexadecimal digits
}

// ParseAuthorization reads the value of an Authorization header of the form
//
//	AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX
//
// The error is an *Error with CodeIncomplete or CodeInvalid, and never repeats
// the header.
func ParseAuthorization(header string) (Authorization, error) {
	if len(header) > maxHeaderLength {
		return Authorization{}, refuse(CodeIncomplete, "Authorization header is too long.")
	}
	rest, ok := strings.CutPrefix(header, Algorithm+" ")
	if !ok {
		return Authorization{}, refuse(CodeIncomplete, "Unsupported AWS 'algorithm': only '%s' is supported.", Algorithm)
	}
	fields, err := parseFields(rest)
	if err != nil {
		return Authorization{}, err
	}
	var auth Authorization
	if err := auth.setCredential(fields["Credential"]); err != nil {
		return Authorization{}, err
	}
	if auth.SignedHeaders, err = parseSignedHeaders(fields["SignedHeaders"]); err != nil {
		return Authorization{}, err
	}
	auth.Signature = fields["Signature"]
	if !isSignature(auth.Signature) {
		return Authorization{}, refuse(CodeInvalid, messageMismatch)
	}
	return auth, nil
}

// parseFields splits the comma separated key=value pairs. The three known keys
// must each be there exactly once, and no other.
func parseFields(s string) (map[string]string, error) {
	fields := map[string]string{}
	for pair := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			return nil, refuse(CodeIncomplete, "Authorization header holds a part that is not a valid key=value pair (missing equal-sign).")
		}
		if _, twice := fields[key]; twice || (key != "Credential" && key != "SignedHeaders" && key != "Signature") {
			return nil, refuse(CodeIncomplete, "Authorization header holds a key that is repeated or unknown.")
		}
		fields[key] = value
	}
	var missing []string
	for _, key := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[key] == "" {
			missing = append(missing, "Authorization header requires '"+key+"' parameter.")
		}
	}
	if missing != nil {
		return nil, refuse(CodeIncomplete, "%s", strings.Join(missing, " "))
	}
	return fields, nil
}

func (a *Authorization) setCredential(credential string) error {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[0] == "" {
		return refuse(CodeIncomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	a.AccessKeyID, a.Date, a.Region, a.Service = parts[0], parts[1], parts[2], parts[3]
	if parts[4] != scopeEnd {
		return refuse(CodeInvalid, "Credential should be scoped with a valid terminator: '%s'.", scopeEnd)
	}
	if _, err := time.Parse(dateLayout, a.Date); err != nil {
		return refuse(CodeInvalid, "Date in Credential scope must be in the format YYYYMMDD.")
	}
	return nil
}

// parseSignedHeaders returns the names, which must be lower case, sorted and
// without repetition, as the algorithm prescribes.
func parseSignedHeaders(list string) ([]string, error) {
	names := strings.Split(list, ";")
	if len(names) > maxSignedHeaders {
		return nil, refuse(CodeIncomplete, "Authorization header signs too many headers.")
	}
	for i, name := range names {
		if name == "" || name != strings.ToLower(name) || (i > 0 && names[i-1] >= name) {
			return nil, refuse(CodeIncomplete, "SignedHeaders must be lower-case names in alphabetical order.")
		}
	}
	return names, nil
}

func isSignature(s string) bool {
	return len(s) == signatureLength && strings.Trim(s, "0123456789abcdef") == ""
}
