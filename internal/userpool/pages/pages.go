// Package pages draws the pages on which people sign in and up: a title, what
// went wrong or well, forms, and where else to go. It knows no more than that;
// what a page says and where its forms lead is its caller's.
//
// The pages need no script. Whatever they repeat is escaped by html/template.
package pages

import (
	"bytes"
	_ "embed" // for the template
	"html/template"
	"io"
	"strings"
)

//go:embed page.html
var pageHTML string

// Page is what one page shows.
type Page struct {
	Title string
	Intro string // under the title
	Good  string // what has just succeeded
	// Wrong is what was wrong with what was sent, in a sentence. Faults of fields
	// are listed with it.
	Wrong string
	Form  *Form
	Links []Link
	Style string // address of the style sheet
}

// Form is a form that is sent by POST.
type Form struct {
	Action string
	Hidden []Hidden
	Fields []Field
	Submit string // label of its button
	Other  *Other
}

// Other is a second button, which sends the form elsewhere, complete or not.
type Other struct{ Lead, Submit, Action string }

// Hidden is a value that a form carries along.
type Hidden struct{ Name, Value string }

// Field is one input of a form.
type Field struct {
	Name         string // also its id
	Label        string
	Type         string // of the input: text, password
	Value        string
	Autocomplete string // WHATWG HTML, section 4.10.18.7.1
	InputMode    string // which keyboard a phone shows
	Code         bool   // six digits, shown large
	Hint         string
	Rules        []string // that the value must keep
	Fault        string   // what is wrong with it, in a sentence
}

// Link leads to another page.
type Link struct{ Lead, Text, Address string }

// Drawer draws pages. It may be used from any goroutine.
type Drawer struct{ page *template.Template }

// New returns a Drawer.
func New() *Drawer {
	return &Drawer{template.Must(template.New("page").Parse(pageHTML))}
}

// Draw writes the page as HTML, all of it or, with an error, nothing.
func (d *Drawer) Draw(w io.Writer, p Page) error {
	var b bytes.Buffer
	if err := d.page.Execute(&b, view{p, p.focus()}); err != nil {
		return err
	}
	_, err := b.WriteTo(w)
	return err
}

// view is a page and the name of the field that has the focus at first.
type view struct {
	Page
	Focus string
}

// focus returns the first field without a value; none when there is something
// wrong, because then the summary has the focus.
func (p Page) focus() string {
	if p.HasFaults() {
		return ""
	}
	for _, field := range p.fields() {
		if field.Value == "" {
			return field.Name
		}
	}
	return ""
}

// HasFaults reports whether something was wrong with what was sent.
func (p Page) HasFaults() bool { return p.Wrong != "" || len(p.Faulty()) > 0 }

// Faulty returns the fields with faults.
func (p Page) Faulty() (faulty []Field) {
	for _, field := range p.fields() {
		if field.Fault != "" {
			faulty = append(faulty, field)
		}
	}
	return faulty
}

func (p Page) fields() []Field {
	if p.Form == nil {
		return nil
	}
	return p.Form.Fields
}

// Describes returns the ids of what describes the field, for aria-describedby.
func (f Field) Describes() (ids string) {
	for _, part := range []struct {
		there bool
		id    string
	}{{f.Fault != "", "-fault"}, {f.Hint != "", "-hint"}, {len(f.Rules) > 0, "-rules"}} {
		if part.there {
			ids += f.Name + part.id + " "
		}
	}
	return strings.TrimSuffix(ids, " ")
}
