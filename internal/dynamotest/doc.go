// Package dynamotest is what tests over DynamoDB need: a real server (DynamoDB
// Local), the tables of deploy/tables.yaml, and a proxy that injects faults in
// front of the server. Only tests import it.
package dynamotest
