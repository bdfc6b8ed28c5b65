package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
)

// Undocumented returns what lacks a comment: the package, when none of its
// files describes it, and every exported name. A comment on a group of
// constants, variables or types describes all of them.
func Undocumented(p Package) []string {
	var found []string
	if !slices.ContainsFunc(p.Files, func(f File) bool { return f.AST.Doc.Text() != "" }) {
		found = append(found, p.Path+": the package has no comment")
	}
	for _, f := range p.Files {
		for _, decl := range f.AST.Decls {
			for _, name := range undocumentedNames(decl) {
				found = append(found, fmt.Sprintf("%s: %s has no comment", f.at(name), name.Name))
			}
		}
	}
	return found
}

func undocumentedNames(decl ast.Decl) []*ast.Ident {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Doc.Text() == "" && d.Name.IsExported() && (d.Recv == nil || exportedReceiver(d.Recv)) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT || d.Doc.Text() != "" {
			return nil
		}
		var names []*ast.Ident
		for _, spec := range d.Specs {
			names = append(names, undocumentedSpec(spec)...)
		}
		return names
	}
	return nil
}

func undocumentedSpec(spec ast.Spec) []*ast.Ident {
	var names []*ast.Ident
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Doc.Text() == "" && s.Comment.Text() == "" {
			names = []*ast.Ident{s.Name}
		}
	case *ast.ValueSpec:
		if s.Doc.Text() == "" && s.Comment.Text() == "" {
			names = s.Names
		}
	}
	return slices.DeleteFunc(slices.Clone(names), func(n *ast.Ident) bool { return !n.IsExported() })
}

func exportedReceiver(recv *ast.FieldList) bool {
	t := recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if generic, ok := t.(*ast.IndexExpr); ok {
		t = generic.X
	}
	name, ok := t.(*ast.Ident)
	return ok && name.IsExported()
}

// InitFunctions returns the places of functions that run by themselves when
// the package is imported.
func InitFunctions(p Package) []string {
	var found []string
	for _, f := range p.Files {
		for _, decl := range f.AST.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && d.Recv == nil && d.Name.Name == "init" {
				found = append(found, f.at(d)+": init")
			}
		}
	}
	return found
}

// Uses returns the places where the package refers to one of the names of an
// imported package, under whatever name it is imported there.
func Uses(p Package, imported string, names ...string) []string {
	var found []string
	for _, f := range p.Files {
		local := localName(f.AST, imported)
		ast.Inspect(f.AST, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(names, selector.Sel.Name) {
				return true
			}
			if x, ok := selector.X.(*ast.Ident); ok && local != "" && x.Name == local {
				found = append(found, fmt.Sprintf("%s: %s.%s", f.at(selector), imported, selector.Sel.Name))
			}
			return true
		})
	}
	return found
}

// localName returns the name by which a file refers to an imported package, ""
// when it does not.
func localName(file *ast.File, imported string) string {
	for _, spec := range file.Imports {
		switch from, err := strconv.Unquote(spec.Path.Value); {
		case err != nil || from != imported:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return path.Base(imported)
		}
	}
	return ""
}
