package dynamotest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The environment of the tests.
const (
	// EndpointVariable names a DynamoDB-compatible server to test against.
	EndpointVariable = "SPACEFINDER_TEST_DYNAMODB"
	// RequireVariable, set to 1, makes tests without a server start DynamoDB
	// Local, and fail when that is not possible.
	RequireVariable = "SPACEFINDER_TEST_REQUIRE_DYNAMODB"
)

// Endpoint returns the address of the server to test against. Without one it
// skips the test, or, when a server is required, starts DynamoDB Local once for
// this process.
func Endpoint(tb testing.TB) string {
	tb.Helper()
	endpoint, required := os.Getenv(EndpointVariable), os.Getenv(RequireVariable) == "1"
	if endpoint != "" {
		return endpoint
	}
	if !required {
		tb.Skipf("NOT RUN: this test needs a DynamoDB server. Set %s=1 to have DynamoDB Local fetched and started (Java, Maven), "+
			"or %s=http://host:port to use one that runs.", RequireVariable, EndpointVariable)
	}
	endpoint, err := local()
	if err != nil {
		tb.Fatalf("%s=1, but DynamoDB Local does not start: %v", RequireVariable, err)
	}
	return endpoint
}

// local starts DynamoDB Local. The script stops it when this process ends, in
// whatever way.
var local = sync.OnceValues(func() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(context.Background(), filepath.Join(root, "scripts", "dynamodb-local"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", errors.Join(fmt.Errorf("no endpoint was printed: %w", err), cmd.Wait())
	}
	return strings.TrimSpace(line), nil
})

// Root returns the folder of this module: the closest one with a go.mod, from
// the working folder of the test upwards.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working folder")
		}
		dir = parent
	}
}
