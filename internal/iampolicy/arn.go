package iampolicy

import (
	"errors"
	"strings"
)

// MethodARN names a method of a stage of a REST API:
//
//	arn:PARTITION:execute-api:REGION:ACCOUNT:APIID/STAGE/VERB/path
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
type MethodARN struct {
	Partition string // aws, aws-cn, aws-us-gov
	Region    string
	Account   string
	APIID     string
	Stage     string
	Verb      string // GET, PUT, ...
	Path      string // of the request, without the leading slash; empty for the root
}

// MaxMethodARNLength is the most bytes of a method ARN.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const MaxMethodARNLength = 1600

// ErrMethodARN is the error of ParseMethodARN.
var ErrMethodARN = errors.New("not a method ARN: want arn:PARTITION:execute-api:REGION:ACCOUNT:APIID/STAGE/VERB/path")

// ParseMethodARN splits the method ARN of a request. Every part except the path
// must be there and free of wildcards, so that an ARN derived from it covers
// that API and stage alone.
func ParseMethodARN(s string) (MethodARN, error) {
	if len(s) > MaxMethodARNLength {
		return MethodARN{}, ErrMethodARN
	}
	head := strings.SplitN(s, ":", 6)
	if len(head) != 6 || head[0] != "arn" || head[2] != "execute-api" {
		return MethodARN{}, ErrMethodARN
	}
	tail := strings.SplitN(head[5], "/", 4)
	if len(tail) != 4 {
		return MethodARN{}, ErrMethodARN
	}
	for _, part := range []string{head[1], head[3], head[4], tail[0], tail[1], tail[2]} {
		if part == "" || strings.ContainsAny(part, "*?") {
			return MethodARN{}, ErrMethodARN
		}
	}
	return MethodARN{
		Partition: head[1], Region: head[3], Account: head[4],
		APIID: tail[0], Stage: tail[1], Verb: tail[2], Path: tail[3],
	}, nil
}

// String returns the ARN.
func (a MethodARN) String() string {
	return "arn:" + a.Partition + ":execute-api:" + a.Region + ":" + a.Account + ":" +
		a.APIID + "/" + a.Stage + "/" + a.Verb + "/" + a.Path
}

// Method returns the ARN of another method of the same API and stage. In a
// policy, verb and path may contain wildcards; the path has no leading slash.
func (a MethodARN) Method(verb, path string) MethodARN {
	a.Verb, a.Path = verb, path
	return a
}
