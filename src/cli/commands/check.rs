//! `iw102 check`

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::Sources;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::Output;
use crate::cli::settings::Format;
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
    let shown = args
        .path
        .clone()
        .unwrap_or_else(|| file.strip_prefix(settings.folder()).map_or_else(|_| file.clone(), ToOwned::to_owned));
    let loaded =
        project::load(&file, &settings.load_options()).map_err(|error| Failure::new(FailureKind::Usage, error))?;
    let found = project::check(&loaded);
    let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    let report = Report { file: shown.display().to_string(), loaded: &loaded, found: &found, errors };
    report.print(context)?;
    if errors == 0 {
        return Ok(());
    }
    let told = Failure::usage(report.verdict()).code("InvalidDefinition");
    Err(if settings.format == Format::Text { told.told() } else { told })
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
        if settings.format == Format::Text {
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
        machines.map(|machine| format!("{}\n", machine.logical_id)).collect()
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
            "diagnostics": self.found.iter().map(|diagnostic| to_json(sources, diagnostic)).collect::<Vec<_>>(),
        })
    }
}

fn to_json(sources: &Sources, diagnostic: &Diagnostic) -> Value {
    let source = sources.get(diagnostic.span.source);
    let (line, column) = place(&source.text, diagnostic.span.start as usize);
    json!({
        "severity": if diagnostic.severity == Severity::Error { "ERROR" } else { "WARNING" },
        "code": diagnostic.code,
        "message": diagnostic.message,
        "location": diagnostic.pointer,
        "file": source.name.as_ref(),
        "line": line,
        "column": column,
        "help": diagnostic.help,
    })
}

/// Line and column, from 1, of a byte of a text.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before: String = text.char_indices().take_while(|(at, _)| *at < byte).map(|(_, letter)| letter).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn places_count_from_one_in_characters() {
        let text = "ä: 1\nb: 2\n";
        for (byte, expected) in [(0, (1, 1)), (2, (1, 2)), (6, (2, 1)), (9, (2, 4)), (99, (3, 1))] {
            assert_eq!(place(text, byte), expected, "{byte}");
        }
    }
}
