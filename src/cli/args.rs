//! The clap tree: what can be typed. One struct per command lives with its command.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};

use crate::cli::commands::{
    check, clock, complete, completions, dev, endpoints, fail, heartbeat, help, history, http, invoke, keys, list,
    logs, man, open, redrive, start, status, stop, succeed, token, wait, whoami,
};
use crate::cli::duration;
use crate::cli::settings::{ColorChoice, FormatChoice, TimeChoice};

/// Start, follow and debug AWS Step Functions state machines, on AWS or on an engine inside the binary
#[derive(Debug, Parser)]
#[command(
    name = "iw102",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    subcommand_value_name = "COMMAND",
    max_term_width = 100,
    after_help = "Start here:\n  \
        iw102 check                             what is wrong with serverless.yml\n  \
        iw102 invoke MACHINE --local name=Ada   run a state machine here, print its output\n  \
        iw102 whoami                            which account, region and stage of AWS is meant\n  \
        iw102 invoke MACHINE name=Ada           run a state machine on AWS\n\n\
        More: iw102 help exit-codes, iw102 help environment, iw102 help secrets"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed or not, apart from the others")]
pub(crate) struct GlobalArgs {
    /// Use the engine inside this binary instead of AWS
    #[arg(long, global = true)]
    pub local: bool,
    /// The stage [env: IW102_STAGE] [default: the project's, else dev]
    #[arg(short, long, global = true, value_name = "STAGE", value_parser = NonEmptyStringValueParser::new())]
    pub stage: Option<String>,
    /// serverless.yml or a definition (.asl.json); else found upwards from here
    #[arg(short = 'c', long, global = true, value_name = "FILE", alias = "config")]
    pub file: Option<PathBuf>,
    /// A value for ${param:K}
    #[arg(long = "param", global = true, value_name = "K=V", value_parser = pair)]
    pub params: Vec<(String, String)>,
    /// How to print [env: IW102_OUTPUT] [default: text]
    #[arg(short, long, global = true, value_name = "FORMAT", hide_possible_values = false)]
    pub output: Option<FormatChoice>,
    /// Print only what this JMESPath finds
    #[arg(short, long, global = true, value_name = "JMESPATH")]
    pub query: Option<String>,
    /// Give up after this long; what runs goes on
    #[arg(long, global = true, value_name = "DUR", value_parser = duration::parse)]
    pub timeout: Option<Duration>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Say nothing while waiting
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Show requests and answers, and where the server is
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// The region [env: AWS_REGION] [default: the project's, else the profile's]
    #[arg(long, global = true, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub region: Option<String>,
    /// With --local: keep nothing after the command
    #[arg(long, global = true)]
    pub memory: bool,
    /// With --local: how time passes: real, virtual (waits take no time; implies --memory), x10
    #[arg(long, global = true, value_name = "real|virtual|xN", value_parser = TimeChoice::parse)]
    pub time: Option<TimeChoice>,
    /// With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout
    #[arg(long = "function", global = true, value_name = "NAME=CMD", value_parser = pair)]
    pub functions: Vec<(String, String)>,
    /// Trust the CAs in this PEM file instead of the system's [env: AWS_CA_BUNDLE]
    #[arg(long, global = true, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// The profile of AWS's configuration files; its credentials come before the environment's [env: AWS_PROFILE]
    #[arg(long, global = true, alias = "aws-profile", value_name = "PROFILE", value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// Call this server instead of AWS's own, for all services [env: AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SFN, …]
    #[arg(long, global = true, value_name = "URL", conflicts_with = "local")]
    pub endpoint_url: Option<String>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Invoke(invoke::InvokeArgs),
    Start(start::StartArgs),
    #[command(alias = "describe")]
    Status(status::StatusArgs),
    Stop(stop::StopArgs),
    Redrive(redrive::RedriveArgs),
    Wait(wait::WaitArgs),
    List(list::ListArgs),
    Token(token::TokenArgs),
    #[command(alias = "send-task-heartbeat")]
    Heartbeat(heartbeat::HeartbeatArgs),
    #[command(alias = "send-task-success")]
    Succeed(succeed::SucceedArgs),
    #[command(alias = "send-task-failure")]
    Fail(fail::FailArgs),
    History(history::HistoryArgs),
    Logs(logs::LogsArgs),
    Open(open::OpenArgs),
    Check(check::CheckArgs),
    Dev(dev::DevArgs),
    Clock(clock::ClockArgs),
    Keys(keys::KeysArgs),
    Endpoints(endpoints::EndpointsArgs),
    Whoami(whoami::WhoamiArgs),
    Http(http::HttpArgs),
    #[command(hide = true)]
    Complete(complete::CompleteArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Help(help::HelpArgs),
}

impl Command {
    /// Whether it is about the engine inside this binary, said or not.
    pub(crate) fn is_local(&self) -> bool {
        matches!(self, Self::Dev(_) | Self::Clock(_))
    }
}

/// `K=V`
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn commands_of_later_versions_are_absent() {
        let command = Cli::command();
        for name in ["deploy", "trace"] {
            assert!(command.find_subcommand(name).is_none(), "{name}");
        }
    }

    #[test]
    fn flags_stand_before_and_behind_the_command() {
        for words in [["iw102", "--local", "status"], ["iw102", "status", "--local"]] {
            assert!(Cli::try_parse_from(words).unwrap().global.local);
        }
        let cli = Cli::try_parse_from(["iw102", "list", "--config", "a.yml", "--aws-profile", "p"]).unwrap();
        assert_eq!(cli.global.file, Some(PathBuf::from("a.yml")));
    }
}
