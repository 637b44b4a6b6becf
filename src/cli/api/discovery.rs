//! Where a gateway is that nobody named: the open store's, or the project's on AWS.
//!
//! On AWS API Gateway's own API is asked first, for it knows of every deployment; then the project's stack, which says it in
//! its outputs, where the first is not allowed or knows no such name. What was found is remembered: it changes only when an
//! API is removed and made again.

use std::fs;

use crate::aws::Error as AwsError;
use crate::aws::api_gateway::{ApiClient, RestApi};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::gateway::{Address, Trust};
use crate::project::Service;

/// The output in which the Serverless Framework tells where an API is.
const ENDPOINT_OUTPUT: &str = "ServiceEndpoint";
/// What a gateway is named by where AWS does not tell it.
const NAME_IT: &str = "name the gateway: --api https://ID.execute-api.REGION.amazonaws.com/STAGE";

/// A gateway with its stage.
#[derive(Debug, Clone)]
pub(crate) struct Located {
    /// Where it is.
    pub address: Address,
    /// Whose certificate it has.
    pub trust: Trust,
    /// Whether it was there when it was last looked for, and nobody was asked now.
    pub is_remembered: bool,
}

/// The project's gateway, as it is remembered or found.
pub(crate) async fn find(context: &mut Context) -> Result<Located, Failure> {
    if context.settings.local {
        return local(context).await;
    }
    context.connect().await.map_err(|failure| failure.hint(NAME_IT))?;
    let remembered = context.remembered().and_then(|remembered| Address::parse(&remembered.gateway()?).ok());
    match remembered {
        Some(address) => Ok(Located { address, trust: Trust::Platform, is_remembered: true }),
        None => look(context).await,
    }
}

/// The project's gateway, as it is found now.
pub(crate) async fn look(context: &mut Context) -> Result<Located, Failure> {
    if context.settings.local {
        return local(context).await;
    }
    context.connect().await.map_err(|failure| failure.hint(NAME_IT))?;
    let client = context.api_client()?;
    let Some(service) = context.service.clone() else {
        // Not remembered: a second API would make it a guess.
        let url = only_one(context, &client).await?;
        return Ok(Located { address: address(&url)?, trust: Trust::Platform, is_remembered: false });
    };
    let url = of_project(context, &client, &service).await?;
    let address = address(&url)?;
    if let Some(remembered) = context.remembered() {
        remembered.note_gateway(&address.to_string());
    }
    Ok(Located { address, trust: Trust::Platform, is_remembered: false })
}

/// What was found, which can be no address for a key: an emulator's `http://` that is not on this machine.
fn address(url: &str) -> Result<Address, Failure> {
    Address::parse(url).map_err(|error| {
        Failure::usage(format!("the API is at {url}, and {error}"))
            .hint("name it by another way that leads there: --api https://…")
    })
}

/// The URL of the project's API: by its name, else by what its stack says.
async fn of_project(context: &Context, client: &ApiClient, service: &Service) -> Result<String, Failure> {
    let (name, region) = (api_name(service), context.client()?.connection().region().value.clone());
    let (named, denied) = match client.rest_apis().await {
        Ok(apis) => (apis.into_iter().filter(|api| api.name == name).collect(), None),
        Err(error @ AwsError::AccessDenied(_)) => (Vec::<RestApi>::new(), Some(error)),
        Err(error) => return Err(context.aws_failure(error).hint(NAME_IT)),
    };
    if let [api] = named.as_slice() {
        return Ok(client.invoke_url(&api.id, &service.stage));
    }
    let stack = context.stack_name().unwrap_or_default();
    let outputs = match context.stack_outputs().await {
        Err(error) if denied.is_none() && context.lacks_stacks(&error)? => Ok(None),
        outputs => outputs,
    };
    match (outputs, denied) {
        (Ok(Some(mut outputs)), _) if outputs.contains_key(ENDPOINT_OUTPUT) => {
            let url = outputs.remove(ENDPOINT_OUTPUT).unwrap_or_default();
            Ok(reachable(client, &url, &service.stage))
        }
        (_, None) if !named.is_empty() => Err(ambiguous(client, &named, &service.stage)),
        (Ok(_), None) => {
            let text = format!("no API is called {name} in {region}, nor does a stack {stack} name one");
            Err(not_deployed(&text, service, context).hint(NAME_IT))
        }
        (Ok(_), Some(denied)) => {
            let failure = context.aws_failure(denied);
            let text = format!("{}; and no stack {stack} in {region} names an API", failure.message());
            Err(Failure { error: anyhow::Error::msg(text), ..failure }.hint(NAME_IT))
        }
        (Err(error), Some(denied)) => Err(both_denied(context, denied, &error)),
        (Err(error), None) => {
            let failure = context.aws_failure(error);
            let text = format!(
                "no API is called {name} in {region}, and the stack {stack} does not say whether it has one: {}",
                failure.message()
            );
            Err(Failure { error: anyhow::Error::msg(text), ..failure }.hint(NAME_IT))
        }
    }
}

/// Neither service may be asked, or one may not and the other does not answer.
fn both_denied(context: &Context, denied: AwsError, other: &AwsError) -> Failure {
    let failure = context.aws_failure(denied);
    let text = format!("where the API is cannot be found out: {}; {other}", failure.message());
    let allow = "or allow cloudformation:DescribeStacks, by which the stack tells it";
    Failure { error: anyhow::Error::msg(text), ..failure }.hint(allow).hint(NAME_IT)
}

