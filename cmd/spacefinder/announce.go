package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

// Files in the data folder that scripts rely on.
const (
	outputsFile     = "outputs.json"
	credentialsFile = "credentials"
)

// outputs are what a client needs to know, under the names of the outputs of
// the AWS stacks.
type outputs struct {
	APIEndpoint            string
	CognitoEndpoint        string
	UserPool               string
	UserPoolClient         string
	UserPoolAdminGroupName string
}

// poolOutputs returns the outputs of a process with a user pool, and with the
// API at the same address.
func poolOutputs(pool *userpool.Pool, baseURL, adminGroup string) outputs {
	return outputs{
		APIEndpoint:            baseURL,
		CognitoEndpoint:        baseURL + cognitoPrefix + "/",
		UserPool:               pool.ID(),
		UserPoolClient:         pool.ClientID(),
		UserPoolAdminGroupName: adminGroup,
	}
}

// writeOutputs writes outputs.json, and the key for administrative calls to
// the user pool in the format of AWS's shared credentials file.
func writeOutputs(dir string, o outputs, pool *userpool.Pool, region string) error {
	text, err := json.Marshal(o, jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("write %s: %w", outputsFile, err)
	}
	id, secret := pool.AdminAccessKey()
	credentials := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = %s\n", id, secret, region)
	if err := writeFile(filepath.Join(dir, credentialsFile), []byte(credentials), 0o600); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, outputsFile), append(text, '\n'), 0o644)
}

// writeFile replaces a file as a whole: a reader sees the old or the new one.
func writeFile(name string, content []byte, mode os.FileMode) error {
	temporary := name + ".new"
	if err := os.Remove(temporary); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.WriteFile(temporary, content, mode); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(temporary, name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func readOutputs(dir string) (outputs, error) {
	var o outputs
	text, err := os.ReadFile(filepath.Join(dir, outputsFile)) //nolint:gosec // the operator names the folder
	if err != nil {
		return o, fmt.Errorf("%w; is %s the data folder of a server that has run?", err, dir)
	}
	if err := json.Unmarshal(text, &o); err != nil {
		return o, fmt.Errorf("read %s: %w", outputsFile, err)
	}
	return o, nil
}

// announce prints what a person needs next. The console is its path, "" without.
func announce(w io.Writer, o outputs, dir, region, console string, admin administrator) {
	fmt.Fprintf(w, "\nSpaceFinder is ready at %s\n\n", o.APIEndpoint)
	fmt.Fprintf(w, "  In a browser    %s/docs/ to read and try the API, /docs/examples for whole programs\n", o.APIEndpoint)
	if console != "" {
		fmt.Fprintf(w, "  Console         %s%s for administrators: health, traffic, people, backups\n", o.APIEndpoint, console)
	}
	if !admin.created {
		fmt.Fprintf(w, "  Users           spacefinder user list -data %s\n  Outputs         %s\n\n", dir, filepath.Join(dir, outputsFile))
		return
	}
	admin.announce(w)
	fmt.Fprintf(w, `
Paste this to sign in, create a location and a room, and book it for an hour:

  API=%s
  TOKEN=$(curl -s %s -H 'Content-Type: application/x-amz-json-1.1' \
    -H 'X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth' \
    -d '{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"%s","AuthParameters":{"USERNAME":"%s","PASSWORD":"%s"}}' \
    | sed 's/.*"IdToken":"\([^"]*\)".*/\1/')
  ME=$(echo $TOKEN | cut -d. -f2 | tr '_-' '/+' | sed 's/$/==/' | base64 -d 2>/dev/null | sed 's/.*"sub":"\([^"]*\)".*/\1/')
  put() { curl -s -X PUT $API$1 -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d "$2"; echo; }

  put /locations/munich '{"name":"Munich office","timeZone":"Europe/Berlin"}'
  put /locations/munich/resources/isar '{"name":"Isar","type":"room","capacity":8}'
  put /users/$ME/bookings '{"resourceID":"isar","start":"2030-01-07T10:00:00+01:00"}'
  curl -s $API/locations/munich/resources/isar/bookings -H "Authorization: Bearer $TOKEN"; echo

The AWS CLI manages the users:

  AWS_SHARED_CREDENTIALS_FILE=%s aws cognito-idp list-users \
    --endpoint-url %s --region %s --user-pool-id %s

`, o.APIEndpoint, o.CognitoEndpoint, o.UserPoolClient, admin.email, admin.password,
		filepath.Join(dir, credentialsFile), o.CognitoEndpoint, region, o.UserPool)
}

// announce prints the administrator's password: the only time that it is shown.
func (a administrator) announce(w io.Writer) {
	if a.created {
		fmt.Fprintf(w, "  Administrator   %s\n  Password        %s   (shown this once; \"spacefinder user reset-password\" makes a new one)\n",
			a.email, a.password)
	}
}
