// Package iampolicy is the part of the IAM policy language that a Lambda
// authorizer of API Gateway speaks: the event that it gets, the response that
// it gives, and the evaluation of the policy in that response.
//
// It stands between the authorizer, which writes policies, and the front door,
// which evaluates them, so that neither knows the other. What API Gateway
// would refuse, and what this package does not evaluate (Condition, NotAction,
// NotResource, Principal), is an error of [Document.Validate], never ignored.
package iampolicy
