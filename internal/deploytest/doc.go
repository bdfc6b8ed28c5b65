// Package deploytest evaluates the CloudFormation templates of deploy/ as far as
// that is possible without an account, so that tests can hold what a stage would
// be made of to the program that runs in it.
//
// Expand has SAM and AWS::Include done by AWS's own translator, a Python package.
// Evaluate then resolves parameters, conditions, functions and nested stacks for
// the parameters of one stage. What only AWS can know, such as a generated name,
// stays a placeholder that names where it comes from: <Application.LoadBalancer>
// for the Ref of a resource, <Application.LoadBalancer.DNSName> for an attribute.
// So two places that are the same placeholder get the same value in AWS, too.
package deploytest
