package transfer

import (
	"bytes"
	"errors"
	"io"
)

// Rewrite reads a file and writes its items anew.
func Rewrite(file []byte, r Reporting) (content []byte, err error) {
	in, err := newReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	var buffer bytes.Buffer
	out := newLineWriter(&buffer)
	if err := out.write(line{Header: &header{Version: formatVersion, ExportedAt: r.Now()}}); err != nil {
		return nil, err
	}
	for {
		n, err := in.next()
		if errors.Is(err, io.EOF) {
			err = out.end(in.order.counts)
			return buffer.Bytes(), err
		}
		if err != nil {
			return nil, err
		}
		if err := out.write(n.line()); err != nil {
			return nil, err
		}
	}
}
