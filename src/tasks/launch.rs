//! From a function's program to the process that runs it.
//!
//! Owns: which interpreter runs a handler, the runtime clients that are part of this program, which of a bootstrap's
//! candidates runs. Must not know: how processes and invocations go on.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::tasks::function::{FunctionSpec, Program};
use crate::tasks::process::Launch;

/// The runtime client for Python, run with `python3 -c`.
const PYTHON_CLIENT: &str = include_str!("bootstrap/python.py");
/// The runtime client for Node, run with `node -e`.
const NODE_CLIENT: &str = include_str!("bootstrap/node.mjs");

/// What a process is started with, besides its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
    /// `_HANDLER`
    pub(super) handler: String,
    /// As `AWS_EXECUTION_ENV` ends; empty where Lambda sets none.
    pub(super) runtime: String,
    /// The file whose change makes a warm process old.
    pub(super) file: Option<PathBuf>,
    /// Whether its stdin is its lifeline.
    pub(super) stdin: bool,
    pub(super) speaks: Protocol,
}

/// How events come in and results go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// The Runtime API, one process for many invocations.
    RuntimeApi,
    /// stdin and stdout, one process for each invocation.
    Stdio,
}

impl Entry {
    /// A process of a function, with this whole environment.
    pub(super) fn launch(&self, environment: BTreeMap<OsString, OsString>, spec: &FunctionSpec) -> Launch {
        Launch {
            program: self.program.clone(),
            arguments: self.arguments.clone(),
            environment,
            folder: spec.folder.clone(),
            stdin: self.stdin,
        }
    }

    /// Finds what runs a function.
    ///
    /// # Errors
    /// What is missing, where it was looked for, and how to give it.
    pub(super) fn of(spec: &FunctionSpec) -> Result<Self, String> {
        if !spec.folder.is_dir() {
            return Err(format!("The folder of function {} is not there: {}", spec.name, spec.folder.display()));
        }
        match &spec.program {
            Program::Command(command) => Ok(Self::command(command)),
            Program::Handler { handler, runtime } => Self::handler(spec, handler, runtime),
            Program::Bootstrap(candidates) => Self::bootstrap(spec, candidates),
            Program::Missing(text) => Err(text.clone()),
        }
    }

    fn command(command: &str) -> Self {
        Self {
            program: "sh".into(),
            arguments: vec!["-c".into(), command.into()],
            handler: String::new(),
            runtime: String::new(),
            file: None,
            stdin: true,
            speaks: Protocol::Stdio,
        }
    }

    fn handler(spec: &FunctionSpec, handler: &str, runtime: &str) -> Result<Self, String> {
        let language = Language::of(runtime).ok_or_else(|| {
            format!("Runtime {runtime} of function {} cannot be run. {}", spec.name, how_to_give(spec.called()))
        })?;
        let candidates = language.files(handler);
        let Some(file) = candidates.iter().map(|file| spec.folder.join(file)).find(|file| file.is_file()) else {
            return Err(not_found(spec.called(), &format!("handler {handler}"), &spec.folder, &candidates));
        };
        let (program, mut arguments, client) = match language {
            Language::Python => ("python3", vec!["-u".into(), "-c".into()], PYTHON_CLIENT),
            Language::Node => ("node", vec!["--input-type=module".into(), "-e".into()], NODE_CLIENT),
        };
        arguments.push(client.into());
        Ok(Self {
            program: program.into(),
            arguments,
            handler: handler.to_owned(),
            runtime: runtime.to_owned(),
            file: Some(file),
            stdin: true,
            speaks: Protocol::RuntimeApi,
        })
    }

    fn bootstrap(spec: &FunctionSpec, candidates: &[PathBuf]) -> Result<Self, String> {
        let Some(candidate) = candidates.iter().find(|file| spec.folder.join(file).is_file()) else {
            return Err(not_found(spec.called(), "program", &spec.folder, candidates));
        };
        let file = spec.folder.join(candidate);
        if !is_executable(&file) {
            return Err(format!(
                "The program of function {name} is not executable: {file}; make it so with: chmod +x {file}",
                name = spec.name,
                file = file.display()
            ));
        }
        Ok(Self {
            program: file.clone().into(),
            arguments: Vec::new(),
            handler: candidate.to_string_lossy().into_owned(),
            // Lambda sets no AWS_EXECUTION_ENV for programs that bring their own runtime.
            runtime: String::new(),
            file: Some(file),
            stdin: false,
            speaks: Protocol::RuntimeApi,
        })
    }
}

/// The languages whose handlers run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Node,
}

impl Language {
    pub(super) fn of(runtime: &str) -> Option<Self> {
        match runtime {
            _ if runtime.starts_with("python") => Some(Self::Python),
            _ if runtime.starts_with("nodejs") => Some(Self::Node),
            _ => None,
        }
    }

    /// The files that may hold a handler, relative to the function's folder.
    pub(super) fn files(self, handler: &str) -> Vec<PathBuf> {
        let (folder, name) = handler.rsplit_once('/').map_or(("", handler), |(folder, name)| (folder, name));
        match self {
            // The function's name follows the last dot; dots before it are packages.
            Self::Python => {
                let module = name.rsplit_once('.').map_or(name, |(module, _)| module).replace('.', "/");
                [".py", "/__init__.py"].iter().map(|end| Path::new(folder).join(format!("{module}{end}"))).collect()
            }
            // The module's name ends at the first dot; what follows is a path in its exports.
            Self::Node => {
                let module = name.split_once('.').map_or(name, |(module, _)| module);
                [".js", ".mjs", ".cjs"].iter().map(|end| Path::new(folder).join(format!("{module}{end}"))).collect()
            }
        }
    }
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

/// A program that is not there: every path that was tried.
pub(super) fn not_found(name: &str, what: &str, folder: &Path, candidates: &[PathBuf]) -> String {
    let paths: Vec<String> = candidates.iter().map(|file| folder.join(file).display().to_string()).collect();
    format!("The {what} of function {name} was not found; looked for {}. {}", paths.join(", "), how_to_give(name))
}

/// The two ways to give a function a program.
pub(super) fn how_to_give(name: &str) -> String {
    format!(
        "Build it, or give a command that reads the event on stdin and writes the result on stdout: \
         custom.iw102.functions.{name}.command in serverless.yml, or --function {name}=CMD"
    )
}
