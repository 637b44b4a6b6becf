//! Why a key is refused: what a person is told, and the next command.

use super::facts::Facts;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::settings::Settings;

/// Why a request with the key is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    NoKey,
    UnknownValue,
    Disabled,
    NoPlan,
    /// The plans open these stages, `APIID/STAGE`, and not this one.
    OtherStage(Vec<String>),
    /// The API takes the key from its authorizer.
    NotFromHeader,
    /// It was made so many milliseconds ago.
    Spreading(i64),
    /// The API has no such route.
    WrongRoute,
    /// The route is set up and not deployed.
    NotDeployed,
    Throttled,
    QuotaUsedUp,
    Denied(String),
    /// Something else answers where the API was looked for, and what it said.
    NotTheApi(String),
    /// Nothing is wrong that can be seen, and still it is refused.
    Unexplained,
    /// Nothing is wrong that can be seen, and no answer says whether it works.
    Unproved,
}

impl Cause {
    /// What a person is told, with the next command.
    pub(super) fn failure(&self, facts: &Facts, settings: &Settings) -> Failure {
        let (kind, code) = self.kind();
        Failure::text(kind, self.text(facts)).code(code).hint(self.hint(facts, settings))
    }

    fn kind(&self) -> (FailureKind, &'static str) {
        match self {
            Self::NoKey => (FailureKind::ApiKeyRefused, "NoKey"),
            Self::UnknownValue => (FailureKind::ApiKeyRefused, "UnknownValue"),
            Self::Disabled => (FailureKind::ApiKeyRefused, "Disabled"),
            Self::NoPlan => (FailureKind::ApiKeyRefused, "NoPlan"),
            Self::OtherStage(_) => (FailureKind::ApiKeyRefused, "OtherStage"),
            Self::NotFromHeader => (FailureKind::ApiKeyRefused, "NotFromHeader"),
            Self::Spreading(_) => (FailureKind::ApiKeyRefused, "Spreading"),
            Self::Unexplained => (FailureKind::ApiKeyRefused, "Unexplained"),
            Self::WrongRoute => (FailureKind::NotFound, "WrongRoute"),
            Self::NotDeployed => (FailureKind::NotFound, "NotDeployed"),
            Self::NotTheApi(_) => (FailureKind::NotFound, "NotTheApi"),
            Self::Throttled => (FailureKind::Throttled, "Throttled"),
            Self::QuotaUsedUp => (FailureKind::Throttled, "QuotaUsedUp"),
            Self::Denied(_) => (FailureKind::Credentials, "Denied"),
            Self::Unproved => (FailureKind::Unexpected, "Unproved"),
        }
    }

    fn text(&self, facts: &Facts) -> String {
        let name = facts.key_found().map_or("the key", |key| key.name.as_str());
        match self {
            Self::NoKey => "there is no API key".to_owned(),
            Self::UnknownValue => "no key of this account and region has the value that was given".to_owned(),
            Self::Disabled => format!("{name} is disabled"),
            Self::NoPlan => format!("{name} is in no usage plan, and a key opens nothing without one"),
            Self::OtherStage(stages) => {
                let (api, stage) = names(facts);
                format!("the plan of {name} opens {}, but not {api}/{stage}", listed(stages))
            }
            Self::NotFromHeader => {
                "the API does not read the header x-api-key: its authorizer says which key a request has".to_owned()
            }
            Self::Spreading(age) => {
                format!("{name} was made {} s ago and is not known everywhere yet", age / 1_000)
            }
            Self::WrongRoute => {
                let asked = facts.route.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("the gateway has no route {asked}; it has nothing to do with the key")
            }
            Self::NotDeployed => {
                "the route is set up, but the stage does not serve it: it was not deployed since".to_owned()
            }
            Self::Throttled => "the gateway is throttled".to_owned(),
            Self::QuotaUsedUp => {
                let resets = facts.used.as_ref().ok().and_then(|used| used.iter().find_map(|used| used.resets));
                let when = resets.map(|day| format!("; it comes back on {day}")).unwrap_or_default();
                format!("the quota of {name} is used up{when}")
            }
            Self::Denied(why) => format!("the gateway denies it before it looks at the key: {why}"),
            Self::NotTheApi(said) => {
                format!("what answers at {} is not the API: it says {said}, which no gateway does", facts.address)
            }
            Self::Unexplained => "the gateway refuses the key, and nothing that can be read says why".to_owned(),
            Self::Unproved => "nothing is wrong with the key that can be seen, but no request proves it".to_owned(),
        }
    }

