//! Routes, keys, the usage plan and notifications: what is read, and what is said of what cannot be.

use expect_test::{Expect, expect};

use super::{said, service};
use crate::project::{ApiKey, Period, Quota, RequestTemplate, Route, RouteAction};

/// A service with a key, an EXPRESS machine `quick` and a machine `m` that has these events.
fn with_events(events: &str) -> String {
    format!(
        "service: s\nprovider: {{name: aws, region: eu-west-1, apiKeys: [k]}}\nfunctions:\n  tell: {{handler: t}}\n\
         stepFunctions:\n  stateMachines:\n    quick:\n      type: EXPRESS\n      \
         definition: {{StartAt: A, States: {{A: {{Type: Succeed}}}}}}\n    m:\n      \
         definition: {{StartAt: A, States: {{A: {{Type: Succeed}}}}}}\n      {}\n",
        events.replace('\n', "\n      ")
    )
}

fn routes(events: &str) -> Vec<Route> {
    service(&with_events(events)).machines.remove(1).routes
}

/// A service whose provider says this too.
fn with_provider(provider: &str) -> String {
    format!("service: s\nprovider:\n  name: aws\n  {}\n", provider.replace('\n', "\n  "))
}

#[test]
fn routes_are_read_in_both_notations() {
    let read = routes(
        "events:\n  - http: get /hello/\n  - http: {path: 'orders/{id}/{rest+}', method: Any, private: 'true'}\n  \
         - http: {path: /, method: POST, action: DescribeExecution}\n  - http: {path: stop, method: post, action: \
         StopExecution, iamRole: r, operationName: o}\n  - http: {path: start, method: PUT, action: StartExecution}",
    );
    let shown: Vec<String> = read
        .iter()
        .map(|one| format!("{} {:?} {:?} {} {:?}", one.method, one.path, one.action, one.private, one.request))
        .collect();
    expect![[r#"
        GET "hello" StartExecution false Default
        ANY "orders/{id}/{rest+}" StartExecution true Default
        POST "" DescribeExecution false PassThrough
        POST "stop" StopExecution false PassThrough
        PUT "start" StartExecution false PassThrough"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn a_timeout_is_the_events_or_the_providers() {
    let events = "events:\n  - http: {path: a, method: POST, timeoutInMillis: 50}\n  - http: POST b";
    let timeouts = |text: &str| -> Vec<_> {
        service(text).machines.remove(1).routes.iter().map(|one| one.timeout_milliseconds).collect()
    };
    let text = with_events(events);
    assert_eq!(timeouts(&text), [Some(50), None]);
    let text = text.replace("apiKeys: [k]", "apiGateway: {apiKeys: [k], timeoutInMillis: 15000}");
    assert_eq!(timeouts(&text), [Some(50), Some(15_000)]);
}

#[test]
fn templates_are_read_and_their_references_resolved() {
    let read = routes(
        "events:\n  - http: {path: a, method: POST, request: {template: lambda_proxy}}\n  - http:\n      path: b\n      \
         method: POST\n      request:\n        template:\n          application/json: '#{AWS::Region} \
         ${AWS::AccountId} $input.path(''$.x'')'\n          text/plain: !Sub '${quick}'\n      response:\n        \
         headers: {X-A: \"'one'\", X-B: integration.response.body.name}\n        template: {application/json: \
         '{\"region\": \"#{AWS::Region}\"}'}",
    );
    assert_eq!(read[0].request, RequestTemplate::LambdaProxy);
    let RequestTemplate::Templates(templates) = &read[1].request else { panic!("{:?}", read[1].request) };
    expect![[r#"
        (
            {
                "application/json": "eu-west-1 000000000000 $input.path('$.x')",
                "text/plain": "arn:aws:states:eu-west-1:000000000000:stateMachine:QuickStepFunctionsStateMachine-1D5SPJHV71KM",
            },
            {
                "X-A": "'one'",
                "X-B": "integration.response.body.name",
            },
            Some(
                "{\"region\": \"eu-west-1\"}",
            ),
        )
    "#]].assert_debug_eq(&(templates, &read[1].response_headers, &read[1].response_template));
}

#[test]
fn cors_is_read_with_the_frameworks_defaults() {
    let read = routes(
        "events:\n  - http: {path: a, method: POST, cors: true}\n  - http: {path: b, method: POST, cors: false}\n  \
         - http: {path: c, method: POST, cors: {origin: 'https://a'}}\n  - http: {path: d, method: POST, cors: {origins: \
         ['https://a', 'https://b'], headers: [X-One], methods: [get], allowCredentials: true, maxAge: 60, cacheControl: \
         no-store}}",
    );
    let cors: Vec<_> = read.iter().map(|one| &one.cors).collect();
    expect![[r#"
        [
            Some(
                Cors {
                    origins: [
                        "*",
                    ],
                    headers: [
                        "Content-Type",
                        "X-Amz-Date",
                        "Authorization",
                        "X-Api-Key",
                        "X-Amz-Security-Token",
                        "X-Amz-User-Agent",
                    ],
                    methods: None,
                    allow_credentials: false,
                    max_age: None,
                    cache_control: None,
                },
            ),
            None,
            Some(
                Cors {
                    origins: [
                        "https://a",
                    ],
                    headers: [
                        "Content-Type",
                        "X-Amz-Date",
                        "Authorization",
                        "X-Api-Key",
                        "X-Amz-Security-Token",
                        "X-Amz-User-Agent",
                    ],
                    methods: None,
                    allow_credentials: false,
                    max_age: None,
                    cache_control: None,
                },
            ),
            Some(
                Cors {
                    origins: [
                        "https://a",
                        "https://b",
                    ],
                    headers: [
                        "X-One",
                    ],
                    methods: Some(
                        [
                            "GET",
                        ],
                    ),
                    allow_credentials: true,
                    max_age: Some(
                        60,
                    ),
                    cache_control: Some(
                        "no-store",
                    ),
                },
            ),
        ]
    "#]]
    .assert_debug_eq(&cors);
}

#[test]
fn a_machine_without_an_action_is_started_be_it_express_or_not() {
    let text = "service: s\nstepFunctions:\n  stateMachines:\n    m:\n      type: EXPRESS\n      events: [{http: GET a}]\n      \
                definition: {StartAt: A, States: {A: {Type: Succeed}}}\n";
    assert_eq!(service(text).machines[0].routes[0].action, RouteAction::StartExecution);
}

#[test]
fn every_mistake_in_an_event_is_said_where_it_is() {
    let cases: [(&str, Expect); 22] = [
        (
            "events: [{http: {path: a, method: GET, request: {templates: {}}}}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                warning UNKNOWN_KEY "templates": a request has no `templates` | did you mean `template`?
            "#]],
        ),
        (
            "events: {http: GET a}",
            expect![[r#"
            error FIELD_TYPE "{http: GET a}": events must be a list, and this is an object | write it as in `- http: GET hello`
        "#]],
        ),
        (
            "events: [http]",
            expect![[r#"
            error FIELD_TYPE "http": an event must be a mapping, and this is a string | write it as in `- http: GET hello`
        "#]],
        ),
        (
            "events: [{http: hello}]",
            expect![[r#"
            error HTTP_EVENT "hello": `hello` is not a method and a path | write it as in `http: GET hello`
        "#]],
        ),
        (
            "events: [{http: 7}]",
            expect![[r#"
            error HTTP_EVENT "http": an http event is a mapping or a string, and this is a number | write it as in `http: GET hello`
        "#]],
        ),
        (
            "events: [{http: {patch: a, method: GETT}}]",
            expect![[r#"
            error HTTP_EVENT "http": an http event needs a path | write it as in `path: hello`
            warning UNKNOWN_KEY "patch": an http event has no `patch` | did you mean `path`?
            error HTTP_METHOD "GETT": `GETT` is no method of API Gateway | did you mean `GET`?
        "#]],
        ),
        (
            "events: [{http: {path: 'a//b c', method: GET}}]",
            expect![[r#"
            error HTTP_PATH "'a//b c'": `` is no part of a path of API Gateway | letters, digits and `-._:`, a variable `{name}`, or at the end `{proxy+}`
        "#]],
        ),
        (
            "events: [{http: {path: 'a/{x+}/b', method: GET}}]",
            expect![[r#"
            error HTTP_PATH "'a/{x+}/b'": `{x+}` is no part of a path of API Gateway | letters, digits and `-._:`, a variable `{name}`, or at the end `{proxy+}`
        "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, action: StartExecutions}}]",
            expect![[r#"
            error ROUTE_ACTION "StartExecutions": `StartExecutions` is no action of Step Functions | did you mean `StartExecution`?
        "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, action: SendTaskSuccess}}]",
            expect![[r#"
            warning AWS_ONLY "SendTaskSuccess": a route with the action SendTaskSuccess is there on AWS only | routes here have StartExecution, StartSyncExecution, DescribeExecution, StopExecution
        "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, timeoutInMillis: 49}}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                error FIELD_TYPE "49": timeoutInMillis must be a whole number, 50 or above | write it as in `timeoutInMillis: 29000`
            "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, action: StartSyncExecution}}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                warning ROUTE_ACTION "StartSyncExecution": StartSyncExecution takes an EXPRESS state machine, and this one is STANDARD | write `type: EXPRESS`, or leave the action out
            "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, private: maybe}}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                error FIELD_TYPE "maybe": private must be true or false, and this is a string | write `private: true`
            "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, authorizer: aws_iam, responses: {}}}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                warning AWS_ONLY "authorizer": `authorizer` of an http event has an effect on AWS only | iw102 answers requests as if it were not there
                warning AWS_ONLY "responses": `responses` of an http event has an effect on AWS only | iw102 answers requests as if it were not there
            "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, request: {template: proxy, schemas: {}}}}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                error REQUEST_TEMPLATE "proxy": a request template is `lambda_proxy` or a mapping, and this is `proxy` | write `lambda_proxy`, or a template for each content type
                warning AWS_ONLY "schemas": `schemas` of a request has an effect on AWS only | iw102 answers requests as if it were not there
            "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, response: {headers: {X-A: one}, template: {a/b: x}}}}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                error RESPONSE_HEADER "one": the value of the header X-A is neither a text in quotes nor a mapping | write "'one'", or integration.response.body.FIELD
                warning AWS_ONLY "a/b": the response template for a/b has an effect on AWS only | iw102 answers with the one for application/json
            "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, cors: {origin: a, origins: [b], maxAge: 0}}}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                error CORS_ORIGIN "origins": cors has `origin` or `origins`, not both | write all of them in `origins`
                error FIELD_TYPE "0": maxAge must be a whole number, 1 or above | write it as in `maxAge: 86400`
            "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, cors: {headers: X, method: [GET], methods: [FETCH]}}}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                error FIELD_TYPE "X": headers must be a list, and this is a string | write it as in `headers: [one, two]`
                warning UNKNOWN_KEY "method": cors has no `method` | did you mean `methods`?
                error HTTP_METHOD "FETCH": `FETCH` is no method of API Gateway | write ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT
            "#]],
        ),
        (
            "events: [{http: GET a}, {http: get /a/}, {http: POST a}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                error SAME_ROUTE "http": `GET /a` is a route of `m` already | give one of them another path or method
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                warning OPEN_ROUTE "http": `POST /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
            "#]],
        ),
        (
            "events: [{http: 'GET a/{x}'}, {http: 'GET a/{y}/z'}, {http: 'GET b/{y}'}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a/{x}` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                error PATH_VARIABLE "http": `{x}` and `{y}` stand at the same place of a path | API Gateway allows one name there: write `{x}` in both
                warning OPEN_ROUTE "http": `GET /a/{y}/z` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                warning OPEN_ROUTE "http": `GET /b/{y}` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
            "#]],
        ),
        (
            "events: [{schedule: rate(1 hour)}, {sns: topic}, {htpp: GET a}]",
            expect![[r#"
            warning AWS_ONLY "schedule": `schedule` events happen on AWS only | start an execution yourself: `iw102 start` or `iw102 invoke`
            warning UNKNOWN_KEY "sns": a state machine has no `sns` events | it has cloudwatchEvent, eventBridge, http, schedule
            warning UNKNOWN_KEY "htpp": a state machine has no `htpp` events | did you mean `http`?
        "#]],
        ),
        (
            "events: [{http: {path: a, method: GET, request: {template: {a/b: !Sub '${Nothing}'}}}}]",
            expect![[r#"
                warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
                warning UNRESOLVED_REFERENCE "!Sub '${Nothing}'": nothing here is called `Nothing` | iw102 knows functions, state machines, activities and log groups of this file: write another resource's name or ARN, or take it from ${param:NAME}
            "#]],
        ),
    ];
    for (events, expected) in cases {
        said("serverless.yml", with_events(events), &expected);
    }
}

#[test]
fn a_route_without_a_key_is_warned_of_where_there_are_keys() {
    let text = with_events("events: [{http: GET a}, {http: {path: b, method: GET, private: true}}]");
    said(
        "serverless.yml",
        text,
        &expect![[r#"
        warning OPEN_ROUTE "http": `GET /a` asks for no key, and the provider has keys: whoever finds it may call it | write `private: true`
    "#]],
    );
}

#[test]
fn a_timeout_that_nobody_hears_of() {
    let cases: [(&str, Expect); 4] = [
        (
            "notifications: {FAILED: [{sns: 'arn:aws:sns:eu-west-1:1:t'}]}",
            expect![[r#"
            warning TIMED_OUT_UNTOLD "notifications": FAILED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
        "#]],
        ),
        (
            "notifications: {SUCCEEDED: [&a {sns: 'arn:aws:sns:eu-west-1:1:t'}], ABORTED: [*a], TIMED_OUT: []}",
            expect![[r#"
                warning TIMED_OUT_UNTOLD "notifications": ABORTED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
            "#]],
        ),
        ("notifications: {SUCCEEDED: [{sns: 'arn:aws:sns:eu-west-1:1:t'}], FAILED: []}", expect![[r#""#]]),
        ("notifications: {FAILED: [&a {sns: 'arn:aws:sns:eu-west-1:1:t'}], TIMED_OUT: [*a]}", expect![[r#""#]]),
    ];
    for (notifications, expected) in cases {
        said("serverless.yml", with_events(notifications), &expected);
    }
}

#[test]
fn a_private_route_without_any_key_is_warned_of() {
    let text = with_events("events: [{http: {path: a, method: GET, private: true}}]").replace(", apiKeys: [k]", "");
    said(
        "serverless.yml",
        text,
        &expect![[r#"
        warning NO_KEYS "http": a private route asks for a key, and the provider has none | name one under `provider.apiGateway.apiKeys`, or every request is refused
    "#]],
    );
}

#[test]
fn keys_and_the_usage_plan_are_read_at_both_places() {
    let old = "apiKeys: [one, {name: two, value: aaaaaaaaaaaaaaaaaaaa, enabled: false, description: d}]\n\
               usagePlan:\n  quota: {limit: 5000, offset: 2, period: MONTH}\n  throttle: {burstLimit: 200, rateLimit: 0.5}";
    for text in [with_provider(old), with_provider(&format!("apiGateway:\n  {}", old.replace('\n', "\n  ")))] {
        let read = service(&text);
        let key = |name: &str, value: Option<&str>, enabled| ApiKey {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            enabled,
        };
        assert_eq!(read.api_keys, [key("one", None, true), key("two", Some("aaaaaaaaaaaaaaaaaaaa"), false)]);
        let plan = read.usage_plan.expect("it is given");
        assert_eq!(plan.quota, Some(Quota { limit: 5000, offset: 2, period: Period::Month }));
        assert_eq!(plan.throttle.map(|one| (one.rate_limit, one.burst_limit)), Some((0.5, 200)));
    }
}

#[test]
fn what_a_throttle_leaves_out_is_what_the_account_has() {
    let plan = service(&with_provider("usagePlan: {throttle: {}}")).usage_plan.expect("it is given");
    assert_eq!(plan.throttle.map(|one| (one.rate_limit, one.burst_limit)), Some((10_000.0, 5_000)));
}

#[test]
fn the_value_of_a_key_is_never_shown() {
    let read = service(&with_provider("apiKeys: [{name: two, value: secretsecretsecretsecret}]"));
    assert!(!format!("{read:?}").contains("secretsecret"), "{read:?}");
    let loaded =
        super::loaded("serverless.yml", with_provider("apiKeys: [{name: a, value: secret}, {name: b, value: secret}]"));
    assert!(loaded.diagnostics.iter().all(|one| !format!("{}{:?}", one.message, one.help).contains("secret")));
    assert_eq!(loaded.diagnostics.len(), 2, "{:?}", loaded.diagnostics);
}

#[test]
fn every_mistake_in_keys_and_plans_is_said_where_it_is() {
    let cases: [(&str, Expect); 14] = [
        (
            "apiKeys: one",
            expect![[r#"
            error FIELD_TYPE "one": apiKeys must be a list, and this is a string | write it as in `- ${sls:stage}-myKey`
        "#]],
        ),
        (
            "apiKeys: ['', {value: aaaaaaaaaaaaaaaaaaaa}, {name: a, valeu: x}]",
            expect![[r#"
            error KEY_NAME "''": a key's name is empty | write `- ${sls:stage}-myKey`
            error KEY_NAME "{value: aaaaaaaaaaaaaaaaaaaa}": a key has no name | write `name: ${sls:stage}-myKey`
            warning UNKNOWN_KEY "valeu": a key has no `valeu` | did you mean `value`?
        "#]],
        ),
        (
            "apiKeys: [{name: a, value: short}]",
            expect![[r#"
            error KEY_VALUE "short": a key's value has 20 to 128 characters, and this has 5 | write a longer one, or none: one is made then
        "#]],
        ),
        (
            "apiKeys: [a, {name: a}]",
            expect![[r#"
                error SAME_KEY "a": the keys `a` and `a` have the same name | give one of them another name
            "#]],
        ),
        (
            "apiKeys: [{name: a, value: aaaaaaaaaaaaaaaaaaaa}, {name: b, value: aaaaaaaaaaaaaaaaaaaa}]",
            expect![[r#"
                error SAME_KEY "b": the keys `a` and `b` have the same value | give one of them another value
            "#]],
        ),
        (
            "apiKeys: [{free: [a, b]}]\nusagePlan: [{free: {quota: {}}}]",
            expect![[r#"
            error KEY_GROUP "free": serverless-step-functions takes no groups of keys such as `free` | list the keys of all groups under `apiKeys`, and write one usagePlan
            error KEY_GROUP "[{free: {quota: {}}}]": serverless-step-functions takes one usage plan, and this is a list of them | write `quota` and `throttle` below usagePlan
        "#]],
        ),
        (
            "apiKeys: [a]\napiGateway: {apiKeys: [b]}",
            expect![[r#"
            warning GIVEN_TWICE "apiKeys": `provider.apiGateway.apiKeys` is given too, and counts | take one of them away
        "#]],
        ),
        (
            "usagePlan: {quota: {limit: 0, period: YEAR}, throtle: {}}",
            expect![[r#"
            error FIELD_TYPE "0": limit must be a whole number, 1 or above | write it as in `limit: 5000`
            error USAGE_PLAN "YEAR": `YEAR` is no period of a quota | write DAY, WEEK, MONTH
            warning UNKNOWN_KEY "throtle": a usage plan has no `throtle` | did you mean `throttle`?
        "#]],
        ),
        (
            "usagePlan: {quota: {}}",
            expect![[r#"
            error USAGE_PLAN "{}": a quota needs a limit | write it as in `limit: 5000`
            error USAGE_PLAN "{}": a quota needs a period | write it as in `period: MONTH`
        "#]],
        ),
        (
            "usagePlan: {quota: {limit: 10, offset: 1, period: DAY}}",
            expect![[r#"
            error USAGE_PLAN "1": the offset 1 of a quota of 10 a DAY is too large | it is at most 0 here
        "#]],
        ),
        (
            "usagePlan: {quota: {limit: 10, offset: 7, period: WEEK}}",
            expect![[r#"
            error USAGE_PLAN "7": the offset 7 of a quota of 10 a WEEK is too large | it is at most 6 here
        "#]],
        ),
        (
            "usagePlan: {quota: {limit: 5, offset: 5, period: MONTH}}",
            expect![[r#"
            error USAGE_PLAN "5": the offset 5 of a quota of 5 a MONTH is too large | it is at most 4 here
        "#]],
        ),
        (
            "usagePlan: {throttle: {burstLimit: 1.5, rateLimit: -1, burst: 1}}",
            expect![[r#"
            error FIELD_TYPE "1.5": burstLimit must be a whole number, 0 or above | write it as in `burstLimit: 200`
            error FIELD_TYPE "-1": rateLimit must be a number, 0 or above | write it as in `rateLimit: 100`
            warning UNKNOWN_KEY "burst": a throttle has no `burst` | it has burstLimit, rateLimit
        "#]],
        ),
        (
            "usagePlan: 7",
            expect![[r#"
            error FIELD_TYPE "7": usagePlan must be a mapping, and this is a number | -
        "#]],
        ),
    ];
    for (provider, expected) in cases {
        said("serverless.yml", with_provider(provider), &expected);
    }
}

#[test]
fn notifications_are_read_in_every_form_with_their_references() {
    let text = with_events(
        "notifications:\n  ABORTED:\n    - sns: arn:aws:sns:eu-west-1:1:t\n    - sqs: arn:aws:sqs:eu-west-1:1:q\n    \
         - sqs: {arn: 'arn:aws:sqs:eu-west-1:1:q.fifo', messageGroupId: 12345}\n    - lambda: !GetAtt \
         TellLambdaFunction.Arn\n  FAILED:\n    - lambda: {Fn::GetAtt: [tell, Arn]}\n    - kinesis: \
         arn:aws:kinesis:eu-west-1:1:stream/s\n    - kinesis: {arn: 'arn:aws:kinesis:eu-west-1:1:stream/s', \
         partitionKeyPath: $.id}\n    - firehose: arn:aws:firehose:eu-west-1:1:deliverystream/f\n  TIMED_OUT:\n    \
         - stepFunctions: arn:aws:states:eu-west-1:1:stateMachine:x\n    - stepFunctions: {Ref: quick}\n    \
         - stepFunctions: !GetAtt MStepFunctionsStateMachine.Arn\n    - sns: !Sub \
         'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:t'\n  SUCCEEDED:\n  RUNNING: []",
    );
    let read = service(&text).machines.remove(1).notifications;
    let shown: Vec<String> = read.iter().map(|one| format!("{} {:?}", one.status, one.target)).collect();
    expect![[r#"
        ABORTED Sns { arn: "arn:aws:sns:eu-west-1:1:t" }
        ABORTED Sqs { arn: "arn:aws:sqs:eu-west-1:1:q", message_group_id: None }
        ABORTED Sqs { arn: "arn:aws:sqs:eu-west-1:1:q.fifo", message_group_id: Some("12345") }
        ABORTED Lambda { arn: "arn:aws:lambda:eu-west-1:000000000000:function:s-dev-tell" }
        FAILED Lambda { arn: "arn:aws:lambda:eu-west-1:000000000000:function:s-dev-tell" }
        FAILED Kinesis { arn: "arn:aws:kinesis:eu-west-1:1:stream/s", partition_key_path: None }
        FAILED Kinesis { arn: "arn:aws:kinesis:eu-west-1:1:stream/s", partition_key_path: Some("$.id") }
        FAILED Firehose { arn: "arn:aws:firehose:eu-west-1:1:deliverystream/f" }
        TIMED_OUT StepFunctions { arn: "arn:aws:states:eu-west-1:1:stateMachine:x" }
        TIMED_OUT StepFunctions { arn: "arn:aws:states:eu-west-1:000000000000:stateMachine:QuickStepFunctionsStateMachine-1D5SPJHV71KM" }
        TIMED_OUT StepFunctions { arn: "arn:aws:states:eu-west-1:000000000000:stateMachine:MStepFunctionsStateMachine-Y4YQ5J9OORDB" }
        TIMED_OUT Sns { arn: "arn:aws:sns:eu-west-1:000000000000:t" }"#]].assert_eq(&shown.join("\n"));
}

#[test]
fn every_mistake_in_notifications_is_said_where_it_is() {
    let cases: [(&str, Expect); 13] = [
        (
            "notifications: [FAILED]",
            expect![[r#"
            error FIELD_TYPE "[FAILED]": notifications must be a mapping, and this is an array | -
        "#]],
        ),
        (
            "notifications: {FAIL: []}",
            expect![[r#"
            error NOTIFICATION_STATUS "FAIL": `FAIL` is no status of an execution that is told | write ABORTED, FAILED, RUNNING, SUCCEEDED, TIMED_OUT
        "#]],
        ),
        (
            "notifications: {FAILED: {sns: a}}",
            expect![[r#"
            error FIELD_TYPE "{sns: a}": the targets of a status must be a list, and this is an object | write it as in `- sns: ARN`
        "#]],
        ),
        (
            "notifications: {FAILED: [a, {sns: a, sqs: b}, {snss: a}]}",
            expect![[r#"
                warning TIMED_OUT_UNTOLD "notifications": FAILED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
                error NOTIFICATION_TARGET "a": a target of a notification is a mapping with one key | write each target as its own `- lambda: ARN`
                error NOTIFICATION_TARGET "{sns: a, sqs: b}": a target of a notification is a mapping with one key | write each target as its own `- lambda: ARN`
                error NOTIFICATION_TARGET "snss": `snss` is no kind of target | did you mean `sns`?
            "#]],
        ),
        (
            "notifications: {FAILED: [{lambda: tell}]}",
            expect![[r#"
                warning TIMED_OUT_UNTOLD "notifications": FAILED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
                error NOTIFICATION_TARGET "tell": `tell` is not the ARN of a target lambda | write `!GetAtt TellLambdaFunction.Arn`
            "#]],
        ),
        (
            "notifications: {FAILED: [{sqs: 'https://sqs.eu-west-1.amazonaws.com/1/q'}]}",
            expect![[r#"
                warning TIMED_OUT_UNTOLD "notifications": FAILED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
                error NOTIFICATION_TARGET "'https://sqs.eu-west-1.amazonaws.com/1/q'": `https://sqs.eu-west-1.amazonaws.com/1/q` is not the ARN of a target sqs | write `arn:aws:sqs:…`
            "#]],
        ),
        (
            "notifications: {FAILED: [{sns: 'arn:aws:sqs:eu-west-1:1:q'}]}",
            expect![[r#"
                warning TIMED_OUT_UNTOLD "notifications": FAILED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
                error NOTIFICATION_TARGET "'arn:aws:sqs:eu-west-1:1:q'": `arn:aws:sqs:eu-west-1:1:q` is not the ARN of a target sns | write `arn:aws:sns:…`
            "#]],
        ),
        (
            "notifications: {FAILED: [{sqs: 'arn:aws:sqs:eu-west-1:1:q.fifo'}]}",
            expect![[r#"
                warning TIMED_OUT_UNTOLD "notifications": FAILED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
                error NOTIFICATION_TARGET "'arn:aws:sqs:eu-west-1:1:q.fifo'": a FIFO queue needs a message group | write `sqs: {arn: ARN, messageGroupId: ID}`
            "#]],
        ),
        (
            "notifications: {FAILED: [{sqs: {arn: 'arn:aws:sqs:eu-west-1:1:q'}}]}",
            expect![[r#"
                warning TIMED_OUT_UNTOLD "notifications": FAILED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
                error NOTIFICATION_TARGET "{arn: 'arn:aws:sqs:eu-west-1:1:q'}": a target sqs with a mapping needs `messageGroupId` | write `sqs: {arn: ARN, messageGroupId: …}`
            "#]],
        ),
        (
            "notifications: {FAILED: [{kinesis: {partitionKeyPath: id}}]}",
            expect![[r#"
                warning TIMED_OUT_UNTOLD "notifications": FAILED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
                error NOTIFICATION_TARGET "{partitionKeyPath: id}": a target kinesis with a mapping needs `arn` | write `kinesis: {arn: ARN, partitionKeyPath: …}`
                error NOTIFICATION_TARGET "id": `id` is no path | write where in the event the key is, as in `$.detail.name`
            "#]],
        ),
        (
            "notifications: {FAILED: [{sns: !Ref Topic}]}",
            expect![[r#"
                warning TIMED_OUT_UNTOLD "notifications": FAILED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
                warning UNRESOLVED_REFERENCE "!Ref Topic": nothing here is called `Topic` | iw102 knows functions, state machines, activities and log groups of this file: write another resource's name or ARN, or take it from ${param:NAME}
            "#]],
        ),
        (
            "notifications: {FAILED: [{lambda: !Ref TellLambdaFunctio}]}",
            expect![[r#"
                warning TIMED_OUT_UNTOLD "notifications": FAILED is told and TIMED_OUT is not: nobody hears of an execution that timed out | give TIMED_OUT the same targets
                warning UNRESOLVED_REFERENCE "!Ref TellLambdaFunctio": nothing here is called `TellLambdaFunctio` | did you mean `TellLambdaFunction`?
            "#]],
        ),
        (
            "notifications: {FAILED: [&a {sns: 'arn:aws:sns:eu-west-1:1:t'}, *a, *a, *a, *a, *a]}\ntype: EXPRESS",
            expect![[r#"
                warning EXPRESS_NOTIFICATIONS "notifications": AWS tells nobody of the executions of an EXPRESS state machine | take the notifications away, or make it STANDARD
                warning TARGETS "FAILED": AWS tells at most 5 targets of a status, and FAILED has 6 | let one of them pass it on, an SNS topic for example
            "#]],
        ),
    ];
    for (notifications, expected) in cases {
        said("serverless.yml", with_events(notifications), &expected);
    }
}
