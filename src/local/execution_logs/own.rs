//! The log groups of this server itself, where executions are logged when nobody named an endpoint of CloudWatch Logs.
//!
//! A group is a log beside those of functions, its name written so that it is a file's. It is made when a machine names it:
//! there is nobody else who could.

use std::path::Path;

use crate::local::execution_logs::destination::Stream;
use crate::local::execution_logs::line::Line;
use crate::tasks::Logs;
use crate::tasks::logs::LogsError;

/// Log groups in files.
#[derive(Debug, Clone)]
pub(in crate::local) struct OwnGroups(Logs);

impl OwnGroups {
    /// `folder` is that of the functions' logs.
    pub(in crate::local) fn open(folder: &Path) -> Self {
        Self(Logs::open(folder.join("groups")))
    }

    /// Makes a group, if it is not there.
    ///
    /// # Errors
    /// When its file cannot be made.
    pub(super) fn create(&self, group: &str) -> Result<(), LogsError> {
        self.0.create(&log_of(group))
    }

    /// Writes lines of a stream.
    ///
    /// # Errors
    /// When the group's file cannot be written.
    pub(super) fn write(&self, stream: &Stream, lines: &[Line]) -> Result<(), LogsError> {
        let text: Vec<&str> = lines.iter().map(|line| line.message.as_str()).collect();
        self.0.write(&log_of(&stream.group.name), &stream.name, &text.join("\n"))
    }

    /// The files, for those who read.
    pub(in crate::local) fn logs(&self) -> &Logs {
        &self.0
    }

    /// The names of all groups.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(in crate::local) fn names(&self) -> Result<Vec<String>, LogsError> {
        Ok(self.0.functions()?.iter().filter_map(|log| group_of(log)).collect())
    }
}

/// The name of a group's log: letters, digits and `-` as they are, other bytes as `_` and two hexadecimal digits.
pub(in crate::local) fn log_of(group: &str) -> String {
    let written = group.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        other => format!("_{other:02x}"),
    });
    written.collect()
}

/// The group of a log; nothing where the name is of another making.
fn group_of(log: &str) -> Option<String> {
    let mut parts = log.split('_');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_groups_log_has_the_name_of_a_file_and_tells_the_group() {
        for (group, log) in [
            ("/aws/vendedlogs/states/a-b_c", "_2faws_2fvendedlogs_2fstates_2fa-b_5fc"),
            ("ä.#", "_c3_a4_2e_23"),
            ("plain", "plain"),
        ] {
            assert_eq!((log_of(group).as_str(), group_of(log).as_deref()), (log, Some(group)));
        }
        assert_eq!((group_of("a_zz"), group_of("a_"), group_of("a_ff")), (None, None, None));
    }
}
