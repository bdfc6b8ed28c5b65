package httpconn

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// head is what the lines before a body say about it.
type head struct {
	status  int
	length  int64 // of the body
	chunked bool
	last    bool // the server closes the connection afterwards
}

const unknownLength = -1

// readHead reads a head. http.ReadResponse does the same, and keeps all fields
// in a map, which would be a good part of what the client does.
func readHead(reader *bufio.Reader) (head, error) {
	h := head{length: unknownLength}
	line, err := readLine(reader)
	if err != nil {
		return h, err
	}
	if h.status, err = parseStatus(line); err != nil {
		return h, err
	}
	for {
		line, err := readLine(reader)
		if err != nil {
			return h, err
		}
		if len(line) == 0 {
			break
		}
		if err := h.note(line); err != nil {
			return h, err
		}
	}
	if h.status == http.StatusNoContent || h.status == http.StatusNotModified {
		h.length, h.chunked = 0, false // whatever its fields say (RFC 9112, 6.3)
	}
	if h.length == unknownLength && !h.chunked {
		return h, errors.New("the answer does not say how long it is")
	}
	return h, nil
}

// readLine returns the next line without its end. It is good until the next read.
func readLine(reader *bufio.Reader) ([]byte, error) {
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// parseStatus reads a status line, such as "HTTP/1.1 200 OK".
func parseStatus(line []byte) (int, error) {
	rest, ok := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	status, err := strconv.Atoi(string(code))
	if !ok || err != nil || status < http.StatusOK || status > 999 {
		return 0, fmt.Errorf("%q is not the first line of an answer", line)
	}
	return status, nil
}

// note keeps what a field says about the body.
func (h *head) note(line []byte) error {
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found {
		return fmt.Errorf("%q is not a field of a header", line)
	}
	value = bytes.TrimSpace(value)
	switch {
	case bytes.EqualFold(name, []byte("Content-Length")):
		length, err := strconv.ParseUint(string(value), 10, 31)
		if err != nil || h.length != unknownLength {
			return fmt.Errorf("%q is not the length of an answer", line)
		}
		h.length = int64(length)
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		if !bytes.EqualFold(value, []byte("chunked")) {
			return fmt.Errorf("%q is not known", line)
		}
		h.chunked = true
	case bytes.EqualFold(name, []byte("Connection")):
		h.last = bytes.EqualFold(value, []byte("close"))
	}
	return nil
}

// readChunks appends the chunks to the body (RFC 9112, 7.1). Extensions and
// trailers are read over.
func (c *Conn) readChunks() error {
	for {
		line, err := readLine(c.reader)
		if err != nil {
			return err
		}
		digits, _, _ := bytes.Cut(line, []byte(";"))
		size, err := strconv.ParseUint(string(bytes.TrimSpace(digits)), 16, 31)
		if err != nil {
			return fmt.Errorf("%q is not the size of a chunk", line)
		}
		if size == 0 {
			break
		}
		if err := c.readPart(int64(size)); err != nil {
			return err
		}
		if line, err := readLine(c.reader); err != nil || len(line) > 0 {
			return errors.Join(errors.New("a chunk has not the size that it says"), err)
		}
	}
	for {
		if line, err := readLine(c.reader); err != nil || len(line) == 0 {
			return err
		}
	}
}
