//! `iw102 check`

use std::path::PathBuf;

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
    iw102 check machine.asl.json\n  \
    iw102 check -o json -q 'diagnostics[].code'\n\n\
    Ends with 0 when nothing is an error, else with 2.")]
pub(crate) struct CheckArgs {
    /// serverless.yml or a definition; else --file, else the file found upwards from here
    #[arg(value_name = "FILE")]
    path: Option<PathBuf>,
}

pub(crate) fn run(args: &CheckArgs, context: &Context) -> Result<(), Failure> {
    let settings = &context.settings;
    let given = args.path.as_ref().map(|path| settings.folder().join(path));
    let file = given.or_else(|| settings.file.clone()).ok_or_else(|| {
        Failure::usage("there is no serverless.yml here or above").hint("name a file: iw102 check machine.asl.json")
    })?;
    let shown = settings.shown(&file);
    let loaded =
        project::load(&shown, &settings.load_options()).map_err(|error| Failure::new(FailureKind::Usage, error))?;
    let found = project::check(&loaded);
    let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    let report = Report { file: shown.display().to_string(), loaded: &loaded, found: &found, errors };
    report.print(context)?;
    if errors == 0 {
        return Ok(());
    }
    let told = Failure::usage(report.verdict()).code("InvalidDefinition");
    Err(if is_for_people(settings) { told.told() } else { told })
}

/// Whether stderr is read by a person; who asks for JSON has all of it on stdout.
fn is_for_people(settings: &Settings) -> bool {
    matches!(settings.format, Format::Text | Format::Name)
}

struct Report<'a> {
    file: String,
    loaded: &'a Loaded,
    found: &'a [Diagnostic],
    errors: usize,
}

impl Report<'_> {
    fn print(&self, context: &Context) -> Result<(), Failure> {
        let settings = &context.settings;
        if is_for_people(settings) {
            context.printer.err(&diagnostics::render(&self.loaded.sources, self.found, settings.color_err));
            context.printer.err_line(&self.verdict());
        }
        let text =
            Output { document: self.document(), items: Some("diagnostics"), text: String::new(), names: self.names() };
        context.printer.out(&text.render(settings)?).map_err(Failure::from)
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
