package deploytest_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startTimeout is how long a program may take to say that it is ready, on a busy
// machine.
const startTimeout = 30 * time.Second

// TestServicesStartWithTheirSettings starts the program with the command and the
// environment of each container, and nothing else but credentials, which ECS
// gives, and a free port.
func TestServicesStartWithTheirSettings(t *testing.T) {
	s := theSite(t)
	binary := filepath.Join(t.TempDir(), "spacefinder")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/spacefinder/spacefinder/cmd/spacefinder")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for service, stack := range services() {
		t.Run(service, func(t *testing.T) {
			container := containerOf(s.stages["production"], stack)
			variables := []string{"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x"}
			for name, value := range environment(container) {
				variables = append(variables, name+"="+value)
			}
			args := append(container.Get("Command").Strings(), "-addr", "127.0.0.1:0", "-drain-delay", "0s")
			if err := startAndStop(t.Context(), binary, variables, args); err != nil {
				t.Error(err)
			}
		})
	}
}

// startAndStop waits until the program logs that it is ready, and ends it.
func startAndStop(ctx context.Context, binary string, variables, args []string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, binary, args...)
	command.Env = variables
	output, err := command.StderrPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	var said strings.Builder
	for lines := bufio.NewScanner(io.TeeReader(output, &said)); lines.Scan(); {
		if strings.Contains(lines.Text(), `"msg":"ready"`) {
			err = command.Process.Signal(syscall.SIGTERM)
		}
	}
	if err = errors.Join(err, command.Wait()); err != nil || !strings.Contains(said.String(), `"msg":"ready"`) {
		return errors.Join(err, errors.New(said.String()))
	}
	return nil
}
