//! `iw102 keys doctor`
//!
//! Owns: the words, the order of what is done, and how it is told. `facts` reads API Gateway's management, `request` asks the
//! gateway itself, `diagnosis` says what both together mean, and `cause` what to do about it; both are pure.

mod cause;
mod diagnosis;
mod facts;
mod request;

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use self::diagnosis::{Check, Diagnosis};
use self::facts::Facts;
use self::request::{Answered, Probe};
use crate::cli::api::ApiArgs;
use crate::cli::api::route::GivenRoute;
use crate::cli::context::{Context, Opening};
use crate::cli::duration;
use crate::cli::failure::Failure;
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;

/// Between two questions whether a new key has spread.
const PAUSE: Duration = Duration::from_secs(2);

/// Find out why a key is refused (403) or throttled (429)
///
/// Reads what API Gateway's management says of the key, its plans, the route and the stage's deployment, and asks the gateway
/// itself: once without a key, once with it. Neither starts anything: both send an empty object as a type for which no route
/// has a template, so that a route of Step Functions answers 415, or the service refuses what names no machine, when the key
/// is good. The second one counts as one request of the key's quota. A route that calls something else is not asked, nor one
/// of which neither API Gateway nor the project's file says what it calls.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 keys doctor                        the key that --api-key alone takes\n  \
    iw102 keys doctor dev-myFirstKey --route 'POST /action/start'\n  \
    iw102 keys doctor --api-key @key.txt --api https://ID.execute-api.REGION.amazonaws.com/dev\n  \
    iw102 keys doctor dev-myFirstKey --wait  until a new key has spread\n\n\
    With --api, a key's value and the project's file it needs no AWS credentials.\n\n\
    Ends with 0 when the key works, 12 refused, 13 throttled or over quota, 10 wrong route or not the API, 1 when no answer\n\
    proves it.")]
pub(super) struct DoctorArgs {
    /// The key: its name, or its id
    #[arg(value_name = "NAME", conflicts_with = "api_key")]
    name: Option<String>,
    /// The route to ask, one of Step Functions [default: the API's start, else the project file's]
    #[arg(long, value_name = "METHOD PATH", value_parser = GivenRoute::parse)]
    route: Option<GivenRoute>,
    /// Ask until a key that was made a moment ago has spread, for at most DUR (60s)
    #[arg(long, value_name = "DUR", num_args = 0..=1, require_equals = true, default_missing_value = "60s", value_parser = duration::parse)]
    wait: Option<Duration>,
    #[command(flatten)]
    api: ApiArgs,
}

pub(super) async fn run(args: DoctorArgs, context: &mut Context) -> Result<(), Failure> {
    // Alone, it is the key that --api-key takes alone.
    let api_key = args.api.api_key.clone().or(Some(None)).filter(|_| args.name.is_none());
    let wanted = ApiArgs { api_key, api: args.api.api.clone() }.read(context, "iw102 keys doctor NAME").await?;
    let is_readable = context.open(Opening::Registering).await;
    // Where the gateway and the key are given, it is asked without a region or credentials too.
    if wanted.is_found() || wanted.given_key().is_none() {
        is_readable?;
    }
    let given_key = wanted.given_key().cloned();
    let name = args.name.as_deref().or(wanted.key_name()).map(ToOwned::to_owned);
    let api = wanted.without_key().open(context).await?;
    let facts = Facts::read(context, api.address(), name.as_deref(), given_key, args.route.as_ref()).await?;
    let mut probe = Probe::new(api, &facts);
    let without_key = probe.ask(context, None).await?;
    let with_key = ask_with_key(&mut probe, &facts, args.wait, context).await?;
    let diagnosis = Diagnosis::of(&facts, &without_key, &with_key);
    let text = render(&facts, &diagnosis, context)?;
    context.print_later(&text);
    diagnosis.cause.map_or(Ok(()), |cause| Err(cause.failure(&facts, &context.settings)))
}

/// Asks once, or until a key that nothing is wrong with is accepted.
async fn ask_with_key(
    probe: &mut Probe,
    facts: &Facts,
    wait: Option<Duration>,
    context: &mut Context,
) -> Result<Answered, Failure> {
    let begun = Instant::now();
    let wait = wait.map(|wait| wait.min(context.settings.timeout.unwrap_or(wait)));
    let mut is_told = false;
    loop {
        let answered = probe.ask(context, facts.key_to_send().as_ref()).await?;
        let may_spread = answered == Answered::KeyRefused && diagnosis::may_spread(facts);
        match wait.filter(|wait| may_spread && begun.elapsed() + PAUSE < *wait) {
            None => return Ok(answered),
            Some(wait) if !is_told => {
                let wait = wait.as_secs();
                context.printer.err_line(&format!("the gateway refuses the key; asking again for up to {wait} s"));
                is_told = true;
            }
            Some(_) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn render(facts: &Facts, diagnosis: &Diagnosis, context: &Context) -> Result<String, Failure> {
    let paint = context.printer.paint_out();
    let line = |check: &Check| {
        let status = format!("{:<8}", check.status.as_str());
        let status = match check.status {
            diagnosis::Status::Ok => paint.green(status),
            diagnosis::Status::Wrong => paint.red(status),
            diagnosis::Status::Warning => paint.yellow(status),
            diagnosis::Status::Unknown => paint.dim(status),
        };
        format!("{status} {:<14} {}\n", check.name, check.found)
    };
    let cause = diagnosis.cause.as_ref().map(|cause| {
        let failure = cause.failure(facts, &context.settings);
        json!({"code": failure.code, "message": failure.message(), "hint": failure.hints.join("\n")})
    });
    let checks = diagnosis
        .checks
        .iter()
        .map(|check| json!({"check": check.name, "status": check.status.as_str(), "message": check.found}));
    let key = facts.key_found();
    let document = json!({
        "key": key.map(|key| &key.name),
        "keyId": key.map(|key| &key.id),
        "route": facts.route.as_ref().map(ToString::to_string),
        "url": facts.address,
        "works": diagnosis.works,
        "cause": cause,
        "checks": checks.collect::<Vec<_>>(),
    });
    if diagnosis.works == Some(true) && context.settings.format == Format::Text && context.settings.query.is_none() {
        context.printer.err_line("the key works");
    }
    Output {
        document,
        items: Some("checks"),
        text: diagnosis.checks.iter().map(line).collect(),
        names: output::lines(key.map(|key| key.name.as_str())),
    }
    .render(&context.settings)
}