/// What a stack says of an emulated API is AWS's form of it, where nothing of the kind answers.
fn reachable(client: &ApiClient, url: &str, stage: &str) -> String {
    let parsed = Address::parse(url).ok();
    let id = parsed.as_ref().and_then(Address::api_id).filter(|_| client.is_emulated());
    id.map_or_else(|| url.to_owned(), |id| client.invoke_url(id, stage))
}

/// Where there is no project: the only API, and its only stage unless `--stage` names one.
async fn only_one(context: &Context, client: &ApiClient) -> Result<String, Failure> {
    let mut apis = client.rest_apis().await.map_err(|error| context.aws_failure(error).hint(NAME_IT))?;
    if apis.len() > 1 {
        let known: Vec<String> = apis.iter().map(|api| format!("{} ({})", api.name, api.id)).collect();
        return Err(Failure::usage(format!("there is more than one API: {}", known.join(", ")))
            .hint("go to the folder of the serverless.yml that you mean, or name it: --file serverless.yml")
            .hint(NAME_IT));
    }
    let id = apis.pop().ok_or_else(|| no_api("there is no API"))?.id;
    let stage = only_stage(context, client, &id).await?;
    Ok(client.invoke_url(&id, &stage))
}

async fn only_stage(context: &Context, client: &ApiClient, api_id: &str) -> Result<String, Failure> {
    let stages = client.stages(api_id).await.map_err(|error| context.aws_failure(error).hint(NAME_IT))?;
    let mut names: Vec<String> = stages.into_iter().map(|stage| stage.name).collect();
    let listed = names.join(", ");
    match context.settings.stage() {
        Some(stage) if names.iter().any(|name| name == stage) => Ok(stage.to_owned()),
        Some(stage) => Err(Failure::text(FailureKind::NotFound, format!("the API {api_id} has no stage {stage}"))
            .hint(format!("its stages: {listed}"))),
        None if names.len() > 1 => {
            Err(Failure::usage(format!("the API {api_id} has more than one stage: {listed}")).hint("name it: --stage"))
        }
        None => names.pop().ok_or_else(|| no_api(&format!("the API {api_id} has no stage: it was never deployed"))),
    }
}

/// The local gateway with its stage, and the CA that vouches for it.
async fn local(context: &mut Context) -> Result<Located, Failure> {
    let opened = context.open_gateway().await?;
    let client = context.api_client()?;
    let stage = if let Some(service) = &context.service {
        service.stage.clone()
    } else {
        let api = api_id(context, &client).await?;
        let stages = client.stages(&api).await?;
        stages.into_iter().next().map(|stage| stage.name).ok_or_else(|| no_api("the project has no API"))?
    };
    let ca = fs::read(&opened.ca_file).map_err(|error| {
        let text = format!("cannot read the local CA {}", opened.ca_file.display());
        Failure::new(FailureKind::Network, anyhow::Error::new(error).context(text))
    })?;
    let address = Address::parse(&format!("{}/{stage}", opened.url))?;
    Ok(Located { address, trust: Trust::Only(ca), is_remembered: false })
}

/// The id of the API: by the project's name for it, or the only one.
pub(crate) async fn api_id(context: &Context, client: &ApiClient) -> Result<String, Failure> {
    let mut apis = client.rest_apis().await.map_err(|error| context.aws_failure(error))?;
    let service = context.service.as_ref();
    if let Some(service) = service {
        apis.retain(|api| api.name == api_name(service));
    }
    match apis.as_slice() {
        [] => Err(no_api("the project has no API")),
        [api] => Ok(api.id.clone()),
        _ => Err(ambiguous(client, &apis, service.map_or("STAGE", |service| &service.stage))),
    }
}

/// `STAGE-SERVICE`, as the Serverless Framework names it.
fn api_name(service: &Service) -> String {
    format!("{}-{}", service.stage, service.name)
}

/// A name is no key of API Gateway's: who made an API by hand may have taken one that was there.
fn ambiguous(client: &ApiClient, apis: &[RestApi], stage: &str) -> Failure {
    let urls: Vec<String> = apis.iter().map(|api| client.invoke_url(&api.id, stage)).collect();
    let known: Vec<String> = apis.iter().map(|api| format!("{} ({})", api.name, api.id)).collect();
    let failure = Failure::usage(format!("there is more than one API: {}", known.join(", ")));
    urls.iter().fold(failure, |failure, url| failure.hint(format!("the one that you mean: --api {url}")))
}

/// What a project's file has is not on AWS where it was looked for.
pub(super) fn not_deployed(text: &str, service: &Service, context: &Context) -> Failure {
    let flags = context.settings.again_flags();
    Failure::text(FailureKind::NotFound, text)
        .hint(format!("if it is not deployed yet: serverless deploy --stage {}", service.stage))
        .hint(format!("is it the right stage, region and account? iw102 whoami{flags}"))
}

fn no_api(text: &str) -> Failure {
    Failure::text(FailureKind::NotFound, text)
        .hint("a machine gets a route by `events: [{http: {path: action/start, method: POST}}]` in serverless.yml")
}
