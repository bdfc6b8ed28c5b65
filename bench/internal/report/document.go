package report

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// A Section is a part of a document that a report replaces. Everything outside
// of its markers is left as it is.
type Section string

// The sections.
const (
	Figures Section = "figures" // of a Run
	Soaking Section = "soak"    // of a Soak
)

// Begin returns the line that stands before the section.
func (s Section) Begin() string { return fmt.Sprintf("<!-- %s: begin -->\n", string(s)) }

// End returns the line that stands after it.
func (s Section) End() string { return fmt.Sprintf("<!-- %s: end -->\n", string(s)) }

// Check reports a document that cannot take the section, so that a long run does
// not end in nothing.
func (s Section) Check(name string) error {
	text, err := os.ReadFile(name) //nolint:gosec // the operator names the document
	if err != nil {
		return err
	}
	_, err = s.splice(name, text, nil)
	return err
}

// Report is what a section can be filled with.
type Report interface{ Write(w io.Writer) error }

// Update puts the report between the markers of the document.
func (s Section) Update(name string, r Report) error {
	text, err := os.ReadFile(name) //nolint:gosec // the operator names the document
	if err != nil {
		return err
	}
	var figures bytes.Buffer
	if err := r.Write(&figures); err != nil {
		return err
	}
	updated, err := s.splice(name, text, figures.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(name, updated, 0o644) //nolint:gosec // a document for everybody
}

// splice returns the text with the figures between the markers, each of which
// must stand there once and on a line of its own.
func (s Section) splice(name string, text, figures []byte) ([]byte, error) {
	first, last := []byte(s.Begin()), []byte(s.End())
	begin, end := bytes.Index(text, first), bytes.Index(text, last)
	if begin < 0 || end < begin || bytes.Count(text, first) != 1 || bytes.Count(text, last) != 1 {
		return nil, fmt.Errorf("%s must have the lines %q and %q once each, in this order", name, first, last)
	}
	return bytes.Join([][]byte{text[:begin+len(first)], []byte("\n"), figures, []byte("\n"), text[end:]}, nil), nil
}
