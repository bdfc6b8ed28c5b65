package process

import "errors"

// ErrNotPermitted says that this program may not say how a process is scheduled.
var ErrNotPermitted = errors.New("not permitted")
