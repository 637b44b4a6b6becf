//! A Task's `Resource`: which ARNs there are, and which integrations have which patterns.

use std::sync::Arc;

use super::Compiler;
use super::fields::Fields;
use super::report::{SCHEMA, near};
use crate::asl::program::{Pattern, Resource};

/// An optimised integration: service, actions, and whether it has `.sync` and `.waitForTaskToken`.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>
struct Optimised {
    service: &'static str,
    actions: &'static [&'static str],
    sync: bool,
    token: bool,
}

const fn optimised(service: &'static str, actions: &'static [&'static str], sync: bool, token: bool) -> Optimised {
    Optimised { service, actions, sync, token }
}

#[rustfmt::skip]
const OPTIMISED: [Optimised; 21] = [
    optimised("apigateway", &["invoke"], false, true),
    optimised("athena", &["startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"], true, false),
    optimised("batch", &["submitJob"], true, false),
    optimised("bedrock", &["invokeModel", "createModelCustomizationJob"], true, true),
    optimised("codebuild", &["startBuild", "stopBuild", "startBuildBatch", "stopBuildBatch", "retryBuildBatch",
        "deleteBuildBatch", "batchDeleteBuilds", "batchGetReports"], true, false),
    optimised("databrew", &["startJobRun"], true, false),
    optimised("dynamodb", &["getItem", "putItem", "updateItem", "deleteItem"], false, false),
    optimised("ecs", &["runTask"], true, true),
    optimised("eks", &["call", "runJob", "createCluster", "deleteCluster", "createNodegroup", "deleteNodegroup",
        "createFargateProfile", "deleteFargateProfile"], true, true),
    optimised("elasticmapreduce", &["createCluster", "terminateCluster", "addStep", "cancelStep",
        "setClusterTerminationProtection", "modifyInstanceFleetByName", "modifyInstanceGroupByName"], true, false),
    optimised("emr-containers", &["createVirtualCluster", "deleteVirtualCluster", "startJobRun"], true, false),
    optimised("emr-serverless", &["createApplication", "startApplication", "stopApplication", "deleteApplication",
        "startJobRun", "cancelJobRun"], true, false),
    optimised("events", &["putEvents"], false, true),
    optimised("glue", &["startJobRun"], true, false),
    optimised("http", &["invoke"], false, false),
    optimised("lambda", &["invoke"], false, true),
    optimised("mediaconvert", &["createJob"], true, false),
    optimised("sagemaker", &["createEndpoint", "createEndpointConfig", "createHyperParameterTuningJob", "createLabelingJob",
        "createModel", "createProcessingJob", "createTrainingJob", "createTransformJob", "updateEndpoint"], true, false),
    optimised("sns", &["publish"], false, true),
    optimised("sqs", &["sendMessage"], false, true),
    optimised("states", &["startExecution"], true, true),
];

const FORMS: &str = "write arn:aws:lambda:REGION:ACCOUNT:function:NAME, arn:aws:states:REGION:ACCOUNT:activity:NAME, \
                     arn:aws:states:::SERVICE:ACTION or arn:aws:states:::aws-sdk:SERVICE:ACTION";

const PATTERNS: [&str; 3] = [".waitForTaskToken", ".sync", ".sync:2"];

/// What to write instead of a text that is no resource.
struct Unknown {
    help: String,
}

impl Unknown {
    fn because(help: impl Into<String>) -> Self {
        Self { help: help.into() }
    }
}

pub(super) fn read(fields: &Fields, c: &mut Compiler) -> Option<Resource> {
    let field = fields.get("Resource")?;
    let Some(text) = field.node.as_str() else {
        let message = format!("'Resource' must be a string, not {}", field.node.kind_name());
        c.error(SCHEMA, field.node.span, &field.pointer, message).help(FORMS);
        return None;
    };
    match parse(text) {
        Ok(resource) => Some(resource),
        Err(unknown) => {
            let message = format!(
                "The resource provided {text} is not recognized. The value is not a valid resource ARN, or the resource is \
                 not available in this region."
            );
            c.error(SCHEMA, field.node.span, &field.pointer, message).help(unknown.help);
            None
        }
    }
}

fn parse(text: &str) -> Result<Resource, Unknown> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, rest] = parts[..] else {
        return Err(Unknown::because(FORMS));
    };
    if arn != "arn" || !partition.starts_with("aws") || text.contains(char::is_whitespace) {
        return Err(Unknown::because(FORMS));
    }
    let placed = !region.is_empty() && !account.is_empty();
    match (service, rest.split_once(':')) {
        ("lambda", Some(("function", name))) if placed => function(text, name),
        ("states", Some(("activity", name))) if placed && !name.is_empty() => {
            Ok(Resource::Activity { arn: text.into() })
        }
        ("states", Some(("stateMachine", _))) => Err(Unknown::because(
            "a state machine is started by arn:aws:states:::states:startExecution, its ARN in Parameters.StateMachineArn",
        )),
        ("states", Some((service, action))) if region.is_empty() && account.is_empty() => integration(service, action),
        ("lambda", _) => Err(Unknown::because("a function's ARN is arn:aws:lambda:REGION:ACCOUNT:function:NAME")),
        ("states", _) => Err(Unknown::because(FORMS)),
        _ => Err(Unknown::because(format!(
            "use a service integration, arn:{partition}:states:::{service}:ACTION, or arn:{partition}:states:::aws-sdk:{service}:ACTION"
        ))),
    }
}

