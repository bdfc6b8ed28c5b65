package exchange

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Via makes exchanges through an http.RoundTripper, such as one that knows of a
// proxy.
type Via struct {
	Transport   http.RoundTripper
	URL         *url.URL // of the host
	LongestBody int      // of an answer, in bytes
}

// Exchange sends the request and returns the answer, as Transport's does. It sends
// a copy of the body, which a RoundTripper may still read once it has returned.
func (v Via) Exchange(ctx context.Context, r Request) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	root := url.URL{Scheme: v.URL.Scheme, Host: v.URL.Host, Path: "/"}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, root.String(), bytes.NewReader(bytes.Clone(r.Body)))
	if err != nil {
		return Answer{}, err
	}
	request.Host = r.Host
	for _, f := range r.Header {
		request.Header.Set(f.Name, f.Value)
	}
	response, err := v.Transport.RoundTrip(request)
	if err != nil {
		return Answer{}, err
	}
	return answerOf(response, v.LongestBody)
}

// answerOf reads the response as a whole and closes it.
func answerOf(response *http.Response, longest int) (Answer, error) {
	answer := Answer{Status: response.StatusCode}
	for name, values := range response.Header {
		for _, value := range values {
			answer.Header = append(answer.Header, Field{name, value})
		}
	}
	body := text{longest: longest}
	err := body.expect(response.ContentLength)
	if err == nil {
		_, err = io.Copy(&body, response.Body)
	}
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return Answer{}, err
	}
	answer.Body, answer.Sum = body.written.String(), body.sum
	return answer, nil
}

// A text is of bounded length, and summed up as it is written.
type text struct {
	longest int
	written strings.Builder
	sum     uint32
}

// expect makes room for that many bytes; less than 0: their number is not known.
func (t *text) expect(length int64) error {
	if length > int64(t.longest) {
		return ErrTooLarge
	}
	t.written.Grow(int(max(length, 0)))
	return nil
}

// Write implements io.Writer.
func (t *text) Write(p []byte) (int, error) {
	if len(p) > t.longest-t.written.Len() {
		return 0, ErrTooLarge
	}
	t.sum = crc32.Update(t.sum, crc32.IEEETable, p)
	return t.written.Write(p)
}
