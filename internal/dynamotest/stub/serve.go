package stub

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// maxRequest is the largest request that DynamoDB takes, in bytes.
const maxRequest = 16 << 20

// Serve answers on the listener until ctx ends.
//
// It is not a handler of net/http because that sends what is longer than 4 kB in
// pieces, each of which wakes the client. DynamoDB's answers come in TLS
// records, which hold up to 16 kB, and so does each of these in one.
func Serve(ctx context.Context, listener net.Listener, o Options) error {
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	s := &server{o: o}
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		go s.converse(ctx, conn)
	}
}

// maxKept is how many answers a server keeps.
const maxKept = 1024

// A server keeps what it answers to reads: DynamoDB is no load on the machine of
// its clients, and what the stub takes of a core is missing to the service that is
// measured.
type server struct {
	o     Options
	kept  sync.Map // of a request's operation and body: []byte, the whole answer
	count atomic.Int64
}

// converse answers the requests of a connection one after the other, until the
// client leaves or sends something else.
func (s *server) converse(ctx context.Context, conn net.Conn) {
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	reader := bufio.NewReaderSize(conn, longestLine)
	var body []byte
	for {
		request, err := readHead(reader)
		if err != nil || request.length < 0 || request.length > maxRequest {
			return
		}
		body = slices.Grow(body[:0], request.length)[:request.length]
		if _, err := io.ReadFull(reader, body); err != nil {
			return
		}
		time.Sleep(s.o.Delay)
		if _, err := conn.Write(s.respond(request, body)); err != nil {
			return
		}
	}
}

// longestLine is room for a line of a head: a session's token is the longest part.
const longestLine = 16 << 10

// head is what matters of the lines before a body. http.ReadRequest keeps them all
// in a map, which would be most of what the stub does.
type head struct {
	get       bool
	operation string // without the name of the API before it
	length    int    // of the body, in bytes
}

func readHead(reader *bufio.Reader) (h head, err error) {
	line, err := reader.ReadSlice('\n')
	h.get = bytes.HasPrefix(line, []byte("GET "))
	for err == nil {
		if line, err = reader.ReadSlice('\n'); err != nil {
			break
		}
		name, value, field := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case !field:
			return h, nil
		case bytes.EqualFold(name, []byte("X-Amz-Target")):
			_, operation, _ := bytes.Cut(value, []byte("."))
			h.operation = string(operation)
		case bytes.EqualFold(name, []byte("Content-Length")):
			h.length, err = strconv.Atoi(string(value))
		}
	}
	return h, err
}

// respond returns the whole answer of a request. A GET asks whether the stub is
// there.
func (s *server) respond(request head, body []byte) []byte {
	if request.get {
		return message(http.StatusOK, "{}")
	}
	asked := request.operation + string(body)
	if kept, ok := s.kept.Load(asked); ok {
		answer, _ := kept.([]byte)
		return answer
	}
	answer := s.o.respond(request.operation, body)
	if reads := request.operation == "GetItem" || request.operation == "Query"; reads && s.count.Add(1) <= maxKept {
		s.kept.Store(asked, answer)
	}
	return answer
}

func (o Options) respond(operation string, body []byte) []byte {
	answer, err := o.answer(operation, body)
	switch {
	case err != nil:
		return message(http.StatusBadRequest, `{"__type":"com.amazon.coral.service#SerializationException","message":"the stub cannot read it"}`)
	case answer == "":
		return message(http.StatusBadRequest, `{"__type":"com.amazon.coral.service#UnknownOperationException"}`)
	default:
		return message(http.StatusOK, answer)
	}
}

func message(status int, body string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n"+
		"X-Amz-Crc32: %d\r\nX-Amzn-Requestid: STUB\r\n\r\n%s",
		status, http.StatusText(status), len(body), crc32.ChecksumIEEE([]byte(body)), body)
}
