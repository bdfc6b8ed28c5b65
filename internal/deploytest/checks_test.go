package deploytest_test

// checks are all checks by name. TestMutations shows of each that it can fail.
func checks() map[string]check {
	return map[string]check{
		"the ports of a service are one port":               checkPorts,
		"the document's stage variables are set":            checkStageVariables,
		"the document's import resolves":                    checkDocument,
		"a service may do what it does, and no more":        checkGrants,
		"the tasks reach what they call":                    checkEgress,
		"every wildcard has its reason":                     checkWildcards,
		"every role is for one service of AWS":              checkTrust,
		"a container has the settings of its service":       checkContainers,
		"a container runs as the image is made":             checkImage,
		"the authorizer has the settings that it reads":     checkAuthorizer,
		"a request is never cut off by a deployment":        checkDrain,
		"alarms are on metrics that there are":              checkAlarmMetrics,
		"alarms tell somebody, and do not mind silence":     checkAlarmActions,
		"the composite alarm has them all":                  checkComposite,
		"every alarm has its page in the runbook":           checkRunbook,
		"the dashboard shows metrics that there are":        checkDashboard,
		"queries read log groups and fields that there are": checkQueries,
		"the access log is JSON whatever is unknown":        checkAccessLog,
		"every log ends":                                            checkRetention,
		"every stack hands down its tag":                            checkTags,
		"what is stored is encrypted and kept":                      checkStorage,
		"production is protected and in two zones, staging is not":  checkStages,
		"the tables have the store's keys":                          checkTables,
		"the outputs are those that scripts and people rely on":     checkOutputs,
		"the pipeline hands over what the stages take":              checkPipeline,
		"the build's commands have the variables that they use":     checkBuildspecs,
		"CloudFormation may make every kind of resource in a stage": checkDeployRole,
	}
}
