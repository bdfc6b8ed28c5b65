package transfer

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
)

// Export writes everything that the stores hold to w and returns how much that
// is. It reads a page at a time, so stores that change meanwhile give a file
// that mixes their states; where that breaks the order of the file, or shows an
// item that the contract does not allow, Export fails.
func Export(ctx context.Context, w io.Writer, from Stores, r Reporting) (Counts, error) {
	out := newLineWriter(w)
	if err := out.write(line{Header: &header{Version: formatVersion, ExportedAt: r.Now().UTC()}}); err != nil {
		return Counts{}, err
	}
	var order sequence
	m := newMeter(r, "exported")
	for i, err := range walk(ctx, from) {
		if err != nil {
			return order.counts, fmt.Errorf("read the store: %w", err)
		}
		if err := order.next(i); err != nil {
			return order.counts, fmt.Errorf("%s %s %w; was the store written to meanwhile?", i.kind(), i.id(), err)
		}
		if err := out.write(i.line()); err != nil {
			return order.counts, err
		}
		m.add(i.kind())
	}
	return order.counts, out.end(order.counts)
}

// lineWriter writes lines and the checksum over them.
type lineWriter struct {
	out    *bufio.Writer
	digest hash.Hash
}

func newLineWriter(w io.Writer) *lineWriter {
	return &lineWriter{out: bufio.NewWriterSize(w, maxLine), digest: sha256.New()}
}

func (w *lineWriter) write(l line) error {
	text, err := l.encode()
	if err != nil {
		return fmt.Errorf("encode a line: %w", err)
	}
	w.digest.Write(text) // a hash.Hash never fails
	_, err = w.out.Write(text)
	return err
}

func (w *lineWriter) end(c Counts) error {
	t := trailer{Counts: c, SHA256: hex.EncodeToString(w.digest.Sum(nil))}
	if err := w.write(line{Trailer: &t}); err != nil {
		return err
	}
	return w.out.Flush()
}
