package sdkclient

import (
	"errors"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// attributes returns an item as the SDK has it; nil for none.
func attributes(items ...table.Item) map[string]types.AttributeValue {
	all := slices.Concat(items...)
	if len(all) == 0 {
		return nil
	}
	converted := make(map[string]types.AttributeValue, len(all))
	for _, a := range all {
		converted[a.Name] = attributeValue(a.Value)
	}
	return converted
}

func attributeValue(v table.Value) types.AttributeValue {
	switch v.Kind {
	case table.KindText:
		return &types.AttributeValueMemberS{Value: v.Text}
	case table.KindNumber:
		return &types.AttributeValueMemberN{Value: v.Text}
	case table.KindList:
		list := make([]types.AttributeValue, len(v.List))
		for i, member := range v.List {
			list[i] = attributeValue(member)
		}
		return &types.AttributeValueMemberL{Value: list}
	default:
		return nil // which the SDK refuses to write
	}
}

func itemOf(attributes map[string]types.AttributeValue) table.Item {
	if attributes == nil {
		return nil
	}
	it := make(table.Item, 0, len(attributes))
	for name, value := range attributes {
		it = append(it, table.Attribute{Name: name, Value: valueOf(value)})
	}
	return it
}

func itemsOf(all []map[string]types.AttributeValue) []table.Item {
	items := make([]table.Item, len(all))
	for i, each := range all {
		items[i] = itemOf(each)
	}
	return items
}

func valueOf(value types.AttributeValue) table.Value {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return table.Text(v.Value)
	case *types.AttributeValueMemberN:
		return table.Value{Kind: table.KindNumber, Text: v.Value}
	case *types.AttributeValueMemberL:
		list := make([]table.Value, len(v.Value))
		for i, member := range v.Value {
			list[i] = valueOf(member)
		}
		return table.Value{Kind: table.KindList, List: list}
	default:
		return table.Value{}
	}
}

func transactItem(w table.Write) types.TransactWriteItem {
	name, condition, values := aws.String(w.Key.Table), pointer(w.Condition), attributes(w.Values)
	var names map[string]string
	for _, n := range w.Names {
		if names == nil {
			names = make(map[string]string, len(w.Names))
		}
		names[n.Placeholder] = n.Attribute
	}
	switch w.Action {
	case table.Put:
		return types.TransactWriteItem{Put: &types.Put{
			TableName: name, Item: attributes(w.Key.Attributes(), w.Item),
			ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		}}
	case table.Update:
		return types.TransactWriteItem{Update: &types.Update{
			TableName: name, Key: attributes(w.Key.Attributes()), UpdateExpression: aws.String(w.Update),
			ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		}}
	default:
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: name, Key: attributes(w.Key.Attributes()),
			ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		}}
	}
}

// pointer returns an expression as requests have it: nil for none.
func pointer(expression string) *string {
	if expression == "" {
		return nil
	}
	return aws.String(expression)
}

// failure returns an error of the SDK in the words of package table.
func failure(operation string, err error) error {
	var invalid smithy.InvalidParamsError
	var unsent *smithy.SerializationError
	if errors.As(err, &invalid) || errors.As(err, &unsent) {
		return err
	}
	e := &table.Error{Operation: operation}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		e.Status = answer.HTTPStatusCode()
	}
	var request *awshttp.ResponseError
	if errors.As(err, &request) {
		e.RequestID = request.ServiceRequestID()
	}
	var refusal smithy.APIError
	switch {
	case errors.As(err, &refusal):
		e.Code, e.Message = refusal.ErrorCode(), refusal.ErrorMessage()
	case e.Status < http.StatusInternalServerError:
		return unreadable(operation, err)
	}
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		for _, reason := range canceled.CancellationReasons {
			e.Reasons = append(e.Reasons, aws.ToString(reason.Code))
		}
	}
	return e
}

// unreadable returns what an answer that is missing or makes no sense is; nil for
// no error.
func unreadable(operation string, err error) error {
	if err == nil {
		return nil
	}
	return &table.NoAnswerError{Operation: operation, Err: err}
}
