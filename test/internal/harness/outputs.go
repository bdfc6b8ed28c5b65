package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/go-json-experiment/json"
)

// Names of the files in a data folder that scripts rely on.
const (
	OutputsFile     = "outputs.json"
	CredentialsFile = "credentials"
	DatabaseFile    = "spacefinder.db"
)

// Outputs are the addresses and names of a system, as outputs.json and the
// outputs of the AWS stacks spell them.
type Outputs struct {
	APIEndpoint            string
	CognitoEndpoint        string
	UserPool               string
	UserPoolClient         string
	UserPoolAdminGroupName string
}

// Region returns the region of the user pool, which its id begins with.
func (o Outputs) Region() string {
	region, _, _ := strings.Cut(o.UserPool, "_")
	return region
}

// Issuer returns the "iss" of the user pool's tokens.
func (o Outputs) Issuer() string {
	return strings.TrimSuffix(o.CognitoEndpoint, "/") + "/" + o.UserPool
}

// ReadOutputs reads the file; every member must be there and no other.
func ReadOutputs(file string) (Outputs, error) {
	o, err := decodeOutputs(file)
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return o, fmt.Errorf("%s: %w", file, err)
	}
	return o, nil
}

// decodeOutputs reads the file of a user pool, which need not know where the
// front door is.
func decodeOutputs(file string) (o Outputs, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(text, &o, json.RejectUnknownMembers(true))
}

// check returns an error unless every member is there.
func (o Outputs) check() error {
	if slices.Contains([]string{o.APIEndpoint, o.CognitoEndpoint, o.UserPool, o.UserPoolClient, o.UserPoolAdminGroupName}, "") {
		return fmt.Errorf("a member is empty: %+v", o)
	}
	return nil
}

// readCredentials reads the key for administrative calls as AWS's own tools do.
func readCredentials(ctx context.Context, dir string) (aws.CredentialsProvider, error) {
	profile, err := config.LoadSharedConfigProfile(ctx, config.DefaultSharedConfigProfile, func(o *config.LoadSharedConfigOptions) {
		o.CredentialsFiles = []string{filepath.Join(dir, CredentialsFile)}
		o.ConfigFiles = []string{}
	})
	if err != nil {
		return nil, err
	}
	return credentials.StaticCredentialsProvider{Value: profile.Credentials}, nil
}
