// Package alarms watches a process by the alarms of the AWS stack: the same
// names, thresholds and periods, evaluated over the console's history.
//
// An alarm is evaluated each minute over its last periods: it is in ALARM when
// enough of them were above the threshold, else OK. Nothing measured in any of
// them is INSUFFICIENT_DATA, where CloudWatch with TreatMissingData:
// notBreaching says OK: on one machine silence means that nobody is watching.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
package alarms
