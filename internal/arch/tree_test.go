package arch_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/arch"
)

const module = "github.com/spacefinder/spacefinder"

// Groups of packages that the rules speak of.
var (
	services = []string{"internal/locations/...", "internal/resources/...", "internal/bookings/..."}
	stores   = []string{"internal/store/sqlite/...", "internal/store/dynamodb/...", "internal/sqlitedb/..."}
	frontier = []string{"internal/gateway/...", "internal/authorizer/...", "internal/userpool/..."}
	awsSDK   = []string{"github.com/aws/aws-sdk-go-v2/...", "github.com/aws/smithy-go/..."}

	// forTests only tests import.
	forTests = []string{
		"internal/arch", "internal/dynamotest", "internal/dynamotest/stub", "internal/dynamotest/stub/dynamostub",
		"internal/servicetest", "internal/store/storetest",
	}
)

// rules are the lines of the design that imports can cross.
func rules() []arch.Rule {
	return []arch.Rule{
		{
			Reason: "the vocabulary is pure: everything imports it, so whatever it imported everything would depend on",
			From:   []string{"."},
			NotTo:  []string{"internal/...", "api/...", "cmd/...", "github.com/...", "golang.org/...", "modernc.org/..."},
		},
		{
			Reason: "a service is deployed alone, as its own container with its own rights: another service is reached over HTTP",
			From:   services,
			NotTo:  services,
		},
		{
			Reason: "a service works on every store: cmd hands it one through the contracts of internal/store",
			From:   append([]string{"internal/rest/...", "internal/store"}, services...),
			NotTo:  stores,
		},
		{
			Reason: "what moves data knows the contracts alone, so that it moves between any two stores",
			From:   []string{"internal/transfer/..."},
			NotTo:  append(slices.Concat(stores, services), "internal/rest/..."),
		},
		{
			Reason: "between the front door and a service passes only HTTP, so that API Gateway can take the front door's place",
			From:   append([]string{"internal/rest/...", "internal/store/..."}, services...),
			NotTo:  frontier,
		},
		{
			Reason: "the front door knows no more of the authorizer and the services than API Gateway does: an interface, a target for each",
			From:   []string{"internal/gateway/..."},
			NotTo: slices.Concat(services, stores,
				[]string{"internal/rest/...", "internal/store/...", "internal/authorizer/...", "internal/userpool/..."}),
		},
		{
			Reason: "the authorizer sees keys only as a JWKS, so that Cognito can take the user pool's place",
			From:   []string{"internal/authorizer/..."},
			NotTo: slices.Concat(services, stores,
				[]string{"internal/rest/...", "internal/store/...", "internal/gateway/...", "internal/userpool/..."}),
		},
		{
			Reason: "the user pool stands where Cognito does, which knows nothing of the API",
			From:   []string{"internal/userpool/..."},
			NotTo:  slices.Concat(services, []string{"internal/rest/...", "internal/store/...", "internal/gateway/...", "internal/authorizer/..."}),
		},
		{
			Reason: "pages for developers tell what cmd hands them: they have no way around the front door to what it protects",
			From:   []string{"internal/devpages/..."},
			NotTo:  slices.Concat(services, stores, frontier, []string{"internal/rest/...", "internal/store/..."}),
		},
		{
			Reason: "the console shows what cmd hands it: what it can do to a part is what the part's own interface allows",
			From:   []string{"internal/console/..."},
			NotTo: slices.Concat(services, frontier,
				[]string{"internal/rest/...", "internal/store/...", "internal/telemetry/...", "internal/transfer/..."}),
		},
		{
			Reason: "the AWS SDK belongs to the DynamoDB store: nothing else may come to need AWS to run",
			From:   []string{".", "api/...", "internal/..."},
			Except: append([]string{"internal/store/dynamodb/..."}, forTests...),
			NotTo:  awsSDK,
			Direct: true,
		},
		{
			Reason: "what is traced knows nothing of it: tracing observes from outside, and cmd hooks it in",
			From:   []string{".", "api/...", "internal/..."},
			Except: []string{"internal/tracing"},
			NotTo:  []string{"internal/tracing", "go.opentelemetry.io/..."},
		},
		{
			Reason: "the Lambda library belongs to the Lambda's main alone",
			From:   []string{".", "api/...", "internal/...", "cmd/spacefinder/..."},
			NotTo:  []string{"github.com/aws/aws-lambda-go/..."},
		},
		{
			Reason: "what counts knows nothing of what is counted: cmd joins the two, so that either can be replaced",
			From:   []string{".", "api/...", "internal/..."},
			Except: []string{"internal/telemetry/..."},
			NotTo:  []string{"internal/telemetry/...", "github.com/prometheus/..."},
		},
		{
			Reason: "telemetry and the queue of log lines are leaves",
			From:   []string{"internal/telemetry/...", "internal/logqueue"},
			NotTo:  []string{".", "api/...", "internal/..."},
		},
		{
			Reason: "what serves tests has no place in a program",
			From:   []string{".", "api/...", "internal/...", "cmd/..."},
			Except: forTests,
			NotTo:  forTests,
		},
	}
}

func tree(t *testing.T) []arch.Package {
	t.Helper()
	packages, err := arch.Load(os.DirFS("../.."), module)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(packages, func(p arch.Package) bool { return p.Path == "." }) {
		t.Fatal("the root of the module was not found")
	}
	return packages
}

func report(t *testing.T, found []string) {
	t.Helper()
	for _, each := range found {
		t.Error(each)
	}
}

func TestImportsPointToTheMiddle(t *testing.T) {
	report(t, arch.Crossings(tree(t), rules()))
}

func TestEveryRuleBindsAPackage(t *testing.T) {
	for _, pattern := range arch.Unbound(tree(t), rules()) {
		t.Errorf("a rule speaks of %s, which does not exist", pattern)
	}
}

func TestNoPackageActsOnImport(t *testing.T) {
	for _, p := range tree(t) {
		report(t, arch.InitFunctions(p))
	}
}

// What a program does follows from its flags and its environment, read in one
// place and handed on.
func TestTheEnvironmentIsReadInCommandsAlone(t *testing.T) {
	for _, p := range tree(t) {
		if !isProgram(p) && !slices.Contains(forTests, p.Path) {
			report(t, arch.Uses(p, "os", "Getenv", "LookupEnv", "Environ", "ExpandEnv"))
		}
	}
}

// What one side of the boundary knows reaches the other as HTTP or not at all:
// a value in a context would work in one process and be lost between two.
func TestNoContextValueCrossesTheBoundary(t *testing.T) {
	for _, p := range tree(t) {
		for _, side := range []string{"internal/gateway", "internal/rest", "internal/locations", "internal/resources", "internal/bookings"} {
			if p.Path == side || strings.HasPrefix(p.Path, side+"/") {
				report(t, arch.Uses(p, "context", "WithValue"))
			}
		}
	}
}

func TestEverythingExportedIsDescribed(t *testing.T) {
	for _, p := range tree(t) {
		report(t, arch.Undocumented(p))
	}
}

// isProgram reports whether the package is a program, or a part of the suites
// that drive one.
func isProgram(p arch.Package) bool {
	top, _, _ := strings.Cut(p.Path, "/")
	return slices.Contains([]string{"cmd", "test", "bench"}, top)
}
