package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// policies returns how many threads of this process have each policy.
func policies(t *testing.T) map[uint32]int {
	t.Helper()
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	found := map[uint32]int{}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			t.Fatal(err)
		}
		attributes, err := unix.SchedGetAttr(id, 0)
		if errors.Is(err, unix.ESRCH) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		found[attributes.Policy]++
	}
	return found
}

// Every thread is scheduled in real time, and as before afterwards; or, without the
// right to do so, none is at any time.
func TestRealtime(t *testing.T) {
	restore, err := Realtime(os.Getpid())
	during := policies(t)
	if errors.Is(err, ErrNotPermitted) {
		if during[unix.SCHED_RR] != 0 {
			t.Errorf("it is not permitted, but threads have the policies %v", during)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if during[unix.SCHED_RR] == 0 || len(during) != 1 {
		t.Errorf("threads have the policies %v, want all of them %d", during, unix.SCHED_RR)
	}
	if err := restore(); err != nil {
		t.Fatal(err)
	}
	if after := policies(t); after[unix.SCHED_NORMAL] == 0 || len(after) != 1 {
		t.Errorf("threads have the policies %v, want all of them %d", after, unix.SCHED_NORMAL)
	}
}

func TestRealtimeOfNoProcess(t *testing.T) {
	if _, err := Realtime(1 << 30); err == nil {
		t.Error("no error")
	}
}
