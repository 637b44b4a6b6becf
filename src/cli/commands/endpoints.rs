//! `iw102 endpoints`

use clap::Args;
use serde_json::{Value, json};

use crate::aws::api_gateway::Route;
use crate::cli::api::{discovery, route};
use crate::cli::context::{Context, Opening};
use crate::cli::failure::Failure;
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;
use crate::gateway::Address;
use crate::project::Service;
use crate::ui::table::Table;

/// List the routes of the project's API: URL, what it calls, whether it asks for a key
///
/// On AWS the address is found by the API's name, STAGE-SERVICE, or in the outputs of the stack SERVICE-STAGE. With --local it
/// is that of the process that serves the store; where no other does, it goes with this command.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 endpoints --local\n  \
    iw102 endpoints --stage prod\n  \
    iw102 endpoints --local -o json -q 'endpoints[?apiKeyRequired].url'\n  \
    iw102 endpoints --local -o name    URLs only")]
pub(crate) struct EndpointsArgs {}

pub(crate) async fn run(_args: EndpointsArgs, context: &mut Context) -> Result<(), Failure> {
    context.open(Opening::Registering).await?;
    // Nobody would notice here that what was remembered is not there any more.
    let address = discovery::look(context).await?.address;
    let routes = match route::of_api(context, &address).await {
        Ok(routes) => routes,
        Err(failure) => route::of_project(context, None, failure)?,
    };
    if context.is_served_here() && context.settings.format == Format::Text {
        context.printer.err_line("no other iw102 serves the store: this address ends with the command");
    }
    let urls: Vec<String> = routes.iter().map(|route| url(&address, route)).collect();
    let service = context.service.as_ref();
    let items = routes.iter().zip(&urls).map(|(route, url)| item(route, url, service));
    let text = Output {
        document: json!({ "endpoints": items.collect::<Vec<_>>() }),
        items: Some("endpoints"),
        text: table(&routes, &urls, service).render(context.printer.paint_out(), context.settings.width),
        names: output::lines(urls.iter().map(String::as_str)),
    };
    let text = text.render(&context.settings)?;
    context.print_later(&text);
    Ok(())
}

/// A path's parameters stay as they are written: `/orders/{id}`.
fn url(address: &Address, route: &Route) -> String {
    format!("{address}{}", route.path)
}

fn machine(route: &Route, service: Option<&Service>) -> Option<String> {
    route.state_machine_arn.as_deref().map(|arn| output::machine_name(service, arn))
}

fn item(route: &Route, url: &str, service: Option<&Service>) -> Value {
    json!({
        "method": route.method,
        "url": url,
        "path": route.path,
        "action": route.action,
        "machine": machine(route, service),
        "stateMachineArn": route.state_machine_arn,
        "apiKeyRequired": route.api_key_required,
    })
}

fn table(routes: &[Route], urls: &[String], service: Option<&Service>) -> Table {
    let mut table = Table::new(&["METHOD", "URL", "ACTION", "MACHINE", "KEY"]);
    for (route, url) in routes.iter().zip(urls) {
        table.row(vec![
            route.method.clone(),
            url.clone(),
            route.action.clone().unwrap_or_else(|| "-".into()),
            machine(route, service).unwrap_or_else(|| "-".into()),
            if route.api_key_required { "needed" } else { "-" }.into(),
        ]);
    }
    table
}