    fn hint(&self, facts: &Facts, settings: &Settings) -> String {
        let (flags, file) = (settings.again_flags(), settings.file_shown());
        let (api, stage) = names(facts);
        let key_id = facts.key_found().map_or("ID", |key| key.id.as_str());
        match self {
            Self::NoKey => {
                "a project has keys by `provider: {apiGateway: {apiKeys: [NAME]}}` in serverless.yml".to_owned()
            }
            Self::UnknownValue => {
                format!("is it another stage's or account's? iw102 keys list{flags}, iw102 whoami{flags}")
            }
            Self::Disabled if settings.local => format!("its entry in {file} says `enabled: false`"),
            Self::Disabled => format!(
                "enable it: aws apigateway update-api-key --api-key {key_id} \
                 --patch-operations op=replace,path=/enabled,value=true"
            ),
            Self::NoPlan if settings.local => format!("give the project one: `usagePlan` beside `apiKeys` in {file}"),
            Self::NoPlan => format!(
                "add it to one: aws apigateway create-usage-plan-key --key-type API_KEY \
                 --key-id {key_id} --usage-plan-id PLAN"
            ),
            Self::OtherStage(_) => format!(
                "ask that stage, or add this one: aws apigateway update-usage-plan --usage-plan-id PLAN \
                 --patch-operations op=add,path=/apiStages,value={api}:{stage}"
            ),
            Self::NotFromHeader => "its apiKeySource is AUTHORIZER; it would be HEADER".to_owned(),
            Self::Spreading(_) => format!("wait for it: iw102 keys doctor{flags} --wait"),
            Self::WrongRoute => {
                let near = facts.nearest_route().map(|near| format!("did you mean {near}? ")).unwrap_or_default();
                format!("{near}its routes: iw102 endpoints{flags}")
            }
            Self::NotDeployed => format!(
                "deploy again: serverless deploy --stage {stage}, or \
                 aws apigateway create-deployment --rest-api-id {api} --stage-name {stage}"
            ),
            Self::Throttled => format!("send less at once; the bounds: iw102 keys usage{flags}"),
            Self::QuotaUsedUp => format!("what was used: iw102 keys usage{flags}"),
            Self::Denied(_) => "a resource policy, a firewall or an authorizer of the API forbids it".to_owned(),
            Self::Unexplained => {
                format!("what was changed lately takes up to a minute to spread: iw102 keys doctor{flags} --wait")
            }
            Self::NotTheApi(_) => format!(
                "name the gateway with its stage: --api https://ID.execute-api.REGION.amazonaws.com/STAGE (or IW102_API); \
                 without either it is looked for: iw102 endpoints{flags}"
            ),
            Self::Unproved if facts.is_route_unknown() => {
                "what a route calls is told by API Gateway to who may ask it \
                 (apigateway:GET), and by the project's file (--file serverless.yml)"
                    .to_owned()
            }
            Self::Unproved => format!(
                "ask a route of Step Functions that needs a key: --route 'POST /path'; \
                 the routes: iw102 endpoints{flags}"
            ),
        }
    }
}

/// The API's id and the stage, or what stands for them in a command.
fn names(facts: &Facts) -> (&str, &str) {
    facts.api.as_ref().map_or(("ID", "STAGE"), |api| (api.id.as_str(), api.stage.as_str()))
}

fn listed(stages: &[String]) -> String {
    if stages.is_empty() { "no stage".to_owned() } else { stages.join(", ") }
}
