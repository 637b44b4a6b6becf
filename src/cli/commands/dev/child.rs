//! `dev -- CMD`: the command that runs against the servers.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::Command;

use crate::cli::commands::dev::banner::Banner;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};

/// How long a command may take to end once it was asked to.
const END_MAX: Duration = Duration::from_secs(10);
/// Keeps SDKs from putting an operation's host prefix before an endpoint's name.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-host-prefix.html>
const NO_HOST_PREFIX: &str = "AWS_DISABLE_HOST_PREFIX_INJECTION";
/// The services that are served here beside Step Functions, as the variables of AWS's SDKs name them.
const SERVED: [&str; 3] =
    ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_ENDPOINT_URL_API_GATEWAY"];
/// What a shell adds to the number of the signal that ended a command.
const SIGNALLED: u8 = 128;
/// Where systems keep the certificates that they trust, in one file.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// A running command. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct Child {
    process: tokio::process::Child,
    /// Whether it leads a process group, in which its own children are. Not where it may read from a terminal: that speaks to
    /// one group, and its Ctrl-C reaches the command by itself there.
    leads_group: bool,
}

impl Child {
    /// Runs the command, if there is one.
    pub(super) async fn begin(words: &[OsString], context: &Context, banner: &Banner) -> Result<Option<Self>, Failure> {
        let [program, arguments @ ..] = words else { return Ok(None) };
        let mut command = Command::new(program);
        command.args(arguments).env("AWS_ENDPOINT_URL_SFN", &banner.endpoint);
        command.envs(of_aws(context, &banner.endpoint));
        // boto3 and the AWS CLI would look for `sync-127.0.0.1` when they call StartSyncExecution.
        if !context.settings.variables().contains_key(NO_HOST_PREFIX) {
            command.env(NO_HOST_PREFIX, "true");
        }
        // Those of the shell lead elsewhere, and a key there would go before the file.
        for name in ["IW102_API", "IW102_API_KEY", "IW102_API_KEY_FILE"] {
            command.env_remove(name);
        }
        // So that the iw102 of the command finds this server.
        if let Some(home) = context.home() {
            command.env("IW102_HOME", home);
        }
        if let Some(stage) = context.settings.load_options().stage {
            command.env("IW102_STAGE", stage);
        }
        let folder = context.scratch()?;
        if let (Some(url), Some(ca_file)) = (&banner.api_url, &banner.ca_file) {
            command.env("IW102_API", url);
            command.env("AWS_CA_BUNDLE", bundle(context, ca_file, &folder)?);
            if let Some(key) = first_key(context, &banner.keys).await? {
                command.env("IW102_API_KEY_FILE", write_key(&folder.join("api-key"), &key)?);
            }
        }
        let leads_group = !context.settings.stdin_is_terminal;
        if leads_group {
            command.process_group(0);
        }
        let process = command.spawn().map_err(|error| {
            let program = Path::new(program).display();
            let error = anyhow::Error::new(error).context(format!("cannot run {program}"));
            Failure::new(FailureKind::Usage, error)
                .hint("what stands behind -- is a program and its arguments, not a shell's line: sh -c '…'")
        })?;
        Ok(Some(Self { process, leads_group }))
    }

    /// Hands a signal on and waits for the end.
    pub(super) async fn end(mut self, kind: FailureKind) -> Result<(), Failure> {
        match kind {
            FailureKind::Terminated => self.signal(Signal::TERM),
            _ if self.leads_group => self.signal(Signal::INT),
            _ => {}
        }
        match tokio::time::timeout(END_MAX, self.process.wait()).await {
            Ok(status) => verdict(status),
            Err(_) => Err(Failure::text(kind, format!("the command did not end within {} s", END_MAX.as_secs()))),
        }
    }

    fn signal(&self, signal: Signal) {
        // It may have ended by now, and then there is nobody to ask.
        let id = self.process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let send = if self.leads_group { kill_process_group } else { kill_process };
        let _ = id.map(|id| send(id, signal));
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// What AWS's own tools need to work against these servers and is not set: where they are, a region, and who signs, for which
/// nobody is asked here.
fn of_aws(context: &Context, endpoint: &str) -> Vec<(&'static str, String)> {
    let settings = &context.settings;
    let region = settings.region(context.service.as_ref());
    let mut wanted: Vec<_> = SERVED.iter().map(|name| (*name, endpoint.to_owned())).collect();
    // boto3 knows the second only.
    wanted.extend([("AWS_REGION", region.clone()), ("AWS_DEFAULT_REGION", region)]);
    if !settings.has_credentials() {
        wanted.push(("AWS_ACCESS_KEY_ID", settings.account.clone()));
        wanted.push(("AWS_SECRET_ACCESS_KEY", "local".to_owned()));
        // Nobody else can be asked whose these are. Real ones may be those of a role that the real STS gives.
        wanted.push(("AWS_ENDPOINT_URL_STS", endpoint.to_owned()));
    }
    let is_set = |name: &str| settings.variables().get(name).is_some_and(|value| !value.is_empty());
    wanted.retain(|(name, _)| !is_set(name));
    wanted
}

/// Returns when the command ended; never where there is none.
pub(super) async fn ends(child: &mut Option<Child>) -> Result<(), Failure> {
    match child {
        Some(child) => verdict(child.process.wait().await),
        None => std::future::pending().await,
    }
}

/// Its exit code is ours.
fn verdict(status: std::io::Result<ExitStatus>) -> Result<(), Failure> {
    let status = status.map_err(|error| Failure::new(FailureKind::Unexpected, error))?;
    let signalled = || status.signal().and_then(|signal| u8::try_from(signal).ok()).map(|signal| SIGNALLED | signal);
    let code = status.code().and_then(|code| u8::try_from(code).ok()).or_else(signalled).unwrap_or(1);
    match code {
        0 => Ok(()),
        code => Err(Failure::text(FailureKind::Command(code), format!("the command ended with {status}")).told()),
    }
}

/// The value of the project's first key.
async fn first_key(context: &Context, names: &[String]) -> Result<Option<String>, Failure> {
    let Some(name) = names.first() else { return Ok(None) };
    let keys = context.api_client()?.api_keys(true).await?;
    Ok(keys.into_iter().find(|key| key.name == *name).and_then(|key| key.value))
}

/// A file with the key, for this user's eyes only.
fn write_key(path: &Path, key: &str) -> Result<PathBuf, Failure> {
    let written = || {
        let mut file = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
        file.write_all(key.as_bytes())
    };
    written().map_err(|error| unwritable(path, error))?;
    Ok(path.to_owned())
}

/// The certificates that the command trusts already, and ours: what it calls beside these servers must still work.
fn bundle(context: &Context, ca_file: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let set = |name: &str| context.settings.variables().get(name).map(PathBuf::from);
    let known = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"].into_iter().find_map(set);
    let mut files = known.into_iter().chain(SYSTEM_BUNDLES.map(PathBuf::from));
    let mut trusted = files.find_map(|file| fs::read(file).ok()).unwrap_or_default();
    trusted.push(b'\n');
    trusted.extend(fs::read(ca_file).map_err(|error| Failure::new(FailureKind::Unexpected, error))?);
    let path = folder.join("ca-bundle.pem");
    fs::write(&path, trusted).map_err(|error| unwritable(&path, error))?;
    Ok(path)
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(FailureKind::Unexpected, anyhow::Error::new(error).context(format!("cannot write {}", path.display())))
}
