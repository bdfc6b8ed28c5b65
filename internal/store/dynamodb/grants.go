package dynamodb

// A Grant is something that a service's role must be allowed to do with a table.
// A template that grants less breaks the service; one that grants more gives away
// what the design withholds.
type Grant struct {
	Service string   // locations, resources or bookings
	Table   string   // logical id in deploy/tables.yaml
	Actions []string // of IAM, in order; those of batches and transactions are the single ones that they consist of

	// LeadingKeys limits the grant to items whose pk is like this
	// (condition ForAllValues:StringLike on dynamodb:LeadingKeys); "" does not.
	LeadingKeys string
	// Attributes limits it to these attributes (condition
	// ForAllValues:StringEquals on dynamodb:Attributes); nil does not.
	Attributes []string
}

// Grants lists what the three services do, and no more: each with its own table,
// and with its parent's only as much as proves that the parent exists and counts
// children. Readiness is a GetItem on the service's own table.
//
// TransactGetItems and TransactWriteItems have no IAM action of their own.
func Grants() []Grant {
	own := func(service, table string, actions ...string) Grant {
		return Grant{Service: service, Table: table, Actions: actions}
	}
	return []Grant{
		own("locations", "LocationsTable",
			"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
		own("resources", "ResourcesTable",
			"dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
		{
			Service: "resources", Table: "LocationsTable", LeadingKeys: "location#*",
			Actions: []string{"dynamodb:BatchGetItem", "dynamodb:GetItem"},
		},
		{
			Service: "resources", Table: "LocationsTable", LeadingKeys: "location#*",
			Actions: []string{"dynamodb:UpdateItem"}, Attributes: []string{"pk", "sk", "resources"},
		},
		own("bookings", "BookingsTable",
			"dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
		{
			Service: "bookings", Table: "ResourcesTable", LeadingKeys: "resource#*",
			Actions: []string{"dynamodb:BatchGetItem", "dynamodb:GetItem"},
		},
		{
			Service: "bookings", Table: "ResourcesTable", LeadingKeys: "resource#*",
			Actions: []string{"dynamodb:UpdateItem"}, Attributes: []string{"pk", "sk", "bookings", "locationID"},
		},
	}
}
