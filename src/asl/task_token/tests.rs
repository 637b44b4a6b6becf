//! Every way in which a definition can hand a token on, and the ways in which it cannot be told.

use serde_json::{Value, json};

use super::cut::{Piece, cut, plausible};
use super::{TokenError, find};

/// 44 characters of base64, with a `/` and a `+` in it.
const TOKEN: &str = "AQEAAAAAAAAAAwAAAAAAAABw/xq+m0l5Yk3mVQ1pXwPa";

fn machine(state: &Value) -> String {
    json!({"StartAt": "S", "States": {"S": state}}).to_string()
}

#[test]
fn a_json_path_template_tells_where_the_token_is() {
    let encoded = "QVFFQUFBQUFBQUFBQXdBQUFBQUFBQUJ3L3hxK20wbDVZazNtVlExcFh3UGE=";
    for (template, filled) in [
        (json!({"token.$": "$$.Task.Token"}), json!({"token": TOKEN})),
        (json!({"token.$": "$$['Task']['Token']"}), json!({"token": TOKEN})),
        (json!({"Payload": {"a": [1, {"t.$": "$$.Task.Token"}]}}), json!({"Payload": {"a": [1, {"t": TOKEN}]}})),
        (json!({"task.$": "$$.Task"}), json!({"task": {"Token": TOKEN}})),
        (json!({"context.$": "$$"}), json!({"context": {"Execution": {"Id": "x"}, "Task": {"Token": TOKEN}}})),
        (
            json!({"url.$": "States.Format('https://x/{}?token={}&n={}', $.id, $$.Task.Token, $.n)"}),
            json!({"url": format!("https://x/a?token={TOKEN}&n=1")}),
        ),
        (
            json!({"url.$": "States.Format('https://x/{}/{}', $.id, $$.Task.Token)"}),
            json!({"url": format!("https://x/17/{TOKEN}")}),
        ),
        (
            json!({"url.$": r"States.Format('\{{}\} it\'s', $$.Task.Token)"}),
            json!({"url": format!("{{{TOKEN}}} it's")}),
        ),
        (
            json!({"url.$": "States.Format('a {}', States.Format('b{}.', $$.Task.Token))"}),
            json!({"url": format!("a b{TOKEN}.")}),
        ),
        (json!({"list.$": "States.Array($.a, $$.Task.Token)"}), json!({"list": ["a", TOKEN]})),
        (json!({"text.$": "States.JsonToString($$.Task)"}), json!({"text": format!("{{\"Token\":\"{TOKEN}\"}}")})),
        (json!({"text.$": "States.Base64Encode($$.Task.Token)"}), json!({"text": encoded})),
        (json!({"all.$": "States.JsonMerge($, $$.Task, false)"}), json!({"all": {"a": 1, "Token": TOKEN}})),
        // What cannot be undone is searched for what looks like a token.
        (json!({"all.$": "States.StringToJson(States.Format('[\"{}\"]', $$.Task.Token))"}), json!({"all": [TOKEN]})),
        (json!({"all.$": "$$..Token"}), json!({"all": [TOKEN]})),
        // The first that is clear decides, whatever stands before it.
        (json!({"a.$": "$$..Token", "b.$": "$$.Task.Token"}), json!({"a": ["x".repeat(44), TOKEN], "b": TOKEN})),
    ] {
        let definition = machine(&json!({"Type": "Task", "Parameters": template}));
        assert_eq!(find(&definition, "S", &filled).as_deref(), Ok(TOKEN), "{template}");
    }
}

