//! From a path to a [`Service`], or everything that is wrong with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::asl::compile;
use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Node, NodeKind, Sources};
use crate::project::build;
use crate::project::model::{Identity, Service};
use crate::project::names::DEFAULT_REGION;
use crate::project::read::FILE_BYTES_MAX;
use crate::project::{read, report, variables};

/// What a load depends on besides the file.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// `--stage` or `IW102_STAGE`.
    pub stage: Option<String>,
    /// `--region` or the environment's.
    pub region: Option<String>,
    /// `--param K=V`. A key may also be a whole source, `ssm:/path`, whose value it gives.
    pub params: BTreeMap<String, String>,
    /// The environment that `${env:…}` reads.
    pub environment: BTreeMap<String, String>,
    /// The account that `${aws:accountId}` gives.
    pub account: String,
}

/// What a load gives.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Every text that was read.
    pub sources: Sources,
    /// There when nothing is an error.
    pub service: Option<Service>,
    /// Everything that is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The service as far as it could be read, so that a check can go on past an error.
    pub(super) draft: Option<Service>,
    /// Whether name, stage and region of the draft are what the file says, and not what stands in for an error.
    pub(super) placed: bool,
}

impl Loaded {
    /// The files that were read, the project's own first.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        // A text that stands within a file has a name that no file has.
        self.sources
            .iter()
            .filter(|source| !source.name.starts_with('<'))
            .map(|source| (&*source.name).into())
            .collect()
    }

    /// The service, or what could be read of one that has errors, if that much is sure: its name, stage and region. It is
    /// enough to find what runs already.
    #[must_use]
    pub fn whereabouts(&self) -> Option<&Service> {
        self.draft.as_ref().filter(|_| self.service.is_some() || self.placed)
    }
}

/// Why a file could not even be read.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The file is not there or cannot be read.
    #[error("cannot read {path}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder was given.
    #[error("{path} is a folder: give the file in it, as in {example}", path = path.display(), example = path.join("serverless.yml").display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The file is too large to be what it should be.
    #[error("{path} is larger than {} MiB, the most that is read", FILE_BYTES_MAX >> 20, path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

/// Loads a serverless.yml (also .yaml, .json) or a plain definition.
///
/// # Errors
/// Only when the file itself cannot be read; everything else is a diagnostic.
pub fn load(path: &Path, options: &LoadOptions) -> Result<Loaded, ProjectError> {
    load_text(path, read::bytes(path)?, options)
}

/// Loads what would stand in a file with this name: its ending says whether it is JSON, and YAML is what has none.
///
/// # Errors
/// When it is larger than a file may be.
pub fn load_text(path: &Path, bytes: Vec<u8>, options: &LoadOptions) -> Result<Loaded, ProjectError> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(ProjectError::TooLarge { path: path.to_owned() });
    }
    let mut sources = Sources::default();
    let (id, complaint) = read::text(&mut sources, path, bytes);
    let mut diagnostics: Vec<Diagnostic> = complaint.into_iter().collect();
    let (mut draft, mut placed) = (None, false);
    if diagnostics.is_empty() {
        let (root, complaints) = read::parse(&sources, id);
        diagnostics.extend(complaints);
        (draft, placed) =
            root.map(|root| model(&mut sources, root, path, options, &mut diagnostics)).unwrap_or_default();
    }
    report::tidy(&mut diagnostics);
    let broken = diagnostics.iter().any(|one| one.severity == Severity::Error);
    let service = draft.clone().filter(|_| !broken);
    Ok(Loaded { sources, service, diagnostics, draft, placed })
}

fn model(
    sources: &mut Sources,
    root: Node,
    path: &Path,
    options: &LoadOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Option<Service>, bool) {
    if is_plain_definition(&root, path) {
        return (Some(build::plain(root, path, options)), true);
    }
    let (root, complaints) = variables::resolve(sources, root, &folder(path), options);
    diagnostics.extend(complaints);
    let (service, complaints) = build::service(sources, &root, path, options);
    diagnostics.extend(complaints);
    let placed = service.as_ref().is_some_and(|service| !service.name.is_empty()) && has_place(&root, options);
    (service, placed)
}

/// Whether stage and region were read, were given otherwise, or are left to their defaults. A variable without a value is
/// null in a resolved document.
fn has_place(root: &Node, options: &LoadOptions) -> bool {
    let Some(provider) = root.get("provider") else { return true };
    let is_sure = |key: &str, given: &Option<String>| {
        given.is_some() || provider.get(key).is_none_or(|node| matches!(node.kind, NodeKind::String(_)))
    };
    provider.entries().is_some() && is_sure("stage", &options.stage) && is_sure("region", &options.region)
}

/// The folder of a file, `.` where its path names none.
pub(super) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A definition is known by its content, or by its name when it lacks even `States`.
fn is_plain_definition(root: &Node, path: &Path) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let named = [".asl", ".asl.json", ".asl.yml", ".asl.yaml"].iter().any(|ending| name.ends_with(ending));
    !has(&["service", "provider", "functions", "stepFunctions"]) && (named || has(&["States", "StartAt"]))
}

/// The project file of a folder or the nearest one above it.
#[must_use]
pub fn find_upwards(folder: &Path) -> Option<PathBuf> {
    const NAMES: [&str; 3] = ["serverless.yml", "serverless.yaml", "serverless.json"];
    // A relative folder ends at its first name; the folders above it are found from its absolute path.
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let folders = std::iter::once(folder).chain(absolute.ancestors().skip(1));
    folders.flat_map(|folder| NAMES.map(|name| folder.join(name))).find(|file| file.is_file())
}

/// Compiles every definition of a load, references resolved: all diagnostics of the load and of the definitions.
#[must_use]
pub fn check(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut diagnostics = loaded.diagnostics.clone();
    let Some(service) = &loaded.draft else { return diagnostics };
    let region = service.region.clone().unwrap_or_else(|| DEFAULT_REGION.to_owned());
    let identity = Identity { region, account: "000000000000".to_owned() };
    for machine in &service.machines {
        let (node, unresolved) = machine.definition.resolve(service, &identity);
        let said: Vec<&Diagnostic> = loaded.diagnostics.iter().chain(&unresolved).collect();
        let (_, wrong) = compile(&node);
        diagnostics.extend(wrong.into_iter().filter(|one| !follows(one, &said, &loaded.sources)));
        diagnostics.extend(unresolved);
    }
    report::tidy(&mut diagnostics);
    diagnostics
}

/// Whether a complaint is about a single value that already has an error of its own in it.
fn follows(one: &Diagnostic, said: &[&Diagnostic], sources: &Sources) -> bool {
    let span = one.span;
    let text = sources.get(span.source).text.get(span.start as usize..span.end as usize);
    let single = text.is_some_and(|text| !text.contains('\n') && !text.starts_with(['{', '[']));
    let inside = |other: &&Diagnostic| {
        let at = other.span;
        other.severity == Severity::Error && at.source == span.source && at.start >= span.start && at.end <= span.end
    };
    single && said.iter().any(inside)
}
