package telemetry

import "strings"

// An emfMetric is a metric in CloudWatch, made of a family of the catalogue.
type emfMetric struct {
	name   string
	unit   string   // of CloudWatch's MetricDatum
	family string   // counters, or a histogram of seconds
	labels []string // which of the family, names and values by turns
}

// Units of CloudWatch.
const (
	unitCount        = "Count"
	unitMilliseconds = "Milliseconds"
)

// EMFService is the value of the dimension Service for the front door; services
// have their own names.
const EMFService = "gateway"

// BusinessMetrics are the names in CloudWatch of what a service counts, as the
// dashboard of the stack shows them: for "bookings" ProcessedBookings and what
// begins so.
//
//   - Processed...: every request that the service answered
//   - Processed...Errors: those of them that it answered with a status of 5xx
//   - Processed...ClientErrors: those answered 4xx, which are nobody's fault here
//   - Processed...Latency: milliseconds
func BusinessMetrics(service string) []string {
	var names []string
	for _, metric := range serviceEMF(service) {
		names = append(names, metric.name)
	}
	return names
}

func serviceEMF(service string) []emfMetric {
	name := "Processed" + strings.ToUpper(service[:1]) + service[1:]
	return []emfMetric{
		{name, unitCount, ServiceRequests, []string{labelService, service}},
		{name + "Errors", unitCount, ServiceRequests, []string{labelService, service, labelStatus, class5XX}},
		{name + "ClientErrors", unitCount, ServiceRequests, []string{labelService, service, labelStatus, class4XX}},
		{name + "Latency", unitMilliseconds, ServiceDuration, []string{labelService, service}},
	}
}

// gatewayEMF are the front door's, under the names that API Gateway uses.
func gatewayEMF() []emfMetric {
	return []emfMetric{
		{"Count", unitCount, GatewayRequests, nil},
		{"4XXError", unitCount, GatewayRequests, []string{labelStatus, class4XX}},
		{"5XXError", unitCount, GatewayRequests, []string{labelStatus, class5XX}},
		{"Throttles", unitCount, GatewayThrottled, nil},
		{"Latency", unitMilliseconds, GatewayDuration, nil},
		{"IntegrationLatency", unitMilliseconds, GatewayIntegration, nil},
		{"AuthorizerCalls", unitCount, AuthorizerCalls, nil},
		{"AuthorizerFailures", unitCount, AuthorizerCalls, []string{labelResult, ResultFailed}},
		{"AuthorizerDuration", unitMilliseconds, AuthorizerDuration, nil},
	}
}
