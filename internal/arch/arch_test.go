package arch_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spacefinder/spacefinder/internal/arch"
)

// load loads a small tree of the module m, given as file name and source by turns.
func load(t *testing.T, files ...string) []arch.Package {
	t.Helper()
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	packages, err := arch.Load(fsys, "m")
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

func check(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestLoad(t *testing.T) {
	packages := load(t,
		"root.go", "package m\nimport \"fmt\"",
		"b/b.go", "package b\nimport (\n\"m\"\n\"m/a\"\n\"example.com/x/y\"\n)",
		"b/more.go", "package b\nimport alias \"m/a\"",
		"b/b_test.go", "package b_test\nimport \"m/secret\"",
		"b/testdata/x.go", "this is no Go",
		".hidden/x.go", "nor is this",
		"a/a.go", "package a",
		"a/a.txt", "text",
	)
	var got []string
	for _, p := range packages {
		got = append(got, p.Path+" imports "+strings.Join(p.Imports, " "))
	}
	check(t, got, ". imports fmt", "a imports ", "b imports . a example.com/x/y")
}

func TestLoadRefusesWhatIsNoGo(t *testing.T) {
	fsys := fstest.MapFS{"a/a.go": &fstest.MapFile{Data: []byte("pack a")}}
	if _, err := arch.Load(fsys, "m"); err == nil || !strings.Contains(err.Error(), "a/a.go") {
		t.Errorf("error %v, want one that names the file", err)
	}
}

func TestCrossings(t *testing.T) {
	packages := load(t,
		"a/a.go", "package a\nimport \"m/mid\"",
		"a/inner/i.go", "package inner",
		"mid/mid.go", "package mid\nimport \"m/z\"\nimport _ \"m/a/inner\"",
		"z/z.go", "package z\nimport \"example.com/sdk/dynamo\"",
		"zoo/zoo.go", "package zoo",
	)
	tests := []struct {
		name string
		rule arch.Rule
		want []string
	}{
		{"through another package", arch.Rule{From: []string{"a"}, NotTo: []string{"z"}}, []string{"a imports mid imports z: why"}},
		{"its own imports alone", arch.Rule{From: []string{"a"}, NotTo: []string{"z"}, Direct: true}, nil},
		{"one import of its own", arch.Rule{From: []string{"mid"}, NotTo: []string{"z"}, Direct: true}, []string{"mid imports z: why"}},
		{"what it does not import", arch.Rule{From: []string{"a"}, NotTo: []string{"zoo"}}, nil},
		{"a tree is not a beginning of a name", arch.Rule{From: []string{"a"}, NotTo: []string{"zo/..."}}, nil},
		{"a package of another module", arch.Rule{From: []string{"..."}, NotTo: []string{"example.com/sdk/..."}}, nil},
		{
			"from a tree", arch.Rule{From: []string{"mid/...", "z/..."}, NotTo: []string{"example.com/sdk/..."}},
			[]string{"mid imports z imports example.com/sdk/dynamo: why", "z imports example.com/sdk/dynamo: why"},
		},
		{
			"with an exception", arch.Rule{From: []string{"mid", "z"}, Except: []string{"z/..."}, NotTo: []string{"example.com/sdk/..."}},
			[]string{"mid imports z imports example.com/sdk/dynamo: why"},
		},
		{"what lies below a package is its own", arch.Rule{From: []string{"a"}, NotTo: []string{"a/..."}}, nil},
		{"but not another's", arch.Rule{From: []string{"mid"}, NotTo: []string{"a/..."}}, []string{"mid imports a/inner: why"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.rule.Reason = "why"
			check(t, arch.Crossings(packages, []arch.Rule{tt.rule}), tt.want...)
		})
	}
}

func TestUnbound(t *testing.T) {
	packages := load(t, "a/b/x.go", "package b")
	rules := []arch.Rule{{From: []string{"a/...", "c/..."}, Except: []string{"a/b", "a/d"}}}
	check(t, arch.Unbound(packages, rules), "c/...", "a/d")
}

func TestUndocumented(t *testing.T) {
	packages := load(t,
		"a/a.go", `package a

import "fmt"

type Bare struct{}

func (Bare) Method() {}

func (*Bare) Pointer() {}

func (bare) Hidden() {}

func Exported() { fmt.Println() }

func hidden() {}

type (
	Grouped int
	hiddenGrouped int
)

const One, two = 1, 2

var V = 1
`,
		"b/b.go", `// Package b is described.
package b

// T is described.
type T struct{ Field int }

// Method is described.
func (T) Method() {}

// Generic is described.
type Generic[E any] struct{ e E }

func (Generic[E]) Method() {}

// Numbers of one kind.
const (
	One = 1
	Two = 2
)

type (
	A int // A is described beside it.
	// B is described above it.
	B int
)

//go:noinline
func OnlyADirective() {}
`,
		"b/more.go", "package b")
	var got []string
	for _, p := range packages {
		got = append(got, arch.Undocumented(p)...)
	}
	check(t, got,
		"a: the package has no comment",
		"a/a.go:5: Bare has no comment",
		"a/a.go:7: Method has no comment",
		"a/a.go:9: Pointer has no comment",
		"a/a.go:13: Exported has no comment",
		"a/a.go:18: Grouped has no comment",
		"a/a.go:22: One has no comment",
		"a/a.go:24: V has no comment",
		"b/b.go:13: Method has no comment",
		"b/b.go:28: OnlyADirective has no comment",
	)
}

func TestInitFunctions(t *testing.T) {
	packages := load(t, "a/a.go", "package a\n\ntype t struct{}\n\nfunc (t) init() {}\n\nfunc init() {}\n\nfunc initialise() {}\n")
	check(t, arch.InitFunctions(packages[0]), "a/a.go:7: init")
}

func TestUses(t *testing.T) {
	packages := load(t,
		"a/a.go", "package a\n\nimport \"os\"\n\nvar _ = os.Getenv(\"X\")\nvar _ = os.Args\nvar f = os.LookupEnv\n",
		"a/alias.go", "package a\n\nimport sys \"os\"\n\nvar _ = sys.Getenv(\"X\")\n",
		"a/other.go", "package a\n\nimport os \"example.com/os\"\n\nvar _ = os.Getenv(\"X\")\n",
		"a/none.go", "package a\n\nvar os struct{ Getenv int }\n\nvar _ = os.Getenv\n",
	)
	check(t, arch.Uses(packages[0], "os", "Getenv", "LookupEnv"), "a/a.go:5: os.Getenv", "a/a.go:7: os.LookupEnv", "a/alias.go:5: os.Getenv")
}

func TestStringConstants(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.go")
	const source = `package a

const (
	A Code  = "a" // first
	B Code  = "b"
	C Other = "c"
	d       = "d"
)
`
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := arch.StringConstants(file, "Code")
	if err != nil {
		t.Fatal(err)
	}
	check(t, got, "a", "b")
	if _, err := arch.StringConstants(file, "Missing"); err == nil {
		t.Error("no constants are no error")
	}
	if _, err := arch.StringConstants(file+".none", "Code"); err == nil {
		t.Error("a missing file is no error")
	}
}
