package report

import (
	"bytes"
	"fmt"
	"os"
)

// The markers between which a document has the figures. Everything outside of
// them is left as it is.
const (
	Begin = "<!-- figures: begin -->\n"
	End   = "<!-- figures: end -->\n"
)

// CheckDocument reports a document that cannot take the figures, so that a long
// run does not end in nothing.
func CheckDocument(name string) error {
	text, err := os.ReadFile(name) //nolint:gosec // the operator names the document
	if err != nil {
		return err
	}
	_, err = splice(name, text, nil)
	return err
}

// UpdateDocument puts the report between the markers of the document.
func (r Run) UpdateDocument(name string) error {
	text, err := os.ReadFile(name) //nolint:gosec // the operator names the document
	if err != nil {
		return err
	}
	var figures bytes.Buffer
	if err := r.Write(&figures); err != nil {
		return err
	}
	updated, err := splice(name, text, figures.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(name, updated, 0o644) //nolint:gosec // a document for everybody
}

// splice returns the text with the figures between its markers, each of which
// must stand there once and on a line of its own.
func splice(name string, text, figures []byte) ([]byte, error) {
	begin, end := bytes.Index(text, []byte(Begin)), bytes.Index(text, []byte(End))
	if begin < 0 || end < begin || bytes.Count(text, []byte(Begin)) != 1 || bytes.Count(text, []byte(End)) != 1 {
		return nil, fmt.Errorf("%s must have the lines %q and %q once each, in this order", name, Begin, End)
	}
	return bytes.Join([][]byte{text[:begin+len(Begin)], []byte("\n"), figures, []byte("\n"), text[end:]}, nil), nil
}
