//! The project's file: loaded for a command, and what is wrong with it told.

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::cli::context::{Context, Opening};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output;
use crate::cli::settings::Format;
use crate::project::{self, Loaded, Service};
use crate::ui::diagnostics;

impl Context {
    /// The project's service: `None` without a file. To start something it must be right; to look, it is enough to know
    /// which store is meant.
    pub(super) fn load_project(&mut self, opening: Opening) -> Result<Option<Service>, Failure> {
        let Some(file) = &self.settings.file else { return Ok(None) };
        // By the name that a person here calls it, so that every command tells a place as `check` does.
        let shown = self.settings.shown(file);
        let loaded = project::load(&shown, &self.settings.load_options())
            .map_err(|error| Failure::new(FailureKind::Usage, error))?;
        self.files = loaded.files();
        if opening == Opening::Project {
            self.refuse_errors(&loaded, &project::check(&loaded))?;
        }
        let Some(service) = loaded.whereabouts() else {
            self.refuse_errors(&loaded, &loaded.diagnostics)?;
            return Ok(None);
        };
        if loaded.service.is_none() {
            let (counted, check) = (self.counted_errors(&loaded.diagnostics), self.settings.check_command());
            self.printer.err_line(&format!("warning: {counted}; to see what is wrong: {check}"));
        }
        Ok(Some(Service { folder: self.settings.folder().join(&service.folder), ..service.clone() }))
    }

    /// `serverless.yml has 2 errors`
    fn counted_errors(&self, found: &[Diagnostic]) -> String {
        let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        let file = self.settings.file.as_deref().map(|file| self.settings.shown(file)).unwrap_or_default();
        format!("{} has {errors} {}", file.display(), if errors == 1 { "error" } else { "errors" })
    }

    /// Shows all diagnostics and fails when one of them is an error.
    pub(crate) fn refuse_errors(&self, loaded: &Loaded, found: &[Diagnostic]) -> Result<(), Failure> {
        if found.iter().all(|diagnostic| diagnostic.severity != Severity::Error) {
            self.tell_of_warnings(found.len());
            return Ok(());
        }
        if matches!(self.settings.format, Format::Text | Format::Name) {
            self.printer.err(&diagnostics::render(&loaded.sources, found, self.settings.color_err));
        }
        let items = found.iter().map(|diagnostic| output::diagnostic(&loaded.sources, diagnostic)).collect();
        Err(Failure::usage(self.counted_errors(found)).code("InvalidDefinition").diagnostics(items))
    }

    /// One line, which a log of CI can bear at every start; `check` shows them.
    fn tell_of_warnings(&self, warnings: usize) {
        let is_for_people = matches!(self.settings.format, Format::Text | Format::Name);
        if let Some(file) = self.settings.file.as_deref().filter(|_| is_for_people && warnings > 0) {
            let (file, plural) = (self.settings.shown(file), if warnings == 1 { "" } else { "s" });
            let (file, check) = (file.display(), self.settings.check_command());
            self.printer.err_line(&format!("warning: {file} has {warnings} warning{plural}: {check}"));
        }
    }
}
