package httpconn

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// shared is a connection that Go's runtime does not know of: to wait for it is left
// to readable.
type shared struct {
	fd       int
	readable func(fd int) error
}

// dialShared connects to an address on this machine, which takes no time.
func dialShared(addr string, readable func(fd int) error) (stream, error) {
	to, err := netip.ParseAddrPort(addr)
	if err != nil || !to.Addr().Is4() {
		return nil, fmt.Errorf("%q is not an address of IPv4 with a port", addr)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	s := shared{fd, readable}
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return nil, errors.Join(os.NewSyscallError("setsockopt", err), s.Close())
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}); err != nil {
		return nil, errors.Join(os.NewSyscallError("connect", err), s.Close())
	}
	return s, nil
}

// Read implements io.Reader.
func (s shared) Read(p []byte) (int, error) {
	for {
		n, _, err := unix.Recvfrom(s.fd, p, unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN):
			if err := s.readable(s.fd); err != nil {
				return 0, err
			}
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, os.NewSyscallError("recvfrom", err)
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Write implements io.Writer. Requests are shorter than what the system holds of
// them, so that it does not wait.
func (s shared) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, err := unix.Write(s.fd, p[written:])
		if err != nil && !errors.Is(err, unix.EINTR) {
			return written, os.NewSyscallError("write", err)
		}
		written += max(n, 0)
	}
	return written, nil
}

// Close implements io.Closer.
func (s shared) Close() error { return os.NewSyscallError("close", unix.Close(s.fd)) }

// SetDeadline does nothing: who decides when readable returns looks after the time.
func (shared) SetDeadline(time.Time) error { return nil }