fn function(text: &str, name: &str) -> Result<Resource, Unknown> {
    let (name, qualifier) = name.split_once(':').unwrap_or((name, "$LATEST"));
    if text.contains(".waitForTaskToken") {
        return Err(Unknown::because(
            "write arn:aws:states:::lambda:invoke.waitForTaskToken, the function in Parameters.FunctionName",
        ));
    }
    let fits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_$".contains(c));
    if !fits(name) || !fits(qualifier) {
        return Err(Unknown::because("a function's ARN is arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]"));
    }
    Ok(Resource::Lambda { arn: text.into() })
}

fn integration(service: &str, action: &str) -> Result<Resource, Unknown> {
    if service == "aws-sdk" {
        return sdk(action);
    }
    let (name, pattern) = split_pattern(action)?;
    let Some(known) = OPTIMISED.iter().find(|known| known.service == service) else {
        let services = OPTIMISED.iter().map(|known| known.service);
        return Err(Unknown::because(match near(service, services) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("use the SDK integration: arn:aws:states:::aws-sdk:{service}:{name}"),
        }));
    };
    if !known.actions.contains(&name) {
        return Err(Unknown::because(match near(name, known.actions.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("use the SDK integration: arn:aws:states:::aws-sdk:{service}:{name}"),
        }));
    }
    has_pattern(known, pattern)?;
    Ok(Resource::Integration { service: service.into(), action: action.into(), pattern })
}

fn has_pattern(known: &Optimised, pattern: Pattern) -> Result<(), Unknown> {
    let (there, name) = match pattern {
        Pattern::RequestResponse => (true, ""),
        Pattern::Sync => (known.sync, ".sync"),
        Pattern::Sync2 => (known.sync && known.service == "states", ".sync:2"),
        Pattern::WaitForTaskToken => (known.token, ".waitForTaskToken"),
    };
    if there {
        return Ok(());
    }
    Err(Unknown::because(format!("{} has no {name}: leave it away", known.service)))
}

/// `arn:aws:states:::aws-sdk:SERVICE:ACTION[.waitForTaskToken]`: the API action in camel case.
fn sdk(rest: &str) -> Result<Resource, Unknown> {
    let Some((service, action)) = rest.split_once(':') else {
        return Err(Unknown::because("an SDK integration is arn:aws:states:::aws-sdk:SERVICE:ACTION"));
    };
    let (name, pattern) = split_pattern(action)?;
    if matches!(pattern, Pattern::Sync | Pattern::Sync2) {
        return Err(Unknown::because("SDK integrations have no .sync: use the service's own integration"));
    }
    if service.is_empty() || !service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Err(Unknown::because(format!("the service is in lower case: aws-sdk:{}", service.to_lowercase())));
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Unknown::because("the action is in camel case, as in getObject"));
    }
    let service: Arc<str> = format!("aws-sdk:{service}").into();
    Ok(Resource::Integration { service, action: action.into(), pattern })
}

/// An action without its pattern.
fn split_pattern(action: &str) -> Result<(&str, Pattern), Unknown> {
    let Some((name, suffix)) = action.split_once('.') else {
        return Ok((action, Pattern::RequestResponse));
    };
    let pattern = match suffix {
        "waitForTaskToken" => Pattern::WaitForTaskToken,
        "sync" => Pattern::Sync,
        "sync:2" => Pattern::Sync2,
        _ => {
            let help = match near(&format!(".{suffix}"), PATTERNS) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("the patterns are {}", PATTERNS.join(", ")),
            };
            return Err(Unknown::because(help));
        }
    };
    Ok((name, pattern))
}
