package dynamodb

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/spacefinder/spacefinder"
)

// An item is an item of a table; nil stands for one that does not exist.
type item = map[string]types.AttributeValue

// A key names an item of a table.
type key struct{ table, pk, sk string }

// attributes returns the key as the attributes that every item has.
func (k key) attributes() item {
	return item{"pk": text(k.pk), "sk": text(k.sk)}
}

// with returns the item that has this key and the attributes.
func (k key) with(attributes item) item {
	it := k.attributes()
	maps.Copy(it, attributes)
	return it
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func texts(values []string) types.AttributeValue {
	list := make([]types.AttributeValue, len(values))
	for i, v := range values {
		list[i] = text(v)
	}
	return &types.AttributeValueMemberL{Value: list}
}

// A decoder reads the attributes of an item. An attribute that is missing or of
// another type is a fault in the table: the first is kept in err.
type decoder struct {
	it  item
	err error
}

func attribute[T types.AttributeValue](d *decoder, name string) (value T) {
	value, ok := d.it[name].(T)
	if !ok && d.err == nil {
		d.err = fmt.Errorf("the item has no attribute %q of type %T", name, value)
	}
	return value
}

func (d *decoder) text(name string) string {
	if v := attribute[*types.AttributeValueMemberS](d, name); v != nil {
		return v.Value
	}
	return ""
}

func (d *decoder) number(name string) int64 {
	v := attribute[*types.AttributeValueMemberN](d, name)
	if v == nil {
		return 0
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("attribute %q: %w", name, err)
	}
	return n
}

func (d *decoder) texts(name string) []string {
	v := attribute[*types.AttributeValueMemberL](d, name)
	if v == nil || len(v.Value) == 0 {
		return nil
	}
	values := make([]string, 0, len(v.Value))
	for _, member := range v.Value {
		s, ok := member.(*types.AttributeValueMemberS)
		if !ok {
			d.err = fmt.Errorf("attribute %q has a member that is not a text", name)
			return nil
		}
		values = append(values, s.Value)
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

// decodeAll decodes every item, in order.
func decodeAll[T any](items []item, decode func(item) (T, error)) ([]T, error) {
	values := make([]T, 0, len(items))
	for _, it := range items {
		v, err := decode(it)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}
