//! `iw102 open`

use std::process::Stdio;

use clap::Args;
use serde_json::json;
use tokio::process::Command;

use crate::cli::context::{Context, Opening};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::Output;
use crate::cli::settings::{Format, Settings};
use crate::cli::word;
use crate::engine::Timestamp;

/// The consoles of AWS's partitions. Of the secret ones nothing is published.
const CONSOLES: [(&str, &str); 3] = [
    ("aws", "console.aws.amazon.com"),
    ("aws-cn", "console.amazonaws.cn"),
    ("aws-us-gov", "console.amazonaws-us-gov.com"),
];

/// Open an execution or a state machine in AWS's console
///
/// On a terminal the browser is opened ($BROWSER, else the system's); elsewhere the URL is printed.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 open                   the execution that was started last\n  \
    iw102 open order --print     the URL of a machine\n  \
    iw102 open order:last")]
pub(crate) struct OpenArgs {
    /// An execution (an ARN, a name, last, MACHINE:last) or a machine (an ARN or a name)
    #[arg(value_name = "EXEC|MACHINE")]
    word: Option<String>,
    /// The execution, as a flag
    #[arg(long, value_name = "EXEC", conflicts_with = "word")]
    exec: Option<String>,
    /// The machine, as a flag
    #[arg(long, value_name = "MACHINE", conflicts_with_all = ["word", "exec"])]
    machine: Option<String>,
    /// Print the URL only
    #[arg(long)]
    print: bool,
}

pub(crate) async fn run(args: OpenArgs, context: &mut Context) -> Result<(), Failure> {
    let settings = &context.settings;
    if settings.local {
        let flags = settings.again_flags();
        return Err(Failure::usage("AWS's console shows nothing of the engine inside iw102")
            .hint(format!("see it here: iw102 status{flags}, or iw102 history{flags}")));
    }
    let arn = arn(&args, context).await?;
    let started = context.remembered().and_then(|remembered| {
        let mut recent = remembered.executions().into_iter();
        recent.find(|execution| execution.arn == arn).map(|execution| execution.started)
    });
    let url = console_url(&arn, started).ok_or_else(|| {
        Failure::usage(format!("there is no known console for {arn}"))
            .hint("write the ARN of an execution or a machine")
    })?;
    let settings = &context.settings;
    let is_for_people = settings.format == Format::Text && settings.query.is_none();
    if !args.print && is_for_people && settings.stdout_is_terminal() {
        return browse(&url, context).await;
    }
    let document = json!({ "url": url, "arn": arn });
    let text = format!("{url}\n");
    let text = Output { document, items: None, names: text.clone(), text }.render(settings)?;
    context.print_later(&text);
    Ok(())
}

/// The ARN that is meant. One that is written needs neither a region nor credentials.
async fn arn(args: &OpenArgs, context: &mut Context) -> Result<String, Failure> {
    if let Some(word) = &args.machine {
        let word = word::machine(word).map_err(Failure::usage)?;
        if word.starts_with("arn:") {
            return Ok(word);
        }
        context.open(Opening::Looking).await?;
        return context.machine_arn(Some(&word)).await;
    }
    let given = args.word.as_deref().or(args.exec.as_deref());
    let is_machine_arn = |word: &&str| args.exec.is_none() && word.starts_with("arn:") && word::machine(word).is_ok();
    if let Some(arn) = given.map(str::trim).filter(is_machine_arn) {
        return Ok(arn.to_owned());
    }
    let word = word::execution(given).map_err(Failure::usage)?;
    if word.starts_with("arn:") && !word.ends_with(":last") {
        return Ok(word);
    }
    context.open(Opening::Looking).await?;
    if args.exec.is_some() { context.execution_arn(&word).await } else { context.execution_or_machine_arn(&word).await }
}

