package test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/dynamotest"
)

// timeToReport is how long before this run's timeout the inner run's comes.
const timeToReport = 10 * time.Second

// The whole suite runs once more on the parts as separate processes over
// DynamoDB, in a process of its own. One test of it:
//
//	SPACEFINDER_TEST_TOPOLOGY=split SPACEFINDER_TEST_DYNAMODB=http://host:port go test ./test -run NAME
func TestSuiteOnSplitProcesses(t *testing.T) {
	needsOneProcess(t)
	endpoint := dynamotest.Endpoint(t)
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	suite := exec.CommandContext(t.Context(), executable, splitArguments(t)...)
	suite.Env = append(os.Environ(),
		topologyVariable+"="+topologySplit, dynamotest.EndpointVariable+"="+endpoint, binaryVariable+"="+shared.binary)
	output, err := suite.CombinedOutput()
	t.Logf("the suite on split processes:\n%s", indented(string(output)))
	if err != nil {
		t.Errorf("the suite on split processes: %v", err)
	}
}

// splitArguments returns the flags of this run that also make sense for the
// inner one: what is covered or profiled is this process.
func splitArguments(t *testing.T) []string {
	t.Helper()
	var arguments []string
	if testing.Verbose() {
		arguments = append(arguments, "-test.v")
	}
	if testing.Short() {
		arguments = append(arguments, "-test.short")
	}
	if deadline, ok := t.Deadline(); ok {
		arguments = append(arguments, "-test.timeout", (time.Until(deadline) - timeToReport).String())
	}
	return arguments
}

// indented sets the inner run's lines apart from this run's, which tools parse.
func indented(text string) string {
	return "    | " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    | ")
}
