// Package table is what the store says to DynamoDB, and what it hears: items,
// keys, writes, queries, and the five calls of a Client. Two packages implement
// Client: wire over HTTP itself, sdkclient over the AWS SDK.
//
// All tables have the same key, the texts pk and sk.
package table

import "context"

// A Client makes calls to DynamoDB. It may be used by several goroutines.
//
// A call that is not answered, or answered with an error that may pass, is made
// again a bounded number of times, which is harmless: reading changes nothing,
// and a writing transaction carries the same client request token every time, so
// that DynamoDB carries it out once. The errors of all methods are an *Error when
// DynamoDB answered with one, a *NoAnswerError when no answer came, and otherwise
// say that the request itself cannot be made.
type Client interface {
	// Get reads an item, strongly consistent; nil when there is none.
	Get(ctx context.Context, key Key) (Item, error)

	// BatchGet reads up to 100 different items, each strongly consistent but not
	// all at one instant, and returns them in the order of the keys, nil for those
	// that are not there. ErrUnprocessed when DynamoDB did not read all of them.
	BatchGet(ctx context.Context, keys []Key) ([]Item, error)

	// TransactGet is BatchGet at one instant. It costs twice as much, and fails
	// while a transaction writes one of the items.
	TransactGet(ctx context.Context, keys []Key) ([]Item, error)

	// Query reads a part of a partition, strongly consistent, and calls found with
	// each item, in order. The item is valid until found returns; the texts in it
	// stay so. last is where the next page begins, the zero Key when there is none.
	Query(ctx context.Context, query Query, found func(Item)) (last Key, err error)

	// TransactWrite carries out up to 100 writes of different items, all of them
	// or none.
	TransactWrite(ctx context.Context, writes []Write) error
}

// A Key names an item of a table.
type Key struct{ Table, PK, SK string }

// Attributes returns the key as the attributes that its item has.
func (k Key) Attributes() Item {
	return Item{{"pk", Text(k.PK)}, {"sk", Text(k.SK)}}
}

// An Item is the attributes of an item, each name once, in no particular order. A
// nil Item stands for one that does not exist.
type Item []Attribute

// An Attribute is a named value.
type Attribute struct {
	Name  string
	Value Value
}

// Get returns the value of an attribute, and whether there is one.
func (it Item) Get(name string) (Value, bool) {
	for i := range it {
		if it[i].Name == name {
			return it[i].Value, true
		}
	}
	return Value{}, false
}

// A Kind is the type of a value.
type Kind byte

// The kinds that the store uses. A value of another type is read as KindOther,
// without its content, and cannot be written.
const (
	KindOther Kind = iota
	KindText
	KindNumber
	KindList
)

// A Value is what an attribute holds.
type Value struct {
	Kind Kind
	Text string  // KindText: itself; KindNumber: as DynamoDB writes it, such as -1.5
	List []Value // KindList: its members
}

// Text returns a value of KindText.
func Text(s string) Value { return Value{Kind: KindText, Text: s} }

// An Action is what a Write does to its item.
type Action byte

// The actions.
const (
	Put    Action = iota // writes the whole item
	Update               // changes attributes of the item, or makes it
	Delete               // deletes the item, if there is one
)

// A Write is one action of a transaction. Expressions are in DynamoDB's language.
type Write struct {
	Action    Action
	Key       Key
	Item      Item   // Put: the attributes beside the key
	Update    string // Update: the update expression
	Condition string // has to hold for the transaction to happen; "": none
	Names     []Name // that stand for attributes in the expressions
	Values    Item   // of the placeholders in the expressions, such as :revision
}

// A Name stands for the name of an attribute in an expression, where that may be a
// reserved word.
type Name struct{ Placeholder, Attribute string } // Placeholder: such as #name

// A Query asks for the items of a partition in the order of their sort keys.
type Query struct {
	Table        string
	KeyCondition string // expression
	Filter       string // expression; what it leaves out counts for Limit all the same; "": none
	Values       Item   // of the placeholders in the expressions
	Limit        int    // at most so many items are read; 0: as many as DynamoDB likes
	Backward     bool   // from the end
	After        Key    // where the page begins; zero: at the beginning
}

// InOrder puts the items of a batch, which come in any order, into that of the
// keys. found holds the items of each table. The error says that an item is not
// what a batch can hold.
func InOrder(keys []Key, found map[string][]Item) ([]Item, error) {
	items := make([]Item, len(keys))
	for name, of := range found {
		for _, it := range of {
			k, err := KeyOf(name, it)
			if err != nil {
				return nil, err
			}
			for n := range keys {
				if keys[n] == k {
					items[n] = it
				}
			}
		}
	}
	return items, nil
}
