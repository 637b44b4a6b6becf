//! `iw102 dev`
//!
//! Owns: the servers' life: begin, say where, reload, end. [`banner`] is what is said, [`watch`] sees the file change, [`child`]
//! is the command that runs against it.

mod banner;
mod child;
mod watch;

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::time::{Duration, SystemTime};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::commands::dev::banner::Banner;
use crate::cli::commands::dev::child::Child;
use crate::cli::commands::dev::watch::Watch;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::Output;
use crate::cli::settings::Format;
use crate::cli::signals;
use crate::local::{GatewayAddress, Listen, PortChoice};

/// Step Functions Local's own port, so that what was written for it finds this.
const PORT: u16 = 8083;
const API_PORT: u16 = 8084;
/// The addresses that the local CA vouches for, by its own constraints.
const CERTIFIED: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Serve AWS's APIs and the project's own API on this machine, until Ctrl-C
///
/// Every other command with --local talks to it. It reloads the project's file when it changes; one that is broken leaves what
/// was loaded before. Nothing that was acknowledged is lost when it ends.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 dev                                 the project here, or an empty account without one\n  \
    iw102 dev --memory --time virtual         nothing is kept, waits take no time\n  \
    iw102 dev --port 9000 --api-port off      AWS's APIs only\n  \
    iw102 dev -- sh test.sh                   run a command against it, end with its exit code\n  \
    aws stepfunctions list-state-machines --endpoint-url http://127.0.0.1:8083")]
pub(crate) struct DevArgs {
    /// The port of all AWS APIs; 0 for any free one [default: 8083 or the next free one]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// The port of the project's API, or off [default: 8084 or the next free one]
    #[arg(long, value_name = "PORT|off", value_parser = ApiPort::parse)]
    api_port: Option<ApiPort>,
    /// The address to listen on; any other than loopback lets other machines in
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_parser = host)]
    host: IpAddr,
    /// Do not reload the project's file when it changes
    #[arg(long)]
    no_reload: bool,
    /// Write where it serves into this file once it does, as JSON
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// A command to run against it, with AWS_ENDPOINT_URL_SFN and those of all that is served, IW102_API, IW102_API_KEY_FILE
    /// and AWS_CA_BUNDLE set; a region and credentials where there are none
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// `--api-port`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ApiPort {
    At(u16),
    Off,
}

impl ApiPort {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            _ => text.parse().map(Self::At).map_err(|_| "write a port, or off".into()),
        }
    }
}

