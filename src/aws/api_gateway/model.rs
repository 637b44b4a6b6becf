//! What the management API told us, in our own types.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_apigateway::types::{Integration, Method, Resource};

use crate::engine::clock::Timestamp;

/// An API key.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id, which is not its value.
    pub id: String,
    /// Its name, `dev-myFirstKey`.
    pub name: String,
    /// What is sent with a request; a secret. `None` unless it was asked for.
    pub value: Option<String>,
    /// Whether it opens anything.
    pub enabled: bool,
    /// `APIID/STAGE` of each stage whose plans it is in, as far as the service says so.
    pub stage_keys: Vec<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ApiKey").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the keys of a plan may do together with its stages.
#[derive(Debug, Clone, PartialEq)]
pub struct UsagePlan {
    /// Its id.
    pub id: String,
    /// `SERVICE-STAGE`, as the Serverless Framework names it.
    pub name: String,
    /// The stages that its keys open.
    pub stages: Vec<ApiStage>,
    /// How many requests in a period.
    pub quota: Option<Quota>,
    /// How many requests a second.
    pub throttle: Option<Throttle>,
}

/// A stage of an API that a plan opens.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiStage {
    /// The API's id.
    pub api_id: String,
    /// The stage's name.
    pub stage: String,
    /// Narrower throttles of single methods, by path and method as AWS writes them: `/action/start/POST`.
    pub throttles: BTreeMap<String, Throttle>,
}

/// A key that a plan holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsagePlanKey {
    /// The key's id.
    pub id: String,
    /// The key's name.
    pub name: String,
}

/// How many requests each key of a plan may make in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// Requests.
    pub limit: i64,
    /// Subtracted from the limit in the first period.
    pub offset: i64,
    /// `DAY`, `WEEK` or `MONTH`, by UTC's calendar.
    pub period: String,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Requests a second.
    pub rate_limit: f64,
    /// Requests at once.
    pub burst_limit: i64,
}

/// What a key did on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayOfUsage {
    /// Requests of that day.
    pub used: i64,
    /// Requests that were left of the period's quota at its end.
    pub remaining: i64,
}

/// An API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestApi {
    /// Its id, the first part of its host name.
    pub id: String,
    /// `STAGE-SERVICE`, as the Serverless Framework names it.
    pub name: String,
    /// Whether it reads the key from the header `x-api-key`; else its authorizer says which key a request has.
    pub reads_key_from_header: bool,
}

/// A deployed stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name, the first part of its paths.
    pub name: String,
    /// The deployment that it serves.
    pub deployment_id: Option<String>,
}

/// What a stage serves: the API as it was at that time, whatever was changed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its routes; `None` where the service does not say them.
    pub routes: Option<Vec<DeployedRoute>>,
}

/// A route as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeployedRoute {
    /// With a slash in front: `/action/start`.
    pub path: String,
    /// In capitals: `POST`, `ANY`.
    pub method: String,
    /// Whether a key is asked for.
    pub api_key_required: bool,
}

/// A method of a path, and what it calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// In capitals: `POST`, `ANY`.
    pub method: String,
    /// With a slash in front: `/action/start`.
    pub path: String,
    /// What it calls of Step Functions: `StartExecution`; `None` where it calls something else.
    pub action: Option<String>,
    /// The ARN of the machine that its template names; actions that pass the body on name none.
    pub state_machine_arn: Option<String>,
    /// Whether a key is asked for.
    pub api_key_required: bool,
}

pub(super) fn routes(resource: Resource) -> impl Iterator<Item = Route> {
    let path = resource.path.unwrap_or_default();
    let methods = resource.resource_methods.unwrap_or_default();
    methods.into_iter().map(move |(name, method)| route(path.clone(), name, method))
}

fn route(path: String, name: String, method: Method) -> Route {
    let integration = method.method_integration;
    let action = integration.as_ref().and_then(|integration| action(integration.uri()?));
    Route {
        method: name,
        path,
        action: action.map(ToOwned::to_owned),
        state_machine_arn: integration.as_ref().and_then(machine_arn),
        api_key_required: method.api_key_required.unwrap_or_default(),
    }
}

/// `arn:aws:apigateway:eu-west-1:states:action/StartExecution` → `StartExecution`
fn action(uri: &str) -> Option<&str> {
    let (_, action) = uri.split_once(":states:action/")?;
    (!action.is_empty()).then_some(action)
}

/// The machine in a mapping template, the one for JSON first.
fn machine_arn(integration: &Integration) -> Option<String> {
    let templates = integration.request_templates()?;
    let json = templates.get("application/json");
    let arn = |template: &String| machine_in(template).map(ToOwned::to_owned);
    json.and_then(arn).or_else(|| templates.values().find_map(arn))
}

/// `… "stateMachineArn": "arn:aws:states:…" …` → `arn:aws:states:…`. A template is no JSON, and its quotes may be escaped.
fn machine_in(template: &str) -> Option<&str> {
    let (_, rest) = template.split_once("stateMachineArn")?;
    let start = rest.find("arn:")?;
    // Between the name and its value stand quotes, a colon and blanks, and nothing else.
    let between = rest[..start].chars().all(|letter| letter.is_whitespace() || "\"'\\:".contains(letter));
    let arn = rest[start..].split(|letter: char| letter.is_whitespace() || "\"'\\,}".contains(letter)).next()?;
    between.then_some(arn)
}

#[cfg(test)]
mod tests {
    use super::{action, machine_in};

    #[test]
    fn an_integration_says_what_it_calls() {
        assert_eq!(action("arn:aws:apigateway:eu-west-1:states:action/StopExecution"), Some("StopExecution"));
        assert_eq!(action("arn:aws:apigateway:eu-west-1:states:action/"), None);
        assert_eq!(action("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations"), None);
    }

    #[test]
    fn a_template_names_its_machine() {
        let arn = "arn:aws:states:eu-west-1:000000000000:stateMachine:M";
        for template in [
            format!(
                r#"#set($b = $util.escapeJavaScript($input.json('$')))\n{{"input": "$b","name": "$context.requestId","stateMachineArn":"{arn}"}}"#
            ),
            format!(r#"{{"stateMachineArn" : "{arn}", "input": "x"}}"#),
            format!(r#"{{\"stateMachineArn\":\"{arn}\"}}"#),
        ] {
            assert_eq!(machine_in(&template), Some(arn), "{template}");
        }
        assert_eq!(machine_in("{}"), None);
        assert_eq!(machine_in(r#"{"stateMachineArn": "$input.path('$.m')", "x": "arn:aws:s3:::b"}"#), None);
    }
}