#[test]
fn a_jsonata_template_tells_where_the_token_is() {
    for (template, filled) in [
        (json!({"token": "{% $states.context.Task.Token %}"}), json!({"token": TOKEN})),
        (json!({"a": [{"token": "{%$states.context.Task.Token%}"}]}), json!({"a": [{"token": TOKEN}]})),
        (json!({"task": "{% $states.context.Task %}"}), json!({"task": {"Token": TOKEN}})),
        (
            json!({"url": "{% 'https://x?t=' & $states.context.Task.Token & \"&n=\" & $states.input.n %}"}),
            json!({"url": format!("https://x?t={TOKEN}&n=1")}),
        ),
        (
            json!({"url": r#"{% "say \"" & $states.context.Task.Token & 'it\'s "' & $f("&)") %}"#}),
            json!({"url": format!("say \"{TOKEN}it's \"x")}),
        ),
        (json!("{% {'Payload': {'t': $states.context.Task.Token}} %}"), json!({"Payload": {"t": TOKEN}})),
    ] {
        let definition = machine(&json!({"Type": "Task", "QueryLanguage": "JSONata", "Arguments": template}));
        assert_eq!(find(&definition, "S", &filled).as_deref(), Ok(TOKEN), "{template}");
    }
    let of_machine = json!({"QueryLanguage": "JSONata", "States": {
        "S": {"Arguments": {"t": "{% $states.context.Task.Token %}"}}
    }});
    assert_eq!(find(&of_machine.to_string(), "S", &json!({"t": TOKEN})).as_deref(), Ok(TOKEN));
}

#[test]
fn a_state_is_found_at_any_depth() {
    let task = json!({"Type": "Task", "Parameters": {"t.$": "$$.Task.Token"}});
    let inner = json!({"StartAt": "S", "States": {"S": task}});
    let map = |field: &str| json!({"StartAt": "M", "States": {"M": {"Type": "Map", field: inner}}});
    let parallel =
        json!({"States": {"A": {"Type": "Pass"}, "P": {"Branches": [{"States": {}}, map("ItemProcessor")]}}});
    for definition in [map("ItemProcessor"), map("Iterator"), parallel] {
        assert_eq!(find(&definition.to_string(), "S", &json!({"t": TOKEN})).as_deref(), Ok(TOKEN));
    }
}

#[test]
fn what_cannot_be_told_is_said() {
    let parameters = |template: Value| machine(&json!({"Type": "Task", "Parameters": template}));
    let mixed = "States.Format('{}{}', $.a, $$.Task.Token)";
    for (definition, filled, expected) in [
        (
            machine(&json!({"Type": "Task"})),
            json!({}),
            "S hands its token to nobody: none of its fields reads $$.Task.Token",
        ),
        (parameters(json!({"a": "$$.Task.Token"})), json!({"a": TOKEN}), "S hands its token to nobody"),
        (parameters(json!({"a.$": "$.Task.Token"})), json!({"a": TOKEN}), "S hands its token to nobody"),
        (
            parameters(json!({"a.$": mixed})),
            json!({"a": format!("ab{TOKEN}")}),
            "the token of S cannot be cut out of its parameters: States.Format('{}{}', $.a, $$.Task.Token) mixes it",
        ),
        (
            machine(&json!({"QueryLanguage": "JSONata", "Arguments": {}})),
            json!({}),
            "none of its fields reads $states.context.Task.Token",
        ),
        ("no JSON".to_owned(), json!({}), "the definition has no state S"),
    ] {
        let error = find(&definition, "S", &filled).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = find(&parameters(json!({})), "T", &json!({}));
    assert_eq!(error, Err(TokenError::NoState { state: "T".into() }));
}

#[test]
fn a_cut_is_bounded_by_what_is_fixed() {
    let fixed = |text: &str| Piece::Fixed(text.to_owned());
    for (pieces, text, expected) in [
        (vec![Piece::Token], "AAAA", Some("AAAA")),
        (vec![fixed("<"), Piece::Token, fixed(">")], "<AAAA>", Some("AAAA")),
        (vec![fixed("<"), Piece::Token, fixed(">")], "<AAA>", None),
        (vec![fixed("/"), Piece::Hole, fixed("/"), Piece::Token], "/id/AA/A", Some("AA/A")),
        (vec![Piece::Token, fixed(" "), Piece::Token], "AAAA AAAA", Some("AAAA")),
        (vec![Piece::Hole, fixed("x"), Piece::Hole, fixed("="), Piece::Token, fixed(";")], "axb=AAAA;", Some("AAAA")),
        (vec![Piece::Hole, Piece::Token], "AAAA", None),
        (vec![Piece::Token, Piece::Hole], "AAAA", None),
        (vec![fixed("a"), Piece::Token], "bAAAA", None),
        (vec![Piece::Hole], "AAAA", None),
    ] {
        assert_eq!(cut(&pieces, text, &plausible).as_deref(), expected, "{pieces:?}");
    }
    let many = format!("{}{TOKEN}", "/".repeat(200_000));
    assert!(cut(&[fixed("/"), Piece::Token], &many, &plausible).is_none());
}

#[test]
fn a_token_is_base64() {
    for text in ["AAAA", "AA==", "AAA=", "+/9z", TOKEN] {
        assert_eq!(plausible(text).as_deref(), Some(text));
    }
    for text in ["", "A", "AAAAA", "A===", "====", "AA=A", "AA-_", "AAAä", "{\"a\":1}"] {
        assert_eq!(plausible(text), None, "{text}");
    }
}
