//! Errors of rooms as failures: the exit code, and the command that helps.

use std::io;

use crate::asl::diagnostic::Diagnostic;
use crate::aws::{Detail, Error as AwsError, Sourced};
use crate::cli::context::{Context, refusals};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::settings::quoted;
use crate::engine::EngineError;
use crate::local::{LocalError, PortChoice};
use crate::project::Loaded;

impl Context {
    /// A room's error as a failure.
    pub(crate) fn local_failure(&self, error: LocalError) -> Failure {
        let (kind, hint) = match &error {
            LocalError::Invalid { loaded, diagnostics } => return self.invalid(loaded, diagnostics),
            LocalError::UnknownFunction { known, .. } => {
                (FailureKind::Usage, Some(format!("the project's functions: {}", known.join(", "))))
            }
            LocalError::Refused { name, .. } if name == "InvalidDefinition" => (FailureKind::Usage, None),
            LocalError::VirtualTimeNeedsMemory => (FailureKind::Usage, Some("add --memory".to_owned())),
            LocalError::Folder { .. } => {
                (FailureKind::Unexpected, Some("IW102_HOME names the folder of all stores".to_owned()))
            }
            LocalError::Project(_)
            | LocalError::MappingTemplate(_)
            | LocalError::Engine(EngineError::InvalidDefinition(_) | EngineError::ClockIsReal) => {
                (FailureKind::Usage, None)
            }
            LocalError::Engine(EngineError::StoreUnreadable { folder, .. }) => {
                let folder = self.settings.shown(folder).display().to_string();
                let broken = quoted(&format!("{folder}.broken"));
                let hint = format!("move it away; its executions are lost: mv {} {broken}", quoted(&folder));
                (FailureKind::Unexpected, Some(hint))
            }
            LocalError::Engine(EngineError::LimitExceeded(_)) => (FailureKind::Throttled, None),
            LocalError::OtherVersion { pid, .. } => {
                (FailureKind::Conflict, Some(format!("end that process first (kill {pid}); its executions are kept")))
            }
            LocalError::Served { .. } => {
                let clients = "every --local command is its client already";
                (FailureKind::Conflict, Some(format!("{clients}; to serve it here, end that process first")))
            }
            LocalError::Listen { listen, source } if source.kind() == io::ErrorKind::AddrInUse => {
                let hint = match listen.port {
                    PortChoice::Exactly(port) => format!("see who has it: lsof -i :{port}; or choose another port"),
                    PortChoice::From(_) | PortChoice::Free => "choose another port".to_owned(),
                };
                (FailureKind::Conflict, Some(hint))
            }
            LocalError::Silent { pid } => {
                let hint = format!(
                    "is it stopped? let it go on (fg, or kill -CONT {pid}) or end it (kill -9 {pid}); nothing is lost"
                );
                (FailureKind::Network, Some(hint))
            }
            LocalError::Unnamed { lock } => {
                let hint = format!("it is starting or leaving; if it stays, see who it is: fuser {}", lock.display());
                (FailureKind::Network, Some(hint))
            }
            LocalError::Owner(_) | LocalError::Gone(_) | LocalError::Listen { .. } => (FailureKind::Network, None),
            LocalError::Engine(EngineError::Store(_)) => (FailureKind::Unexpected, self.store_hint()),
            LocalError::Engine(_) | LocalError::Refused { .. } | LocalError::Authority(_) => {
                (FailureKind::Unexpected, None)
            }
        };
        let code = if let LocalError::Refused { name, .. } = &error { Some(name.clone()) } else { None };
        let failure = Failure { code, ..Failure::new(kind, error) };
        hint.into_iter().fold(failure, Failure::hint)
    }

    /// Where the store is: what is wrong with it is mended there.
    fn store_hint(&self) -> Option<String> {
        let folder = self.settings.store(self.service.as_ref()).ok().flatten()?;
        Some(format!("the store is {}", folder.display()))
    }

