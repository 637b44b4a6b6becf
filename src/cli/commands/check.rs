//! `iw102 check`

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::{self, Output};
use crate::cli::settings::{Format, Settings};
use crate::project::{self, Loaded};
use crate::ui::diagnostics;

/// Say everything that is wrong with serverless.yml or a definition, with its place and what to write instead
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 check\n  \
    iw102 check machine.asl.json other.asl.yml\n  \
    jq .definition deployed.json | iw102 check -\n  \
    iw102 check -o json -q 'diagnostics[].code'\n\n\
    Ends with 0 when nothing is an error, else with 2.")]
pub(crate) struct CheckArgs {
    /// serverless.yml or a definition, or several, or - for stdin; else --file, else the file found upwards from here
    #[arg(value_name = "FILE")]
    paths: Vec<PathBuf>,
}

pub(crate) fn run(args: &CheckArgs, context: &Context) -> Result<(), Failure> {
    let settings = &context.settings;
    let files = files(&args.paths, settings)?;
    let several = files.len() > 1;
    let (mut documents, mut names, mut verdicts, mut unread) = (Vec::new(), String::new(), Vec::new(), None);
    for file in files {
        let loaded = match load(&file, settings) {
            Ok(loaded) => loaded,
            // The others are looked at all the same.
            Err(failure) if several => {
                context.printer.err_line(&format!("error: {}", failure.message()));
                unread = unread.or(Some(failure));
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let report = Report::of(settings.shown(&file).display().to_string(), &loaded);
        report.tell(context);
        if report.errors > 0 {
            verdicts.push(report.verdict());
        }
        documents.push(report.document());
        names += &report.names();
    }
    let output = if several {
        let diagnostics: Vec<Value> =
            documents.iter().filter_map(|one| one["diagnostics"].as_array()).flatten().cloned().collect();
        json!({"valid": verdicts.is_empty() && unread.is_none(), "files": documents, "diagnostics": diagnostics})
    } else {
        documents.pop().unwrap_or_default()
    };
    let output = Output { document: output, items: Some("diagnostics"), text: String::new(), names };
    context.printer.out(&output.render(settings)?).map_err(Failure::from)?;
    if let Some(failure) = unread {
        return Err(failure.told());
    }
    if verdicts.is_empty() {
        return Ok(());
    }
    let told = Failure::usage(verdicts.join("; ")).code("InvalidDefinition");
    Err(if is_for_people(settings) { told.told() } else { told })
}

/// What is to be looked at, each with the folder that it is in.
fn files(paths: &[PathBuf], settings: &Settings) -> Result<Vec<PathBuf>, Failure> {
    if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
        return Err(Failure::usage("stdin is read once").hint("write - once"));
    }
    if !paths.is_empty() {
        let place = |path: &PathBuf| if is_stdin(path) { path.clone() } else { settings.folder().join(path) };
        return Ok(paths.iter().map(place).collect());
    }
    settings.file.clone().map(|file| vec![file]).ok_or_else(|| {
        Failure::usage("there is no serverless.yml here or above").hint("name a file: iw102 check machine.asl.json")
    })
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn load(file: &Path, settings: &Settings) -> Result<Loaded, Failure> {
    let loaded = if is_stdin(file) {
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .take(project::FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::usage(format!("cannot read stdin: {error}")))?;
        project::load_text(Path::new("stdin"), bytes, &settings.load_options())
    } else {
        project::load(&settings.shown(file), &settings.load_options())
    };
    loaded.map_err(|error| Failure::new(FailureKind::Usage, error))
}

/// Whether stderr is read by a person; who asks for JSON has all of it on stdout.
fn is_for_people(settings: &Settings) -> bool {
    matches!(settings.format, Format::Text | Format::Name)
}

struct Report<'a> {
    file: String,
    loaded: &'a Loaded,
    found: Vec<Diagnostic>,
    errors: usize,
}

impl<'a> Report<'a> {
    fn of(file: String, loaded: &'a Loaded) -> Self {
        let found = project::check(loaded);
        let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        Self { file: if file == "-" { "stdin".to_owned() } else { file }, loaded, found, errors }
    }

    fn tell(&self, context: &Context) {
        if is_for_people(&context.settings) {
            let text = diagnostics::render(&self.loaded.sources, &self.found, context.settings.color_err);
            context.printer.err(&text);
            context.printer.err_line(&self.verdict());
        }
    }

    /// `serverless.yml: 2 errors, 1 warning`
    fn verdict(&self) -> String {
        let count = |number: usize, word: &str| match number {
            0 => None,
            1 => Some(format!("1 {word}")),
            _ => Some(format!("{number} {word}s")),
        };
        let counts = [count(self.errors, "error"), count(self.found.len() - self.errors, "warning")];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        let machines = self.loaded.service.as_ref().map_or(0, |service| service.machines.len());
        match (counts.is_empty(), count(machines, "state machine")) {
            (true, Some(machines)) => format!("{}: {machines}, nothing wrong", self.file),
            (true, None) => format!("{}: nothing wrong", self.file),
            (false, _) => format!("{}: {}", self.file, counts.join(", ")),
        }
    }

    fn names(&self) -> String {
        let machines = self.loaded.service.iter().flat_map(|service| &service.machines);
        output::lines(machines.map(|machine| machine.logical_id.as_str()))
    }

    fn document(&self) -> Value {
        let sources = &self.loaded.sources;
        let machine = |machine: &project::Machine| json!({"logicalId": machine.logical_id, "name": machine.name});
        json!({
            "file": self.file,
            "valid": self.errors == 0,
            "service": self.loaded.service.as_ref().map(|service| &service.name),
            "stage": self.loaded.service.as_ref().map(|service| &service.stage),
            "stateMachines": self.loaded.service.iter().flat_map(|service| &service.machines).map(machine)
                .collect::<Vec<_>>(),
            "diagnostics": self.found.iter().map(|diagnostic| output::diagnostic(sources, diagnostic)).collect::<Vec<_>>(),
        })
    }
}
