package deploytest

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os/exec"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

//go:embed expand.py
var expander string

// ErrNoTranslator says that a Python has not got aws-sam-translator.
var ErrNoTranslator = errors.New("this Python has no aws-sam-translator; scripts/check-templates makes one that has")

// A Template is a template in its long form, as CloudFormation's JSON has it.
type Template map[string]any

// An Expansion is what became of the templates in one folder.
type Expansion struct {
	Templates map[string]Template `json:"templates"` // by the names of their files
	Problem   string              `json:"problem"`   // what is wrong with one of them, else ""
}

// Expand expands the templates of folders with a Python that has
// aws-sam-translator, in one run of it. ErrNoTranslator when it has not.
func Expand(ctx context.Context, python string, folders ...string) ([]Expansion, error) {
	if err := exec.CommandContext(ctx, python, "-c", "import samtranslator").Run(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoTranslator, python, err)
	}
	command := exec.CommandContext(ctx, python, append([]string{"-c", expander}, folders...)...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("expand %v: %w\n%s", folders, err, stderr.Bytes())
	}
	expansions := make([]Expansion, len(folders))
	decoder := jsontext.NewDecoder(&stdout)
	for i := range expansions {
		if err := json.UnmarshalDecode(decoder, &expansions[i]); err != nil {
			return nil, fmt.Errorf("expand %s: %w", folders[i], err)
		}
	}
	return expansions, nil
}