/// `--host`: an address, or the name that everybody has for this machine.
fn host(text: &str) -> Result<IpAddr, String> {
    if text == "localhost" {
        return Ok(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    text.parse().map_err(|_| "write an IP address, such as 127.0.0.1 or ::1".into())
}

impl DevArgs {
    fn listen(&self, port: Option<u16>, default: u16) -> Listen {
        let port = match port {
            None => PortChoice::From(default),
            Some(0) => PortChoice::Free,
            Some(port) => PortChoice::Exactly(port),
        };
        Listen { host: self.host, port }
    }
}

/// Serves until a signal, or the end of the command that runs against it.
pub(crate) async fn run(args: DevArgs, context: &mut Context) -> Result<(), Failure> {
    let begun = SystemTime::now();
    let signal = signals::wait();
    tokio::pin!(signal);
    tokio::select! {
        biased;
        kind = signal.as_mut() => return Err(ended(kind)),
        begun = begin(&args, context) => begun?,
    }
    let address = open_gateway(&args, context).await?;
    let banner = Banner::of(context, address.as_ref())?;
    announce(&args, context, &banner)?;
    let ready = args.ready_file.as_deref().map(|file| ReadyFile::write(file, &banner.to_json())).transpose()?;
    let child = Child::begin(&args.command, context, &banner).await?;
    let watch = Watch::new(context.files(), begun);
    let reloads = !args.no_reload && context.settings.file.is_some();
    let result = until_end(child, watch, reloads, context, address.as_ref(), signal).await;
    drop(ready);
    result
}

/// Serves until something ends it; reloads meanwhile.
async fn until_end(
    mut child: Option<Child>,
    mut watch: Watch,
    reloads: bool,
    context: &mut Context,
    address: Option<&GatewayAddress>,
    mut signal: Pin<&mut impl Future<Output = FailureKind>>,
) -> Result<(), Failure> {
    let mut expired = pin!(expired(context.settings.timeout));
    loop {
        tokio::select! {
            biased;
            kind = signal.as_mut() => return match child.take() {
                Some(child) => child.end(kind).await,
                None => Err(ended(kind)),
            },
            code = child::ends(&mut child) => return code,
            () = expired.as_mut() => {
                if let Some(child) = child.take() {
                    // However it ends now: it was too late.
                    let _ = child.end(FailureKind::Terminated).await;
                }
                return Err(Failure::text(FailureKind::Timeout, "--timeout is over"));
            }
            () = watch.changed(), if reloads => {
                reload(context, address).await;
                watch.follow(context.files());
            }
        }
    }
}

/// Returns when `--timeout` is over; never without one.
async fn expired(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => tokio::time::sleep(timeout).await,
        None => std::future::pending().await,
    }
}

async fn begin(args: &DevArgs, context: &mut Context) -> Result<(), Failure> {
    if !args.host.is_loopback() {
        context.printer.err_line(&format!(
            "warning: --host {} lets every machine that reaches this one start executions and run its functions; nothing asks \
             for credentials",
            args.host
        ));
    }
    let port = args.port;
    context.serve(args.listen(port, PORT)).await?;
    if port.is_none() {
        tell_of_other_port(context, "AWS's APIs are", PORT, &context.owner()?.endpoint);
    }
    Ok(())
}

/// Opens the project's API, unless there is none or none is wanted.
async fn open_gateway(args: &DevArgs, context: &Context) -> Result<Option<GatewayAddress>, Failure> {
    let port = match args.api_port {
        Some(ApiPort::Off) => return Ok(None),
        Some(ApiPort::At(port)) => Some(port),
        None => None,
    };
    if context.settings.file.is_none() {
        return Ok(None);
    }
    let opened = context.owner()?.open_gateway(args.listen(port, API_PORT)).await;
    let address = opened.map_err(|error| context.local_failure(error))?;
    if !CERTIFIED.contains(&args.host) {
        context.printer.err_line(&format!(
            "warning: the certificate of the project's API is for localhost, 127.0.0.1 and ::1; whoever reaches it as {} \
             cannot check it",
            if args.host.is_unspecified() { "another name".to_owned() } else { args.host.to_string() }
        ));
    }
    if port.is_none() {
        tell_of_other_port(context, "the project's API is", API_PORT, &address.url);
    }
    Ok(Some(address))
}

/// A default port that was taken is no error, but who wrote it down somewhere wants to know.
fn tell_of_other_port(context: &Context, what: &str, default: u16, url: &str) {
    if !url.ends_with(&format!(":{default}")) {
        context.printer.err_line(&format!("note: port {default} is taken; {what} at {url}"));
    }
}

/// stdout belongs to the command that runs against it, where there is one.
fn announce(args: &DevArgs, context: &Context, banner: &Banner) -> Result<(), Failure> {
    let alone = args.command.is_empty();
    let paint = if alone { context.printer.paint_out() } else { context.printer.paint_err() };
    let names = format!("{}\n", banner.endpoint);
    let output = Output { document: banner.to_json(), items: None, text: banner.render(paint), names };
    let text = match context.settings.format {
        // A line of a log, which whoever starts a server reads first.
        Format::Json if context.settings.query.is_none() => format!("{}\n", output.document),
        _ => output.render(&context.settings)?,
    };
    if alone {
        context.printer.out(&text)?;
    } else {
        context.printer.err(&text);
    }
    Ok(())
}

async fn reload(context: &mut Context, address: Option<&GatewayAddress>) {
    let file = context.settings.file.as_deref().map(|file| context.settings.shown(file)).unwrap_or_default();
    let place = |context: &Context| context.settings.store_folder(context.service.as_ref()).ok();
    let before = place(context);
    let reloaded = match context.reload().await {
        Ok(()) => Banner::of(context, address),
        Err(failure) => Err(failure),
    };
    if place(context) != before {
        context.printer.err_line(
            "warning: its service or its stage has another name now, and --local commands look for another server: start \
             iw102 dev again",
        );
    }
    context.printer.err_line(&match reloaded {
        Ok(banner) => format!("reloaded {}: {}", file.display(), banner.contents()),
        Err(failure) => format!("warning: {}; what was loaded before stays", failure.message()),
    });
}

/// A signal is how a server ends; that is no error to tell of.
fn ended(kind: FailureKind) -> Failure {
    Failure::text(kind, "ended by a signal").told()
}

/// The file that says where the server is, for as long as it is there.
struct ReadyFile(PathBuf);

impl ReadyFile {
    /// Atomic: a reader sees nothing or all of it.
    fn write(file: &Path, content: &Value) -> Result<Self, Failure> {
        let written = || {
            let mut draft = file.as_os_str().to_owned();
            draft.push(".new");
            let mut open = fs::File::create(&draft)?;
            writeln!(open, "{content}")?;
            fs::rename(&draft, file)
        };
        written().map_err(|error| {
            let error = anyhow::Error::new(error).context(format!("cannot write {}", file.display()));
            Failure::new(FailureKind::Usage, error).hint("--ready-file names a file in a folder that exists")
        })?;
        Ok(Self(file.to_owned()))
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // Who removed it before us wanted it gone too.
        let _ = fs::remove_file(&self.0);
    }
}

/// Where the servers are, for programs.
fn addresses(endpoint: &str, api: Option<&str>, ca_file: Option<&Path>) -> Value {
    json!({ "endpoint": endpoint, "api": api, "caFile": ca_file, "pid": std::process::id() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_port_is_a_port_or_off() {
        assert_eq!(ApiPort::parse("off"), Ok(ApiPort::Off));
        assert_eq!(ApiPort::parse("8084"), Ok(ApiPort::At(8084)));
        assert!(ApiPort::parse("on").is_err());
        assert!(ApiPort::parse("70000").is_err());
    }

    #[test]
    fn a_host_is_an_address_or_localhost() {
        assert_eq!(host("localhost"), Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert!(host("::1").unwrap().is_loopback());
        assert!(host("example.com").unwrap_err().contains("127.0.0.1"));
    }

    #[test]
    fn a_ready_file_goes_with_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ready.json");
        let content = addresses("http://127.0.0.1:1", None, None);
        let ready = ReadyFile::write(&path, &content).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&fs::read_to_string(&path).unwrap()).unwrap(), content);
        drop(ready);
        assert!(!path.exists());
        assert!(ReadyFile::write(&folder.path().join("no/ready.json"), &content).is_err());
    }
}
