//! The names of AWS's profiles: the headings of its two files, and nothing else of them.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use crate::cli::completion::Candidate;
use crate::cli::settings::Settings;

/// Longer files are not read to their end.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The profiles of both files.
pub(super) fn names(settings: &Settings) -> Vec<Candidate> {
    let config = settings.profiles_file().map(|file| headings(&file)).unwrap_or_default();
    let credentials = settings.credentials_file().map(|file| headings(&file)).unwrap_or_default();
    // `[profile NAME]` and `[default]`; what else stands there are SSO sessions and services.
    let of_config = config.iter().filter_map(|heading| match heading.split_once(char::is_whitespace) {
        Some(("profile", name)) => Some(name.trim()),
        None if heading == "default" => Some("default"),
        _ => None,
    });
    let of_credentials = credentials.iter().map(String::as_str);
    of_config.chain(of_credentials).map(|name| Candidate::new(name.trim_matches(['"', '\'']), "profile")).collect()
}

fn headings(path: &Path) -> Vec<String> {
    read(path).unwrap_or_default()
}

fn read(path: &Path) -> io::Result<Vec<String>> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for line in BufReader::new(file.take(FILE_BYTES_MAX)).lines() {
        let line = line?;
        let heading = line.trim_end().strip_prefix('[').and_then(|line| line.split_once(']'));
        found.extend(heading.map(|(heading, _)| heading.trim().to_owned()));
    }
    Ok(found)
}
