package cpulimit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// A group of this machine, where groups can be made: the process is in it while
// it lives, and the group goes.
func TestAProcessGetsPartOfACore(t *testing.T) {
	name := fmt.Sprintf("spacefinder-test-%d", os.Getpid())
	group, err := New(Root, name, 0.5)
	if errors.Is(err, ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(t.Context(), "sleep", "60")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	if err := group.Add(process.Process.Pid); err != nil {
		t.Error(err)
	}
	members, err := os.ReadFile(filepath.Join(group.dir, "cgroup.procs"))
	if err != nil || string(members) != fmt.Sprintf("%d\n", process.Process.Pid) {
		t.Errorf("the group has %q, %v, want process %d", members, err, process.Process.Pid)
	}
	_ = process.Process.Signal(syscall.SIGKILL)
	_ = process.Wait() // it was killed
	if err := group.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhereThereAreNoGroupsNoneIsMade(t *testing.T) {
	withoutCPU := t.TempDir()
	if err := os.WriteFile(filepath.Join(withoutCPU, "cgroup.controllers"), []byte("memory pids\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	notOurs := t.TempDir() // a delegated group without the file that gives the controller on
	if err := os.WriteFile(filepath.Join(notOurs, "cgroup.controllers"), []byte("cpu memory\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, root := range map[string]string{"no control groups": t.TempDir(), "no controller": withoutCPU, "not ours": notOurs} {
		if group, err := New(root, "group", 0.5); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: got %v, %v", name, group, err)
		}
	}
}