/// The page of an execution or a machine. That of an Express execution is found by the time at which it began, too.
fn console_url(arn: &str, started: Option<Timestamp>) -> Option<String> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "states", region, _, kind, name, ..] = parts.as_slice() else { return None };
    let (_, console) = CONSOLES.iter().find(|(known, _)| known == partition)?;
    let page = match *kind {
        "execution" => format!("v2/executions/details/{arn}"),
        "express" => {
            let since = started.map(|Timestamp(started)| format!("?startDate={started}")).unwrap_or_default();
            format!("express-executions/details/{arn}{since}")
        }
        // A version or an alias has no page of its own.
        "stateMachine" => format!("statemachines/view/{}:{name}", parts[..6].join(":")),
        _ => return None,
    };
    Some(format!("https://{region}.{console}/states/home?region={region}#/{page}"))
}

/// Opens a browser. It may be one for the terminal, so it has this one's streams; what it says of itself is not ours.
async fn browse(url: &str, context: &Context) -> Result<(), Failure> {
    context.printer.err_line(&format!("opening {url}"));
    let mut tried = Vec::new();
    for (program, words) in browsers(&context.settings, url) {
        let mut command = Command::new(&program);
        command.args(words).stdin(Stdio::inherit()).kill_on_drop(false);
        match command.status().await {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => tried.push(format!("{program}: {status}")),
            Err(error) => tried.push(format!("{program}: {error}")),
        }
    }
    let text = format!("no browser could be opened ({})", tried.join("; "));
    Err(Failure::text(FailureKind::Unexpected, text)
        .hint("print the URL: add --print; or name a browser: BROWSER=firefox"))
}

/// The programs to try, with their words: those of `BROWSER`, which may be several with a colon between them and may say
/// with `%s` where the URL goes; else the system's.
fn browsers(settings: &Settings, url: &str) -> Vec<(String, Vec<String>)> {
    let given = settings.variables().get("BROWSER").map(String::as_str).unwrap_or_default();
    let mut browsers: Vec<_> = given.split(':').filter_map(|command| browser(command, url)).collect();
    let system = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    browsers.push((system.to_owned(), vec![url.to_owned()]));
    browsers
}

fn browser(command: &str, url: &str) -> Option<(String, Vec<String>)> {
    let mut words = command.split_whitespace();
    let program = words.next()?.to_owned();
    let mut words: Vec<String> = words.map(|word| word.replace("%s", url)).collect();
    if !command.contains("%s") {
        words.push(url.to_owned());
    }
    Some((program, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_arn_has_its_page_in_its_partitions_console() {
        for (arn, expected) in [
            (
                "arn:aws:states:eu-west-1:123456789012:execution:M:one",
                "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/\
                 arn:aws:states:eu-west-1:123456789012:execution:M:one",
            ),
            (
                "arn:aws-cn:states:cn-north-1:123456789012:execution:M:one",
                "https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#/v2/executions/details/\
                 arn:aws-cn:states:cn-north-1:123456789012:execution:M:one",
            ),
            (
                "arn:aws-us-gov:states:us-gov-west-1:123456789012:stateMachine:M:7",
                "https://us-gov-west-1.console.amazonaws-us-gov.com/states/home?region=us-gov-west-1#/statemachines/view/\
                 arn:aws-us-gov:states:us-gov-west-1:123456789012:stateMachine:M",
            ),
            (
                "arn:aws:states:us-east-1:123456789012:express:M:one:two",
                "https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/express-executions/details/\
                 arn:aws:states:us-east-1:123456789012:express:M:one:two?startDate=7",
            ),
        ] {
            assert_eq!(console_url(arn, Some(Timestamp(7))).as_deref(), Some(expected));
        }
        for arn in
            ["arn:aws-iso:states:us-iso-east-1:1:execution:M:one", "arn:aws:states:r:1:activity:A", "arn:aws:s3:::b"]
        {
            assert_eq!(console_url(arn, None), None, "{arn}");
        }
    }

    #[test]
    fn a_browser_says_where_the_url_goes_or_gets_it_last() {
        let of = |command: &str| browser(command, "https://a").map(|(program, words)| (program, words.join(" ")));
        assert_eq!(of("firefox --new-window"), Some(("firefox".into(), "--new-window https://a".into())));
        assert_eq!(of("w3m %s -dump"), Some(("w3m".into(), "https://a -dump".into())));
        assert_eq!(of(" "), None);
    }
}
