package transfer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// maxLine bounds a line: the longest item that the contract allows, with every
// character escaped, is about half as long.
const maxLine = 128 << 10

// numbered is an item with its line in the file, from 1.
type numbered struct {
	item
	lineNumber int64
}

// failed returns an error that names the line and the item.
func (n numbered) failed(err error) error {
	return fmt.Errorf("line %d: %s %s: %w", n.lineNumber, n.kind(), n.id(), err)
}

var (
	errTruncated = errors.New("the file ends without its last line: it was not written or copied to the end")
	errChanged   = errors.New("the file is not as it was exported: its checksum is wrong")
	errAfterEnd  = errors.New("something follows the last line")
	errNoExport  = errors.New("the file does not begin as an export does")
)

// reader reads a file and checks all that can be known about a line from those
// before it.
type reader struct {
	in     *bufio.Reader
	digest hash.Hash
	order  sequence
	number int64  // of the line read last
	sum    string // the checksum, once the trailer has been read
}

// newReader reads the header.
func newReader(r io.Reader) (*reader, error) {
	rd := &reader{in: bufio.NewReaderSize(r, maxLine), digest: sha256.New()}
	l, err := rd.line()
	switch {
	case errors.Is(err, io.EOF), err == nil && l.Header == nil:
		return nil, errNoExport
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errNoExport, err)
	case l.Header.Version < 1 || l.Header.Version > formatVersion:
		return nil, fmt.Errorf("the file has format %d, this version of spacefinder reads %d", l.Header.Version, formatVersion)
	}
	return rd, nil
}

// line reads a line; io.EOF where there is none.
func (r *reader) line() (line, error) {
	text, err := r.in.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF) && len(text) == 0:
		return line{}, io.EOF
	case errors.Is(err, io.EOF):
		return line{}, errTruncated
	case errors.Is(err, bufio.ErrBufferFull):
		return line{}, fmt.Errorf("line %d is longer than any item", r.number+1)
	case err != nil:
		return line{}, fmt.Errorf("read line %d: %w", r.number+1, err)
	}
	r.number++
	l, err := decodeLine(bytes.TrimSuffix(text, []byte("\n")))
	if err != nil {
		return line{}, fmt.Errorf("line %d: %w", r.number, err)
	}
	if l.Trailer == nil {
		r.digest.Write(text) // a hash.Hash never fails
	}
	return l, nil
}

// next returns the next item; io.EOF after the last one, when the trailer is
// right and the last line.
func (r *reader) next() (numbered, error) {
	l, err := r.line()
	switch {
	case errors.Is(err, io.EOF):
		return numbered{}, errTruncated
	case err != nil:
		return numbered{}, err
	case l.Trailer != nil:
		return numbered{}, r.end(*l.Trailer)
	case l.Header != nil:
		return numbered{}, fmt.Errorf("line %d: a second header", r.number)
	}
	n := numbered{l.item(), r.number}
	if err := r.order.next(n.item); err != nil {
		return numbered{}, n.failed(err)
	}
	return n, nil
}

func (r *reader) end(t trailer) error {
	if t.Counts != r.order.counts {
		return fmt.Errorf("the file has %s; its last line says %s", r.order.counts, t.Counts)
	}
	if t.SHA256 != hex.EncodeToString(r.digest.Sum(nil)) {
		return errChanged
	}
	if _, err := r.in.ReadByte(); err == nil {
		return errAfterEnd
	} else if !errors.Is(err, io.EOF) {
		return fmt.Errorf("read after line %d: %w", r.number, err)
	}
	r.sum = t.SHA256
	return io.EOF
}
