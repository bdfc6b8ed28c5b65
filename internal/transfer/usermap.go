package transfer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/spacefinder/spacefinder"
)

// UserMap says which user of the new user pool somebody of the old one is.
// Cognito gives every user that it imports a new id (sub), and a booking
// belongs to the id.
type UserMap struct {
	userIDs map[string]string // by the id in the file
	sum     string
}

// Bounds of a user map: Cognito imports at most half a million users at once.
const (
	maxMapSize = 128 << 20
	mapHeader  = "oldUserID,newUserID"
)

// ReadUserMap reads comma-separated values (RFC 4180): the header
// oldUserID,newUserID, then a row for each user. Two users may become one.
func ReadUserMap(r io.Reader) (*UserMap, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxMapSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the user map: %w", err)
	}
	if len(text) > maxMapSize {
		return nil, fmt.Errorf("the user map has more than %d bytes", maxMapSize)
	}
	in := bufio.NewReader(bytes.NewReader(text))
	first, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the user map: %w", err)
	}
	if string(bytes.TrimRight([]byte(first), "\r\n")) != mapHeader {
		return nil, fmt.Errorf("the user map does not begin with the line %q", mapHeader)
	}
	sum := sha256.Sum256(text)
	m := &UserMap{userIDs: map[string]string{}, sum: hex.EncodeToString(sum[:])}
	return m, m.read(in)
}

func (m *UserMap) read(in io.Reader) error {
	rows := csv.NewReader(in)
	rows.FieldsPerRecord = 2
	rows.ReuseRecord = true
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("user map, below its header: %w", err)
		}
		number, _ := rows.FieldPos(0)
		number++ // the header
		if !spacefinder.ValidID(row[0]) || !spacefinder.ValidID(row[1]) {
			return fmt.Errorf("user map: line %d: %q,%q are not two ids", number, row[0], row[1])
		}
		if _, twice := m.userIDs[row[0]]; twice {
			return fmt.Errorf("user map: line %d: %s stands in it twice", number, row[0])
		}
		m.userIDs[row[0]] = row[1]
	}
}

// checksum identifies the map; "" for none.
func (m *UserMap) checksum() string {
	if m == nil {
		return ""
	}
	return m.sum
}

// apply returns the item with its user's new id, and whether the map knows the
// user. What is not a booking has none.
func (m *UserMap) apply(i item) (item, bool) {
	b, ok := i.(booking)
	if !ok || m == nil {
		return i, true
	}
	userID, known := m.userIDs[b.UserID]
	if known {
		b.UserID = userID
	}
	return b, known
}
