//! Variables over scopes, and what `$states` has in which field.

use expect_test::expect;
use serde_json::{Value, json};

use super::{choice, pass, report, say, task, with};

/// A machine whose `Sets` assigns `a`, with a Map over states that are one.
fn nested(inner: Value, config: &Value) -> String {
    let inner = with(json!({"Type": "Pass", "End": true}), inner);
    let processor = json!({"ProcessorConfig": config, "StartAt": "Inner", "States": {"Inner": inner}});
    json!({
        "StartAt": "Sets",
        "States": {
            "Sets": {"Type": "Pass", "Assign": {"alpha": 1}, "Next": "Each"},
            "Each": {"Type": "Map", "ItemProcessor": processor, "Assign": {"omega": 2}, "End": true},
        },
    })
    .to_string()
}

#[test]
fn an_inner_scope_reads_and_does_not_set() {
    let inline = || json!({"Mode": "INLINE"});
    let shown: String = [
        nested(json!({"Assign": {"own": 1}, "OutputPath": "$alpha"}), &inline()),
        nested(json!({"Assign": {"alpha.$": "$"}}), &inline()),
        nested(json!({"Assign": {"omega": 1}}), &inline()),
        nested(json!({"OutputPath": "$alpa"}), &inline()),
        nested(json!({"QueryLanguage": "JSONata", "Output": "{% $beta + ($gamma := 1; $gamma) %}"}), &inline()),
    ]
    .iter()
    .map(|definition| report(definition))
    .collect();
    expect![[r#"
        SCHEMA_VALIDATION_FAILED /States/Each/ItemProcessor/States/Inner/Assign/alpha.$ `"alpha.$"`: the variable 'alpha' is assigned in a scope around this one already (states within a Parallel or Map read it and cannot set it: take another name)
        SCHEMA_VALIDATION_FAILED /States/Each/ItemProcessor/States/Inner/Assign/omega `"omega"`: the variable 'omega' is assigned in a scope around this one already (states within a Parallel or Map read it and cannot set it: take another name)
        warning UNASSIGNED_VARIABLE /States/Each/ItemProcessor/States/Inner `"Inner"`: the state reads the variable 'alpa', and no 'Assign' that it sees sets it (did you mean "alpha"?)
        warning UNASSIGNED_VARIABLE /States/Each/ItemProcessor/States/Inner `"Inner"`: the state reads the variable 'beta', and no 'Assign' that it sees sets it (states before it in its scope, and those of the scopes around it, can set it)
    "#]].assert_eq(&shown);
}

#[test]
fn what_an_inner_scope_sets_is_not_seen_outside() {
    let definition = json!({
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "One", "States": {"One": {"Type": "Pass", "Assign": {"x": 1}, "End": true}}},
                    {"StartAt": "Two", "States": {"Two": {"Type": "Pass", "Assign": {"x": 2}, "End": true}}},
                ],
                "Next": "After",
            },
            "After": {"Type": "Pass", "OutputPath": "$x", "End": true},
        },
    });
    expect![[r#"
        warning UNASSIGNED_VARIABLE /States/After `"After"`: the state reads the variable 'x', and no 'Assign' that it sees sets it (states before it in its scope, and those of the scopes around it, can set it)
    "#]].assert_eq(&report(&definition.to_string()));
}

#[test]
fn results_and_errors_are_read_where_they_are() {
    let jsonata = |state, fields| with(with(state, json!({"QueryLanguage": "JSONata"})), fields);
    let result = json!({"a": ["{% $states.result %}"]});
    let catch = |fields| json!([with(json!({"ErrorEquals": ["States.ALL"], "Next": "Done"}), fields)]);
    let mut rule = choice(json!({"Condition": "{% $states.result %}", "Next": "Done", "Output": "{% $states %}"}));
    rule["QueryLanguage"] = json!("JSONata");
    say(
        &[
            jsonata(task(json!({})), json!({"Output": result, "Assign": result})),
            jsonata(task(json!({})), json!({"Arguments": result, "TimeoutSeconds": "{% 1 + $states.result.n %}"})),
            jsonata(task(json!({})), json!({"Output": "{% $states.errorOutput %}"})),
            jsonata(pass(json!({})), json!({"Output": "{% $states.input.result & $states.result %}"})),
            jsonata(task(json!({})), json!({"Catch": catch(json!({"Output": "{% $states.errorOutput.Error %}"}))})),
            jsonata(task(json!({})), json!({"Catch": catch(json!({"Output": "{% $states.result %}"}))})),
            rule,
        ],
        &expect![[r#"
            UNSUPPORTED_JSONATA_EXPRESSION /States/S/Arguments/a[0] `$states.result`: Reference to '$states.result' is not supported in this field. (only 'Output' and 'Assign' of a Task, Parallel or Map state have it)
            UNSUPPORTED_JSONATA_EXPRESSION /States/S/TimeoutSeconds `$states.result`: Reference to '$states.result' is not supported in this field. (only 'Output' and 'Assign' of a Task, Parallel or Map state have it)
            UNSUPPORTED_JSONATA_EXPRESSION /States/S/Output `$states.errorOutput`: Reference to '$states.errorOutput' is not supported in this field. (only 'Output' and 'Assign' of an entry of 'Catch' have it)
            UNSUPPORTED_JSONATA_EXPRESSION /States/S/Output `$states.result`: Reference to '$states.result' is not supported in this field. (only 'Output' and 'Assign' of a Task, Parallel or Map state have it)
            warning ERROR_ENDS_IN_SUCCESS /States/S/Catch[0]/Next `"Done"`: an execution that ends by States.ALL will be SUCCEEDED: "Done" is a Succeed state (lead to a Fail state if callers should see the failure)
            warning ERROR_ENDS_IN_SUCCESS /States/S/Catch[0]/Next `"Done"`: an execution that ends by States.ALL will be SUCCEEDED: "Done" is a Succeed state (lead to a Fail state if callers should see the failure)
            UNSUPPORTED_JSONATA_EXPRESSION /States/S/Catch[0]/Output `$states.result`: Reference to '$states.result' is not supported in this field. (only 'Output' and 'Assign' of a Task, Parallel or Map state have it)
            UNSUPPORTED_JSONATA_EXPRESSION /States/S/Choices[0]/Condition `$states.result`: Reference to '$states.result' is not supported in this field. (only 'Output' and 'Assign' of a Task, Parallel or Map state have it)
        "#]],
    );
}

#[test]
fn texts_that_only_look_like_expressions() {
    let jsonata = |fields| with(pass(json!({"QueryLanguage": "JSONata"})), fields);
    say(
        &[
            jsonata(json!({"Output": {"a": "{% 1 %}", "b": "100 %}", "c": "$.c"}})),
            jsonata(json!({"Output": ["Hello {% 1 %}", " {% 1 %}", "{% 1"]})),
            jsonata(json!({"Output": {"a.$": "$.a"}})),
            jsonata(json!({"Assign": {"a.$": 1}})),
            pass(json!({"Parameters": {"a": "{% $states.input %}"}})),
        ],
        &expect![[r#"
            warning NOT_AN_EXPRESSION /States/S/Output[0] `"Hello {% 1 %}"`: the text has '{%' in it and is taken as it is (an expression begins with {% and ends with %}, without anything around it)
            warning NOT_AN_EXPRESSION /States/S/Output[1] `" {% 1 %}"`: the text has '{%' in it and is taken as it is (an expression begins with {% and ends with %}, without anything around it)
            warning NOT_AN_EXPRESSION /States/S/Output[2] `"{% 1"`: the text has '{%' in it and is taken as it is (an expression begins with {% and ends with %}, without anything around it)
            warning NOT_AN_EXPRESSION /States/S/Output/a.$ `"a.$"`: 'a.$' is not computed: the state's language is JSONata (take the '.$' away, and write the value as {% … %})
            SCHEMA_VALIDATION_FAILED /States/S/Assign `"a.$"`: the variable name 'a.$' may have letters, digits and underscores only
            warning NOT_AN_EXPRESSION /States/S/Parameters/a `"{% $states.input %}"`: the value looks like JSONata and is taken as it is: the state's language is JSONPath (give the state "QueryLanguage": "JSONata")
        "#]],
    );
}
