// Package dynamodb keeps locations, resources and bookings in Amazon DynamoDB,
// in the tables of deploy/tables.yaml, one per service. All keys are composed
// texts, pk and sk; '#' is in no id, so no id can be taken for another word.
//
// # The items
//
//	table      pk                      sk            what
//	locations  location#L              location      the location; counts its resources
//	           directory               location#L    a copy of it: the list of all
//	resources  location#L              resource#R    the resource: the list of its location
//	           resource#R              claim         where it is: R is unique; counts its bookings
//	bookings   booking#B               booking       the booking: B is unique
//	           user#U                  START#B       a copy of it: the list of its user
//	           resource#R#L            START#B       a copy of it: the list of its resource
//	           schedule#R              2026-11-22    what is taken on that day
//
// # Why it is right
//
// Every write is one transaction, and every decision that it rests on is a
// condition of that transaction: that an item is absent, has the revision that
// was read, counts no children, or says of a day exactly what was read. So a
// transaction that happens was decided on what is true at that instant. One that
// does not is decided anew. A refusal writes nothing that a condition could
// confirm, so it is decided on a reading of all its items at one instant.
//
// No two bookings overlap: both would be in the item of a day that they share,
// whose text each of their transactions requires to be as it was read. No child
// is without its parent: the transaction that makes the child counts it on the
// parent, and the parent is deleted only on condition that it counts none.
// Lists are read from the tables themselves, strongly consistent; there is no
// index that could lag behind.
//
// DynamoDB allows 100 items in a transaction. A booking of 31 days is in at most
// 32 days; one that moves to other days and another resource changes 71 items.
package dynamodb
