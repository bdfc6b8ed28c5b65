package deploytest_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/deploytest"
)

// templates reads templates, given as file name and JSON by turns.
func templates(t *testing.T, files ...string) map[string]deploytest.Template {
	t.Helper()
	all := map[string]deploytest.Template{}
	for i := 0; i < len(files); i += 2 {
		var template deploytest.Template
		if err := json.Unmarshal([]byte(files[i+1]), &template); err != nil {
			t.Fatal(err)
		}
		all[files[i]] = template
	}
	return all
}

func TestFunctions(t *testing.T) {
	const around = `{"Parameters":{"Name":{"Type":"String"},"List":{"Type":"CommaDelimitedList","Default":"a,b"},"None":{"Type":"String","Default":""}},
		"Mappings":{"Ports":{"Web":{"x":8081}}},
		"Conditions":{"Yes":{"Fn::Equals":[{"Ref":"Name"},"x"]},"No":{"Fn::Not":[{"Condition":"Yes"}]},
			"Both":{"Fn::And":[{"Condition":"Yes"},{"Condition":"No"}]},"All":{"Fn::And":[{"Condition":"Yes"},{"Condition":"Yes"}]}},
		"Resources":{"Other":{"Type":"T"},"Absent":{"Type":"T","Condition":"No"},"R":{"Type":"T","Properties":{"P":VALUE}}}}`
	tests := []struct{ name, value, want string }{
		{"a value", `{"a":[1,true,"b"]}`, `{"a":[1,true,"b"]}`},
		{"a parameter", `{"Ref":"Name"}`, "x"},
		{"a list parameter", `{"Ref":"List"}`, `["a","b"]`},
		{"a pseudo parameter", `{"Ref":"AWS::Region"}`, "us-east-1"},
		{"a resource", `{"Ref":"Other"}`, "<Other>"},
		{"an attribute", `{"Fn::GetAtt":["Other","Arn"]}`, "<Other.Arn>"},
		{"an attribute in one text", `{"Fn::GetAtt":"Other.Arn"}`, "<Other.Arn>"},
		{"a text", `{"Fn::Sub":"${Name}-${Other}-${Other.Arn}-${AWS::Region}-${!Literal}"}`, "x-<Other>-<Other.Arn>-us-east-1-${!Literal}"},
		{"a text with its own names", `{"Fn::Sub":["${Port}",{"Port":{"Fn::FindInMap":["Ports","Web",{"Ref":"Name"}]}}]}`, "8081"},
		{"a list that is joined", `{"Fn::Join":[",",{"Ref":"List"}]}`, "a,b"},
		{"a choice", `[{"Fn::If":["Yes",1,2]},{"Fn::If":["No",1,2]}]`, "[1,2]"},
		{"a choice of conditions together", `[{"Fn::If":["Both",1,2]},{"Fn::If":["All",1,2]}]`, "[2,1]"},
		{"nothing", `[1,{"Fn::If":["No",2,{"Ref":"AWS::NoValue"}]},{"a":{"Ref":"AWS::NoValue"}}]`, "[1,{}]"},
		{"what AWS decides", `{"Fn::Select":[0,{"Fn::GetAZs":""}]}`, `<Fn::Select[0,{"Fn::GetAZs":""}]>`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			all := templates(t, "t", strings.Replace(around, "VALUE", test.value, 1))
			stack, err := deploytest.Evaluate(all, "t", map[string]string{"Name": "x"})
			if err != nil {
				t.Fatal(err)
			}
			if got := named(stack, "R").Properties.Get("P").String(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if len(stack.Resources) != 2 {
				t.Errorf("got %d resources, want the two whose conditions hold", len(stack.Resources))
			}
		})
	}
}

func TestNestedStacks(t *testing.T) {
	all := templates(t,
		"outer", `{"Resources":{
			"First":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":"inner","Parameters":{"In":{"Fn::GetAtt":["Second","Outputs.Out"]}}}},
			"Second":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":"inner","Parameters":{"In":"x"}}}},
			"Outputs":{"Result":{"Value":{"Fn::Sub":"${First.Outputs.Out}"}}}}`,
		"inner", `{"Parameters":{"In":{"Type":"String"}},"Resources":{"R":{"Type":"T","Properties":{"P":{"Ref":"In"}}}},
			"Outputs":{"Out":{"Value":{"Fn::Join":["+",[{"Ref":"In"},{"Ref":"R"}]]}}}}`)
	stack, err := deploytest.Evaluate(all, "outer", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := stack.Outputs["Result"], "x+<Second.R>+<First.R>"; got != want {
		t.Errorf("output %s, want %s", got, want)
	}
	if r := named(stack, "First.R"); r.File != "inner" || r.Properties.Get("P").String() != "x+<Second.R>" {
		t.Errorf("got %+v", r)
	}
}

func TestMistakesAreReported(t *testing.T) {
	const rest = `"Resources":{"R":{"Type":"T"}}`
	tests := []struct{ name, template, want string }{
		{"a parameter that is not given", `{"Parameters":{"P":{"Type":"String"}},` + rest + `}`, "parameter P is not given"},
		{"a value that is not allowed", `{"Parameters":{"Given":{"Type":"String","AllowedValues":["a"]}},` + rest + `}`, `Given may not be "x"`},
		{"a parameter that there is not", `{` + rest + `}`, "no parameter Given"},
		{"a Ref to nothing", `{"Resources":{"R":{"Type":"T","Properties":{"P":{"Ref":"Missing"}}}}}`, "Ref Missing"},
		{"a GetAtt of nothing", `{"Resources":{"R":{"Type":"T","Properties":{"P":{"Fn::Sub":"${Missing.Arn}"}}}}}`, "GetAtt Missing"},
		{"a resource that a condition leaves out", `{"Conditions":{"No":{"Fn::Equals":["a","b"]}},"Resources":{"A":{"Type":"T","Condition":"No"},
			"R":{"Type":"T","Properties":{"P":{"Ref":"A"}}}}}`, "Ref A"},
		{"an unknown condition", `{"Resources":{"R":{"Type":"T","Condition":"Missing"}}}`, "no condition Missing"},
		{"an unknown function", `{"Resources":{"R":{"Type":"T","Properties":{"P":{"Fn::Split":["",""]}}}}}`, "Fn::Split is not known"},
		{"a map without the key", `{"Resources":{"R":{"Type":"T","Properties":{"P":{"Fn::FindInMap":["M","a","b"]}}}}}`, "the mappings have no"},
		{"a dependency on nothing", `{"Resources":{"R":{"Type":"T","DependsOn":"Missing"}}}`, "depends on Missing"},
		{"an output that there is not", `{"Resources":{"N":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":"empty"}},
			"R":{"Type":"T","Properties":{"P":{"Fn::GetAtt":["N","Outputs.Missing"]}}}}}`, "no output Missing"},
		{"a template that there is not", `{"Resources":{"N":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":"missing"}}}}`, "no such template"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			all := templates(t, "t", test.template, "empty", `{"Resources":{}}`)
			_, err := deploytest.Evaluate(all, "t", map[string]string{"Given": "x"})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestExpandSaysWhatIsMissing(t *testing.T) {
	if _, err := deploytest.Expand(t.Context(), "false", "."); err == nil || !strings.Contains(err.Error(), "scripts/check-templates") {
		t.Errorf("got the error %v, want one that says how to get the translator", err)
	}
}