    fn invalid(&self, loaded: &Loaded, found: &[Diagnostic]) -> Failure {
        let refused = self.refuse_errors(loaded, found);
        refused.err().unwrap_or_else(|| Failure::usage("the project has errors"))
    }

    /// What AWS, or a server that speaks as it does, refused; where that is AWS, with what probably helps.
    pub(crate) fn aws_failure(&self, error: AwsError) -> Failure {
        if self.settings.local {
            return Failure::from(error);
        }
        let hint = self.aws_hint(&error);
        let detail = error.detail().cloned();
        let failure = Failure::from(error);
        let failure = match detail {
            Some(detail) => with_id(failure, &detail),
            None => failure,
        };
        hint.into_iter().fold(failure, Failure::hint)
    }

    fn aws_hint(&self, error: &AwsError) -> Option<String> {
        let flags = self.settings.again_flags();
        Some(match error {
            error if error.is_want_of_region() => {
                "name one: --region REGION, or AWS_REGION, or `region` in the AWS configuration file".to_owned()
            }
            AwsError::Credentials { message } => refusals::of_credentials(message, &self.profile(), flags),
            AwsError::Network { endpoint, cause, .. } => refusals::of_network(endpoint, cause, &self.settings),
            AwsError::ClockSkew(_) => {
                "set the clock (on Linux: timedatectl set-ntp true), then do the same again".to_owned()
            }
            _ => refusals::of_service(error.detail()?, &self.profile(), flags, self.emulator().as_ref())?,
        })
    }

    /// The server that stands for AWS, and who named it. What is said of Step Functions is said of all services here: an
    /// error does not tell whose it is, and emulators are named for all at once.
    fn emulator(&self) -> Option<Sourced> {
        let client = self.client().ok()?;
        client.connection().emulator_url("SFN")?;
        Some(self.settings.endpoint_sourced(client.connection()))
    }

    /// ` --profile NAME`, as AWS's own command wants it; nothing where the default is meant.
    fn profile(&self) -> String {
        let flag = || self.settings.profile_flag().map(ToOwned::to_owned);
        let project = || Some(self.client().ok()?.connection().profile()?.value.clone());
        let environment = || self.settings.variables().get("AWS_PROFILE").filter(|name| !name.is_empty()).cloned();
        let name = flag().or_else(project).or_else(environment);
        name.map(|name| format!(" --profile {}", quoted(&name))).unwrap_or_default()
    }
}

/// With the exception's name, and the request's id, by which AWS's support knows it.
fn with_id(failure: Failure, detail: &Detail) -> Failure {
    let name = Some(detail.code.clone()).filter(|code| !code.starts_with("HTTP ") && *code != detail.message);
    let id = detail.request_id.as_ref().map(|id| format!("request {id}"));
    match (name, id) {
        (None, None) => failure,
        (name, id) => {
            let said: Vec<String> = name.into_iter().chain(id).collect();
            let error = anyhow::Error::msg(format!("{} ({})", failure.message(), said.join(", ")));
            Failure { error, ..failure }
        }
    }
}

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        let kind = match &error {
            AwsError::NotFound(_) => FailureKind::NotFound,
            AwsError::AlreadyExists(_) | AwsError::Conflict(_) => FailureKind::Conflict,
            AwsError::InvalidInput(_) | AwsError::Configuration { .. } => FailureKind::Usage,
            AwsError::TokenGone(_) => FailureKind::TokenGone,
            AwsError::TokenInvalid(_) => FailureKind::TokenInvalid,
            AwsError::Throttled(_) => FailureKind::Throttled,
            AwsError::AccessDenied(_) | AwsError::ClockSkew(_) | AwsError::Credentials { .. } => {
                FailureKind::Credentials
            }
            AwsError::Network { .. } => FailureKind::Network,
            AwsError::Other(_) => FailureKind::Unexpected,
        };
        let (code, request_id) =
            error.detail().map(|detail| (Some(detail.code.clone()), detail.request_id.clone())).unwrap_or_default();
        Self { code, request_id, ..Self::new(kind, error) }
    }
}
