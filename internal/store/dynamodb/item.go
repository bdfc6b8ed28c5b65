package dynamodb

import (
	"fmt"
	"strconv"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// The store's words for what package table defines.
type (
	item  = table.Item // nil stands for one that does not exist
	key   = table.Key
	write = table.Write
)

func text(name, s string) table.Attribute { return table.Attribute{Name: name, Value: table.Text(s)} }

func number(name string, n int64) table.Attribute {
	return table.Attribute{Name: name, Value: table.Value{Kind: table.KindNumber, Text: strconv.FormatInt(n, 10)}}
}

func texts(name string, values []string) table.Attribute {
	list := make([]table.Value, len(values))
	for i, v := range values {
		list[i] = table.Text(v)
	}
	return table.Attribute{Name: name, Value: table.Value{Kind: table.KindList, List: list}}
}

// A decoder reads the attributes of an item. An attribute that is missing or of
// another type is a fault in the table: the first is kept in err.
type decoder struct {
	it  item
	err error
}

// attribute returns the value of an attribute, an empty one when it is at fault.
func (d *decoder) attribute(name string, kind table.Kind) *table.Value {
	for n := range d.it {
		if a := &d.it[n]; a.Name == name && a.Value.Kind == kind {
			return &a.Value
		}
	}
	if d.err == nil {
		d.err = fmt.Errorf("the item has no attribute %q of the type that it should have", name)
	}
	return &table.Value{}
}

func (d *decoder) text(name string) string { return d.attribute(name, table.KindText).Text }

func (d *decoder) number(name string) int64 {
	v := d.attribute(name, table.KindNumber)
	if v.Kind != table.KindNumber {
		return 0
	}
	n, err := strconv.ParseInt(v.Text, 10, 64)
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("attribute %q: %w", name, err)
	}
	return n
}

func (d *decoder) texts(name string) []string {
	list := d.attribute(name, table.KindList).List
	if len(list) == 0 {
		return nil
	}
	values := make([]string, len(list))
	for i, member := range list {
		if member.Kind != table.KindText {
			d.err = fmt.Errorf("attribute %q has a member that is not a text", name)
			return nil
		}
		values[i] = member.Text
	}
	return values
}

// decodeIf decodes an item that may not exist.
func decodeIf[T any](it item, decode func(item) (T, error)) (value T, exists bool, err error) {
	if it == nil {
		return value, false, nil
	}
	value, err = decode(it)
	return value, true, err
}

// empty returns nil when the counter of an item says that it has no children;
// CodeNotEmpty.
func empty(kind string, it item, counter string) error {
	d := decoder{it: it}
	if children := d.number(counter); children > 0 {
		return spacefinder.Errorf(spacefinder.CodeNotEmpty, "The %s still has %s.", kind, counter)
	}
	return d.err
}
