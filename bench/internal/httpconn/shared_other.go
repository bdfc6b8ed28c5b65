//go:build !linux

package httpconn

import "errors"

func dialShared(string, func(fd int) error) (stream, error) { return nil, errors.ErrUnsupported }
