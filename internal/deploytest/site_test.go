package deploytest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/deploytest"
)

// The environment of the tests.
const (
	// pythonVariable names a Python that has aws-sam-translator; default python3.
	pythonVariable = "SPACEFINDER_TEST_PYTHON"
	// requireVariable, set to 1, makes a Python without it a failure.
	requireVariable = "SPACEFINDER_TEST_REQUIRE_TEMPLATES"
)

// root is the module's folder.
const root = "../.."

// A site is everything that deploy/ describes, evaluated.
type site struct {
	folder   string            // deploy/, or a changed copy
	raw      map[string]string // text of each template by the name of its file
	expanded map[string]deploytest.Template
	stages   map[string]deploytest.Stack  // by the names of the files in deploy/config
	configs  map[string]map[string]string // parameters of each
	pipeline deploytest.Stack
}

// newSites evaluates the templates of folders. Of a folder whose templates are
// wrong, the error is in the place of the site.
func newSites(ctx context.Context, python string, folders ...string) ([]*site, []error, error) {
	expansions, err := deploytest.Expand(ctx, python, folders...)
	if err != nil {
		return nil, nil, err
	}
	sites, problems := make([]*site, len(folders)), make([]error, len(folders))
	for i, expansion := range expansions {
		if expansion.Problem != "" {
			problems[i] = errors.New(expansion.Problem)
			continue
		}
		sites[i], problems[i] = newSite(folders[i], expansion.Templates)
	}
	return sites, problems, nil
}

func newSite(folder string, templates map[string]deploytest.Template) (*site, error) {
	s := &site{
		folder: folder, expanded: templates, raw: map[string]string{},
		stages: map[string]deploytest.Stack{}, configs: map[string]map[string]string{},
	}
	for file := range templates {
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			return nil, err
		}
		s.raw[file] = string(text)
	}
	return s, errors.Join(s.evaluateStages(), s.evaluatePipeline())
}

func (s *site) evaluateStages() error {
	files, err := filepath.Glob(filepath.Join(s.folder, "config", "*.json"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no stages in %s: %w", s.folder, err)
	}
	var problems []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var config struct{ Parameters, Tags map[string]string }
		if err := json.Unmarshal(text, &config, json.RejectUnknownMembers(true)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		config.Parameters["RepositoryName"], config.Parameters["ImageTag"] = "spacefinder", "0123abc" // as scripts/deploy-package adds
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		s.configs[name] = config.Parameters
		s.stages[name], err = deploytest.Evaluate(s.expanded, "stage.yaml", config.Parameters)
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

func (s *site) evaluatePipeline() error {
	var err error
	s.pipeline, err = deploytest.Evaluate(s.expanded, "pipeline.yaml", map[string]string{
		"ConnectionArn": "arn:aws:codeconnections:us-east-1:123456789012:connection/x", "SourceRepository": "owner/name",
	})
	return err
}

// actual is the site of the templates as they are.
var actual = sync.OnceValues(func() (*site, error) {
	sites, problems, err := newSites(context.Background(), python(), filepath.Join(root, "deploy"))
	if err != nil {
		return nil, err
	}
	return sites[0], problems[0]
})

// theSite returns that site, or skips the test where it cannot be had.
func theSite(t *testing.T) *site {
	t.Helper()
	s, err := actual()
	if errors.Is(err, deploytest.ErrNoTranslator) && os.Getenv(requireVariable) != "1" {
		t.Skipf("NOT RUN: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func python() string {
	if name := os.Getenv(pythonVariable); name != "" {
		return name
	}
	return "python3"
}

// ofType returns the resources of a type in a stack.
func ofType(s deploytest.Stack, kind string) []deploytest.Resource {
	return slices.DeleteFunc(slices.Clone(s.Resources), func(r deploytest.Resource) bool { return r.Type != kind })
}

// named returns the resource of that name.
func named(s deploytest.Stack, name string) deploytest.Resource {
	i := slices.IndexFunc(s.Resources, func(r deploytest.Resource) bool { return r.Name == name })
	if i < 0 {
		return deploytest.Resource{Name: name + " (missing)"}
	}
	return s.Resources[i]
}

// everywhere returns the resources of all stages and the pipeline, each stage's
// once.
func (s *site) everywhere() []deploytest.Resource {
	all := slices.Clone(s.pipeline.Resources)
	for _, name := range slices.Sorted(maps.Keys(s.stages)) {
		all = append(all, s.stages[name].Resources...)
	}
	return all
}

// problems gathers what a check has found.
type problems []string

func (p *problems) addf(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

// equal notes a difference.
func (p *problems) equal(what string, got, want any) {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		p.addf("%s is %v, want %v", what, got, want)
	}
}

// A check looks at a site and says what is wrong.
type check func(*site) problems

func TestTemplates(t *testing.T) {
	for name, check := range checks() {
		t.Run(name, func(t *testing.T) {
			s := theSite(t)
			for _, problem := range check(s) {
				t.Error(problem)
			}
		})
	}
}
