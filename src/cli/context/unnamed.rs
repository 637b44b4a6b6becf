//! Words that do not name one thing: what is said, and what could have been meant.

use crate::asl::diagnostic::nearest;
use crate::aws::names::{NameError, logical, only_beginning};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};

/// So many names are told where none is near.
const SUGGESTED_MAX: usize = 10;

impl Context {
    /// `last`, for who changes it, where nothing was started from here.
    pub(super) fn none_from_here(&self, word: &str) -> Failure {
        let flags = self.settings.again_flags();
        Failure::text(FailureKind::NotFound, format!("no execution was started from here that {word} could be")).hint(
            format!("the newest one on AWS can be somebody else's: name it (its name or its ARN): iw102 list{flags}"),
        )
    }

    /// A word that does not name one thing, and what it could have been.
    pub(super) fn name_failure(&self, error: NameError) -> Failure {
        let flags = self.settings.again_flags();
        let (kind, hint) = match &error {
            NameError::MachineNotFound { word, place, .. } if self.of_project(word).is_some() => {
                return self.not_deployed(self.of_project(word).unwrap_or_default(), place);
            }
            NameError::MachineNotFound { word, known, .. } => (FailureKind::NotFound, self.suggestion(word, known)),
            NameError::MachineAmbiguous { .. } | NameError::ExecutionAmbiguous { .. } => {
                (FailureKind::Usage, "write the whole name, or the ARN".to_owned())
            }
            NameError::ExecutionNotFound { .. } => {
                (FailureKind::NotFound, format!("to see what there is: iw102 list{flags}"))
            }
            NameError::NoExecution { .. } => (FailureKind::NotFound, format!("start one: iw102 start{flags}")),
            NameError::TooManyMachines => (FailureKind::Usage, format!("to see what there is: iw102 list{flags}")),
            NameError::Aws(error) => return self.aws_failure(error.clone()),
        };
        Failure::new(kind, error).hint(hint)
    }

    /// The logical name of the project's machine that a word stands for on AWS.
    fn of_project(&self, word: &str) -> Option<&str> {
        let mut machines = self.service.iter().flat_map(|service| &service.machines);
        let machine = machines.find(|machine| !self.settings.local && machine.beginning_on_aws() == word)?;
        Some(&machine.logical_id)
    }

    /// The machine that was meant: the project's by their logical names, then what else there is. Or all of the project's.
    fn suggestion(&self, word: &str, known: &[String]) -> String {
        let project = self.service.iter().flat_map(|service| &service.machines);
        let mut names: Vec<&str> = project.map(|machine| machine.logical_id.as_str()).collect();
        let known: Vec<&str> = known.iter().map(|name| logical(name)).collect();
        if names.is_empty() {
            names.clone_from(&known);
        }
        let near = |names: &[&str]| {
            let near = nearest(word, names.iter().copied()).or_else(|| only_beginning(word, names.iter().copied()));
            near.map(ToOwned::to_owned)
        };
        match near(&names).or_else(|| near(&known)) {
            Some(name) => format!("did you mean {name}?"),
            None if names.is_empty() && self.settings.local => {
                "there is none; go to the folder of a serverless.yml, or name a --file".into()
            }
            None if names.is_empty() => "there is none: is it the right region and account? iw102 whoami".into(),
            None => {
                let (shown, more) = names.split_at(names.len().min(SUGGESTED_MAX));
                let rest =
                    if more.is_empty() { String::new() } else { format!(" and {} more: iw102 list", more.len()) };
                format!("there are: {}{rest}", shown.join(", "))
            }
        }
    }
}
