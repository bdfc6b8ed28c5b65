package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

// handler is the authorizer as the Lambda runtime calls it: JSON in, JSON out.
type handler struct {
	authorizer *authorizer.Authorizer
}

// Invoke answers one TOKEN event. A token that is no good is the very error
// iampolicy.ErrUnauthorized, because API Gateway answers 401 only to that text;
// the reason is in the log.
func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	var request iampolicy.TokenRequest
	if err := json.Unmarshal(event, &request); err != nil {
		return nil, errors.New("the event is not a TOKEN event") // the decoder's error could quote the token
	}
	response, err := h.authorizer.Authorize(ctx, request)
	switch {
	case errors.Is(err, iampolicy.ErrUnauthorized):
		return nil, iampolicy.ErrUnauthorized
	case err != nil:
		return nil, err
	}
	body, err := json.Marshal(response, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encoding the policy: %w", err)
	}
	return body, nil
}
