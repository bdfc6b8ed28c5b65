package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"
)

const (
	people      = 8                // users who book and list, in turn
	renewBefore = 20 * time.Minute // of a token's hour, more than the longest turn takes
	maxTokens   = 1 << 20          // bytes of an answer to signing in
	signInType  = "application/x-amz-json-1.1"
	signInCall  = "AWSCognitoIdentityProviderService.InitiateAuth"
)

// person is a user of the system.
type person struct {
	email, password string

	id      string // the subject of the tokens, known once signed in
	token   string // ID token
	expires time.Time
}

// outputs are what a server tells its clients in outputs.json.
type outputs struct {
	APIEndpoint     string
	CognitoEndpoint string
	UserPoolClient  string
}

func readOutputs(file string) (outputs, error) {
	var o outputs
	text, err := os.ReadFile(file) //nolint:gosec // the file of a server that this program has started
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(text, &o)
}

// newPeople returns the users of every run. They exist on data folders that a
// run makes for itself, on this machine alone, hence the passwords.
func newPeople() []*person {
	all := make([]*person, people)
	for i := range all {
		all[i] = &person{email: fmt.Sprintf("user-%d@example.com", i), password: fmt.Sprintf("bench-user-%d-aA7", i)}
	}
	return all
}

// addPeople makes the users in the pool of the server that runs on the data
// folder, with the program's own command.
func addPeople(ctx context.Context, binary, dir string, all []*person) error {
	for _, p := range all {
		command := exec.CommandContext(ctx, binary, "user", "add", p.email, "-data", dir, "-password-stdin") //nolint:gosec // ours
		command.Env = []string{}
		command.Stdin = strings.NewReader(p.password + "\n")
		if text, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("add a user: %w: %s", err, text)
		}
	}
	return nil
}

// signIn gets a token unless the one that the person has is good for a while.
func (p *person) signIn(ctx context.Context, o outputs) error {
	if p.token != "" && time.Until(p.expires) > renewBefore {
		return nil
	}
	body, err := json.Marshal(map[string]any{
		"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": o.UserPoolClient,
		"AuthParameters": map[string]string{"USERNAME": p.email, "PASSWORD": p.password},
	})
	if err != nil {
		return err
	}
	answer, err := askPool(ctx, o.CognitoEndpoint, body)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(answer, &claims); err != nil { // the server verifies it
		return fmt.Errorf("sign in: %w", err)
	}
	if claims.Subject == "" || claims.ExpiresAt == nil {
		return errors.New("sign in: the token has no subject or does not expire")
	}
	p.id, p.token, p.expires = claims.Subject, answer, claims.ExpiresAt.Time
	return nil
}

// askPool sends a request to sign in and returns the ID token.
func askPool(ctx context.Context, endpoint string, body []byte) (idToken string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", signInType)
	request.Header.Set("X-Amz-Target", signInCall)
	client := &http.Client{Timeout: requestTimeout}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxTokens))
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %.*s", response.Status, maxErrorBody, text)
	}
	var answer struct {
		AuthenticationResult struct {
			IDToken string `json:"IdToken"`
		}
	}
	err = json.Unmarshal(text, &answer)
	return answer.AuthenticationResult.IDToken, err
}
