package harness

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

const programPackage = "github.com/spacefinder/spacefinder/cmd/spacefinder"

// Build compiles the program into the folder and returns its path. A test that
// runs with the race detector tests a program that has it too.
func Build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "spacefinder")
	args := []string{"build", "-o", binary}
	if raceEnabled {
		args = append(args, "-race")
	}
	command := exec.CommandContext(ctx, "go", append(args, programPackage)...)
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", programPackage, err, output)
	}
	return binary, nil
}
