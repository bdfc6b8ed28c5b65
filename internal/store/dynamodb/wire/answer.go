package wire

import (
	"errors"
	"strings"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

const (
	bytesPerAttribute = 40 // is about how long a short attribute is in an answer
	attributesOfItem  = 16 // is room for those of an item of a list
	membersOfList     = 4  // is room for those of an attribute
)

// An itemReader reads items out of an answer. The attributes of all of them lie
// one after the other in one slice, sized by a guess: it grows where that was
// wrong, and what lies in its earlier memory stays there.
type itemReader struct {
	scanner
	attributes []table.Attribute
}

func newItemReader(text string) itemReader { return itemReader{scanner: newScanner(text)} }

// item takes an item, which is not nil even when it has no attributes.
func (r *itemReader) item() table.Item {
	if r.attributes == nil {
		r.attributes = make([]table.Attribute, 0, 4+(len(r.text)-r.at)/bytesPerAttribute)
	}
	start := len(r.attributes)
	for r.open('{'); r.more('}'); {
		r.attributes = append(r.attributes, table.Attribute{})
		if a := &r.attributes[len(r.attributes)-1]; !r.plain(a) {
			a.Name = r.name()
			a.Value = r.value(deepest)
		}
	}
	end := len(r.attributes)
	return table.Item(r.attributes[start:end:end])
}

// plain fills in an attribute that is a text or a number, written as DynamoDB does and
// without an escape, which most are: "name":{"S":"text"}. It takes nothing, and says
// so, where there is any other; what is there, right or wrong, is for name and value
// to find out.
func (r *itemReader) plain(a *table.Attribute) bool {
	if r.at == len(r.text) || r.text[r.at] != '"' {
		return false
	}
	rest := r.text[r.at+1:]
	const isText, isNumber = `":{"S":"`, `":{"N":"`
	name := strings.IndexByte(rest, '"')
	start := name + len(isText)
	if name < 0 || start > len(rest) {
		return false
	}
	kind := table.KindText
	switch rest[name:start] {
	case isText:
	case isNumber:
		kind = table.KindNumber
	default:
		return false
	}
	length := strings.IndexByte(rest[start:], '"')
	end := start + length + len(`"`)
	if length < 0 || end == len(rest) || rest[end] != '}' || r.escapes && strings.IndexByte(rest[:end], '\\') >= 0 {
		return false
	}
	a.Name, a.Value.Kind, a.Value.Text = rest[:name], kind, rest[start:start+length]
	r.at += len(`"`) + end + len(`}`)
	return true
}

func (r *itemReader) items() []table.Item {
	items := []table.Item{}
	for r.open('['); r.more(']'); {
		items = append(items, r.item())
	}
	return items
}

// value takes an attribute's value, nested in so many levels at most: an object
// whose one member names its type.
func (r *itemReader) value(levels int) (v table.Value) {
	if levels == 0 {
		r.fail("%w", errNesting)
		return v
	}
	r.open('{')
	if !r.more('}') {
		r.fail("a value without a type")
		return v
	}
	switch r.name() {
	case "S":
		v = table.Text(r.string())
	case "N":
		v = table.Value{Kind: table.KindNumber, Text: r.string()}
	case "L":
		members := make([]table.Value, 0, membersOfList)
		for r.open('['); r.more(']'); {
			members = append(members, r.value(levels-1))
		}
		v = table.Value{Kind: table.KindList, List: members}
	default:
		r.skip()
	}
	r.take('}')
	return v
}

// readItem reads the answer to GetItem.
func readItem(text string) (it table.Item, err error) {
	r := newItemReader(text)
	for r.open('{'); r.more('}'); {
		if r.name() == "Item" {
			it = r.item()
		} else {
			r.skip()
		}
	}
	return it, r.end()
}

// readPage reads the answer to a Query of the table, and calls found with each item,
// which all lie in the same memory.
func readPage(text, tableName string, found func(table.Item)) (last table.Key, err error) {
	r := newItemReader(text)
	r.attributes = make([]table.Attribute, 0, attributesOfItem)
	var key table.Item
	for r.open('{'); r.more('}'); {
		switch r.name() {
		case "Items":
			for r.open('['); r.more(']'); r.attributes = r.attributes[:0] {
				if it := r.item(); r.err == nil {
					found(it)
				}
			}
		case "LastEvaluatedKey":
			key = r.item()
		default:
			r.skip()
		}
	}
	if err := r.end(); err != nil || len(key) == 0 {
		return table.Key{}, err
	}
	return table.KeyOf(tableName, key)
}

// readBatch reads the answer to BatchGetItem: the items of each table.
func readBatch(text string) (found map[string][]table.Item, err error) {
	r := newItemReader(text)
	unprocessed := false
	for r.open('{'); r.more('}'); {
		switch r.name() {
		case "Responses":
			found = make(map[string][]table.Item)
			for r.open('{'); r.more('}'); {
				name := r.name()
				found[name] = r.items()
			}
		case "UnprocessedKeys":
			for r.open('{'); r.more('}'); {
				unprocessed = true
				r.name()
				r.skip()
			}
		default:
			r.skip()
		}
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	if unprocessed {
		return nil, table.ErrUnprocessed
	}
	return found, nil
}

var errMiscounted = errors.New("not as many items as keys")

// readResponses reads the answer to TransactGetItems of so many keys.
func readResponses(text string, keys int) ([]table.Item, error) {
	r := newItemReader(text)
	items := make([]table.Item, 0, keys)
	for r.open('{'); r.more('}'); {
		if r.name() != "Responses" {
			r.skip()
			continue
		}
		for r.open('['); r.more(']'); {
			items = append(items, r.response())
		}
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	if len(items) != keys {
		return nil, errMiscounted
	}
	return items, nil
}

// response takes the answer to one key of a transaction.
func (r *itemReader) response() (it table.Item) {
	for r.open('{'); r.more('}'); {
		if r.name() == "Item" {
			it = r.item()
		} else {
			r.skip()
		}
	}
	return it
}

// readError reads the answer of a refusal: as much as it says of that.
func readError(text string) *table.Error {
	e := &table.Error{}
	s := newScanner(text)
	for s.open('{'); s.more('}'); {
		switch s.name() {
		case "__type": // such as com.amazonaws.dynamodb.v20120810#ResourceNotFoundException
			e.Code = s.string()
			e.Code = e.Code[strings.LastIndexByte(e.Code, '#')+1:]
		case "message", "Message":
			e.Message = s.stringOrNull()
		case "CancellationReasons":
			for s.open('['); s.more(']'); {
				e.Reasons = append(e.Reasons, s.reason())
			}
		default:
			s.skip()
		}
	}
	if s.end() != nil {
		e.Message = "an answer that cannot be read as DynamoDB's"
	}
	return e
}

// reason takes one reason of a cancelled transaction and returns its code.
func (s *scanner) reason() (code string) {
	for s.open('{'); s.more('}'); {
		if s.name() == "Code" {
			code = s.string()
		} else {
			s.skip()
		}
	}
	return code
}
