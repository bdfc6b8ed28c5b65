package wire

import (
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/exchange"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// Of the memory that requests are written in, in bytes.
const (
	roomForRequest = 4 << 10  // that a new writer has: most requests are shorter
	maxKept        = 64 << 10 // above which it is left to the collector
)

var errUnknownKind = errors.New("a value of no kind that can be written")

// A writer writes the JSON of a request. The first mistake is kept in err.
type writer struct {
	body   []byte
	header []exchange.Field // memory for that of the request
	err    error
}

// writers keeps writers for the next request: a transaction of a booking is
// several kilobytes long, and of no use once it is answered.
type writers struct{ pool sync.Pool }

// get returns a writer that nothing has been written to.
func (k *writers) get() *writer {
	if w, ok := k.pool.Get().(*writer); ok {
		return w
	}
	return &writer{body: make([]byte, 0, roomForRequest)}
}

// put takes back a writer that nobody uses any more.
func (k *writers) put(w *writer) {
	if cap(w.body) <= maxKept {
		w.body, w.err = w.body[:0], nil
		k.pool.Put(w)
	}
}

// raw writes JSON as it is.
func (w *writer) raw(json string) { w.body = append(w.body, json...) }

// string writes a string. One that is not UTF-8 is a mistake: DynamoDB would keep
// another text in its place.
func (w *writer) string(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			w.quoted(s)
			return
		}
	}
	w.body = append(w.body, '"')
	w.body = append(w.body, s...)
	w.body = append(w.body, '"')
}

// quoted writes a string that may need escapes.
func (w *writer) quoted(s string) {
	var err error
	if w.body, err = jsontext.AppendQuote(w.body, s); err != nil && w.err == nil {
		w.err = fmt.Errorf("a text of the request: %w", err)
	}
}

// member writes a string member of an object, with the comma before it; nothing
// when the string is empty.
func (w *writer) member(name, s string) {
	if s == "" {
		return
	}
	w.raw(`,"`)
	w.raw(name)
	w.raw(`":`)
	w.string(s)
}

func (w *writer) value(v table.Value) {
	switch v.Kind {
	case table.KindText:
		w.raw(`{"S":`)
		w.string(v.Text)
		w.raw(`}`)
	case table.KindNumber:
		w.raw(`{"N":`)
		w.string(v.Text)
		w.raw(`}`)
	case table.KindList:
		w.raw(`{"L":[`)
		for i, member := range v.List {
			if i > 0 {
				w.raw(`,`)
			}
			w.value(member)
		}
		w.raw(`]}`)
	default:
		w.err = errors.Join(w.err, errUnknownKind)
	}
}

// attributes writes attributes as members of an object, without its braces.
func (w *writer) attributes(it table.Item) {
	for i, a := range it {
		if i > 0 {
			w.raw(`,`)
		}
		w.string(a.Name)
		w.raw(`:`)
		w.value(a.Value)
	}
}

// key writes the members of a key, without the braces of their object.
func (w *writer) key(k table.Key) {
	w.raw(`"pk":{"S":`)
	w.string(k.PK)
	w.raw(`},"sk":{"S":`)
	w.string(k.SK)
	w.raw(`}`)
}

// values writes the member with the values of placeholders, if there are any.
func (w *writer) values(values table.Item) {
	if len(values) > 0 {
		w.raw(`,"ExpressionAttributeValues":{`)
		w.attributes(values)
		w.raw(`}`)
	}
}

// getItem and the next functions write one request, and return the writer.
func getItem(w *writer, k table.Key) *writer {
	w.raw(`{"ConsistentRead":true,"Key":{`)
	w.key(k)
	w.raw(`},"TableName":`)
	w.string(k.Table)
	w.raw(`}`)
	return w
}

// batchGetItem writes the keys table by table, each in the order given.
func batchGetItem(w *writer, keys []table.Key) *writer {
	w.raw(`{"RequestItems":{`)
	for n, first := range keys {
		if tableIndex(keys, first.Table) < n {
			continue // its table is written already
		}
		if n > 0 {
			w.raw(`,`)
		}
		w.string(first.Table)
		w.raw(`:{"ConsistentRead":true,"Keys":[`)
		for i, k := range keys[n:] {
			if k.Table != first.Table {
				continue
			}
			if i > 0 {
				w.raw(`,`)
			}
			w.raw(`{`)
			w.key(k)
			w.raw(`}`)
		}
		w.raw(`]}`)
	}
	w.raw(`}}`)
	return w
}

// tableIndex returns where the table is named first.
func tableIndex(keys []table.Key, name string) int {
	for n := range keys {
		if keys[n].Table == name {
			return n
		}
	}
	return -1
}

func transactGetItems(w *writer, keys []table.Key) *writer {
	w.raw(`{"TransactItems":[`)
	for n, k := range keys {
		if n > 0 {
			w.raw(`,`)
		}
		w.raw(`{"Get":{"Key":{`)
		w.key(k)
		w.raw(`},"TableName":`)
		w.string(k.Table)
		w.raw(`}}`)
	}
	w.raw(`]}`)
	return w
}

func query(w *writer, q table.Query) *writer {
	w.raw(`{"ConsistentRead":true,"TableName":`)
	w.string(q.Table)
	w.member("KeyConditionExpression", q.KeyCondition)
	w.member("FilterExpression", q.Filter)
	w.values(q.Values)
	w.raw(`,"ScanIndexForward":`)
	w.body = strconv.AppendBool(w.body, !q.Backward)
	if q.Limit > 0 {
		w.raw(`,"Limit":`)
		w.body = strconv.AppendInt(w.body, int64(q.Limit), 10)
	}
	if q.After != (table.Key{}) {
		w.raw(`,"ExclusiveStartKey":{`)
		w.key(q.After)
		w.raw(`}`)
	}
	w.raw(`}`)
	return w
}

// transactWriteItems writes a transaction, which DynamoDB carries out once however
// often it arrives with the same token within ten minutes.
func transactWriteItems(w *writer, writes []table.Write, token string) *writer {
	w.raw(`{"ClientRequestToken":`)
	w.string(token)
	w.raw(`,"TransactItems":[`)
	for n := range writes {
		if n > 0 {
			w.raw(`,`)
		}
		w.write(&writes[n])
	}
	w.raw(`]}`)
	return w
}

func (w *writer) write(each *table.Write) {
	switch each.Action {
	case table.Put:
		w.raw(`{"Put":{"Item":{`)
		w.key(each.Key)
		if len(each.Item) > 0 {
			w.raw(`,`)
			w.attributes(each.Item)
		}
	case table.Update:
		w.raw(`{"Update":{"Key":{`)
		w.key(each.Key)
	case table.Delete:
		w.raw(`{"Delete":{"Key":{`)
		w.key(each.Key)
	}
	w.raw(`},"TableName":`)
	w.string(each.Key.Table)
	w.member("UpdateExpression", each.Update)
	w.member("ConditionExpression", each.Condition)
	if len(each.Names) > 0 {
		w.raw(`,"ExpressionAttributeNames":{`)
		for i, n := range each.Names {
			if i > 0 {
				w.raw(`,`)
			}
			w.string(n.Placeholder)
			w.raw(`:`)
			w.string(n.Attribute)
		}
		w.raw(`}`)
	}
	w.values(each.Values)
	w.raw(`}}`)
}
