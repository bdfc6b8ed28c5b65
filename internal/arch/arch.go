// Package arch reads the source of the module and checks the rules that the
// compiler does not know: which package may import which, and what no file may
// contain. Its tests apply the rules to the tree; no program imports it.
package arch

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Package is one package of the module, without its tests.
type Package struct {
	Path    string   // relative to the module: "internal/rest"; the root is "."
	Imports []string // packages of the module in the same spelling, others by their import path; sorted
	Files   []File   // in order of their names
}

// File is one parsed source file.
type File struct {
	Name string // relative to the module
	AST  *ast.File
	Set  *token.FileSet
}

// at returns the place of a node, as compilers print it.
func (f File) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.Name, f.Set.Position(n.Pos()).Line)
}

// Load parses every package of the module that lies in fsys, in order of their
// paths. Test files, folders named testdata and hidden folders are left out.
func Load(fsys fs.FS, module string) ([]Package, error) {
	packages := map[string]*Package{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		dir := path.Dir(name)
		if packages[dir] == nil {
			packages[dir] = &Package{Path: dir}
		}
		return packages[dir].add(fsys, name, module)
	})
	if err != nil {
		return nil, err
	}
	var sorted []Package
	for _, p := range packages {
		slices.Sort(p.Imports)
		p.Imports = slices.Compact(p.Imports)
		sorted = append(sorted, *p)
	}
	slices.SortFunc(sorted, func(a, b Package) int { return strings.Compare(a.Path, b.Path) })
	return sorted, nil
}

func (p *Package) add(fsys fs.FS, name, module string) error {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	p.Files = append(p.Files, File{Name: name, AST: tree, Set: set})
	for _, spec := range tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		p.Imports = append(p.Imports, relative(imported, module))
	}
	return nil
}

func relative(imported, module string) string {
	if imported == module {
		return "."
	}
	return strings.TrimPrefix(imported, module+"/")
}

// matches reports whether a path is that of the pattern, or, where the pattern
// ends in "/...", lies at or below it.
func matches(pattern, path string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == tree || strings.HasPrefix(path, tree+"/")
	}
	return path == pattern
}

func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, path) })
}

// StringConstants returns the values of the string constants of a type in a
// source file, in their order there. A file without any is an error: the
// caller would compare nothing.
func StringConstants(filename, typeName string) ([]string, error) {
	tree, err := parser.ParseFile(token.NewFileSet(), filename, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var values []string
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != typeName {
			return true
		}
		for _, value := range spec.Values {
			if literal, ok := value.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, unquoteErr := strconv.Unquote(literal.Value)
				err = errors.Join(err, unquoteErr)
				values = append(values, text)
			}
		}
		return true
	})
	if err == nil && len(values) == 0 {
		err = fmt.Errorf("%s has no constants of type %s", filename, typeName)
	}
	return values, err
}
