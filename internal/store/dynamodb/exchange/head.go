package exchange

import (
	"net/http"
	"strconv"
	"strings"
)

// parseHead reads the head of an answer, without the empty line at its end, and
// returns it and how long the body is. It is plain when nothing but that length says
// where the answer ends, and the connection may be used again then; as to any other
// it is not for parseHead to say whether it is right.
func parseHead(head string) (answer Answer, length int, plain bool) {
	line, rest, _ := strings.Cut(head, "\r\n")
	if answer.Status, plain = parseStatus(line); !plain {
		return Answer{}, 0, false
	}
	answer.Header = make([]Field, 0, strings.Count(rest, "\n")+1)
	length = -1
	for more := rest != ""; more; {
		line, rest, more = strings.Cut(rest, "\r\n")
		f, ok := parseField(line)
		if !ok {
			return Answer{}, 0, false
		}
		switch {
		case strings.EqualFold(f.Name, "Content-Length"):
			n, err := strconv.ParseUint(f.Value, 10, 31)
			if err != nil || length >= 0 {
				return Answer{}, 0, false
			}
			length = int(n)
		case strings.EqualFold(f.Name, "Connection") && !strings.EqualFold(f.Value, "keep-alive"),
			strings.EqualFold(f.Name, "Transfer-Encoding"):
			return Answer{}, 0, false
		}
		answer.Header = append(answer.Header, f)
	}
	return answer, length, length >= 0
}

// parseStatus reads the first line of an answer, unless it is of another version
// of HTTP or has a status with which there is no body.
func parseStatus(line string) (status int, plain bool) {
	const version, example = "HTTP/1.1 ", "HTTP/1.1 200 "
	if len(line) < len(example) || line[:len(version)] != version || line[len(example)-1] != ' ' || hasControl(line) {
		return 0, false
	}
	n, err := strconv.ParseUint(line[len(version):len(example)-1], 10, 16)
	status = int(n)
	return status, err == nil && status >= http.StatusOK && status != http.StatusNoContent && status != http.StatusNotModified
}

// parseField reads a line of a header, unless there is anything unusual about it.
func parseField(line string) (f Field, plain bool) {
	colon := strings.IndexByte(line, ':')
	if colon <= 0 {
		return Field{}, false
	}
	for _, c := range []byte(line[:colon]) {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' {
			return Field{}, false
		}
	}
	if hasControl(line) {
		return Field{}, false
	}
	return Field{line[:colon], strings.Trim(line[colon+1:], " ")}, true
}

func hasControl(line string) bool {
	for i := range len(line) {
		if c := line[i]; c < ' ' || c == 0x7f {
			return true
		}
	}
	return false
}
