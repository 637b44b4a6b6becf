//! Files → texts → nodes: size, encoding and kind of a file are settled here.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::asl::diagnostic::{Diagnostic, Severity, diagnostic};
use crate::asl::syntax::{Node, SourceId, Sources, Span, json, yaml};
use crate::project::load::ProjectError;

/// The largest file that is read: four times what AWS takes as one definition.
pub const FILE_BYTES_MAX: u64 = 4 << 20;

/// The length of U+FFFD, which stands for bytes that are not UTF-8.
const REPLACEMENT_BYTES: u32 = 3;

/// Reads a file as bytes, with its limits.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, ProjectError> {
    let unreadable = |source| ProjectError::Unreadable { path: path.to_owned(), source };
    if path.is_dir() {
        return Err(ProjectError::Folder { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    // One byte more than the limit, so that a pipe or a growing file is bounded too.
    File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(ProjectError::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

/// Adds a file's bytes as a source. Bytes that are not UTF-8 are a diagnostic at the first of them.
pub(super) fn text(sources: &mut Sources, path: &Path, bytes: Vec<u8>) -> (SourceId, Option<Diagnostic>) {
    let name = path.display().to_string();
    match String::from_utf8(bytes) {
        Ok(text) => (sources.add(name, text), None),
        Err(error) => {
            let at = u32::try_from(error.utf8_error().valid_up_to()).unwrap_or(u32::MAX);
            let source = sources.add(name, String::from_utf8_lossy(error.as_bytes()).into_owned());
            let span = Span { source, start: at, end: at.saturating_add(REPLACEMENT_BYTES) };
            let help = "save the file as UTF-8".to_owned();
            let message = "the file is not UTF-8 from here on";
            (source, Some(diagnostic(Severity::Error, "NOT_UTF8", message, span, Some(help))))
        }
    }
}

/// Parses a source as what its file's name says.
pub(super) fn parse(sources: &Sources, id: SourceId) -> (Option<Node>, Vec<Diagnostic>) {
    let is_json = Path::new(&*sources.get(id).name).extension().is_some_and(|name| name.eq_ignore_ascii_case("json"));
    if is_json { json::parse(sources, id) } else { yaml::parse(sources, id) }
}
