package tracing

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxReason bounds what is logged of an answer, in bytes.
const maxReason = 200

// judge returns what an answer says against an export; nil for nothing.
func judge(response *http.Response, answer []byte) error {
	switch response.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return rejection(answer)
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After")) // a date, or none: the pause is ours
		return temporary{fmt.Errorf("the endpoint answers %s", response.Status), time.Duration(seconds) * time.Second}
	default:
		return fmt.Errorf("the endpoint answers %s: %q", response.Status, answer[:min(len(answer), maxReason)])
	}
}

// rejection returns what an ExportTraceServiceResponse says of spans that were
// not taken; nil for an answer in another form.
func rejection(answer []byte) error {
	const partialSuccess, rejectedSpans, errorMessage = 1, 1, 2 // numbers of fields
	var rejected uint64
	var message []byte
	eachField(bytesField(answer, partialSuccess), func(number protowire.Number, value uint64, text []byte) {
		switch number {
		case rejectedSpans:
			rejected = value
		case errorMessage:
			message = text
		default: // fields that a later version adds
		}
	})
	if rejected == 0 && len(message) == 0 {
		return nil
	}
	return fmt.Errorf("the endpoint rejects %d spans of an export: %q", rejected, message[:min(len(message), maxReason)])
}

// bytesField returns the last field of that number.
func bytesField(message []byte, wanted protowire.Number) (found []byte) {
	eachField(message, func(number protowire.Number, _ uint64, text []byte) {
		if number == wanted {
			found = text
		}
	})
	return found
}

// eachField calls f for the numbers and strings in an encoded message, until
// its end or something that is not well-formed.
func eachField(message []byte, f func(number protowire.Number, value uint64, text []byte)) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		var value uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			text, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return
		}
		f(number, value, text)
		message = message[n:]
	}
}
