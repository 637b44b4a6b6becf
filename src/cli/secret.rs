//! REF: where a secret comes from, an API key or a task token, and the secret itself, which is never shown by accident.
//!
//! Owns: the forms of a REF, the rule that a file of secrets is its owner's alone. Must not know: what a secret is for.
//! Start reading at [`SecretRef`].

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::cli::failure::{Failure, FailureKind};

/// More than any key or token has, so that an endless stream is refused and not swallowed.
const SECRET_BYTES_MAX: usize = 16_384;
/// The permission bits by which somebody else can read a file.
const READ_BY_OTHERS: u32 = 0o044;

/// A text that must not be seen.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Box<str>);

impl Secret {
    /// Takes a text.
    pub(crate) fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text, to be sent or to be printed because somebody asked for it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecretRef {
    /// `env:NAME`: a variable.
    Variable(String),
    /// `@file`: a file that nobody else can read.
    File(PathBuf),
    /// `-`: stdin.
    Stdin,
    /// `name:KEYNAME`: an API key by its name, which whoever holds the keys is asked for.
    Named(String),
    /// The secret itself.
    Literal(Secret),
}

impl SecretRef {
    /// Reads the REF of a task token. Nothing is refused here: the parser of flags would repeat what it refuses.
    #[expect(clippy::unnecessary_wraps, reason = "parsers of flags have this shape")]
    pub(crate) fn token(text: &str) -> Result<Self, Infallible> {
        Ok(match text.split_once(':') {
            Some(("env", name)) => Self::Variable(name.to_owned()),
            _ => match text.strip_prefix('@') {
                Some(path) => Self::File(path.into()),
                None if text == "-" => Self::Stdin,
                None => Self::Literal(Secret::new(text)),
            },
        })
    }

    /// Reads the REF of an API key: as that of a token, and `name:KEYNAME`.
    pub(crate) fn api_key(text: &str) -> Result<Self, Infallible> {
        text.strip_prefix("name:").map_or_else(|| Self::token(text), |name| Ok(Self::Named(name.to_owned())))
    }

    /// What the environment says: `NAME`, else `NAME_FILE`; empty variables count as absent.
    pub(crate) fn of_environment(variables: &BTreeMap<String, String>, name: &str) -> Option<Self> {
        let get = |name: &str| variables.get(name).filter(|value| !value.is_empty());
        let file = || get(&format!("{name}_FILE")).map(|path| Self::File(path.into()));
        get(name).map(|_| Self::Variable(name.to_owned())).or_else(file)
    }

    /// What is said of a secret that stands on the command line itself.
    pub(crate) fn warning(&self, flag: &str) -> Option<String> {
        let is_literal = matches!(self, Self::Literal(_));
        is_literal.then(|| format!("warning: {flag} shows in the list of processes (ps); better: env:NAME, @FILE or -"))
    }

    /// The secret, without the white space around it. Waits for stdin, so an asynchronous command reads on a thread of its
    /// own. A [`SecretRef::Named`] cannot be read here: whoever takes those asks for them first.
    pub(crate) fn read(&self, variables: &BTreeMap<String, String>) -> Result<Secret, Failure> {
        let (text, name) = match self {
            Self::Literal(secret) => (secret.expose().to_owned(), "the secret on the command line".to_owned()),
            Self::Variable(name) => (variable(variables, name)?, format!("the variable {name}")),
            Self::File(path) => (file(path)?, path.display().to_string()),
            Self::Stdin => (limited(io::stdin().lock(), "stdin")?, "stdin".to_owned()),
            Self::Named(name) => {
                return Err(Failure::usage(format!("name:{name} names an API key, which is not asked for here")));
            }
        };
        match text.trim() {
            "" => Err(Failure::usage(format!("{name} is empty; a secret was expected"))),
            trimmed => Ok(Secret::new(trimmed)),
        }
    }

    /// As [`SecretRef::read`], on a thread of its own: a signal must find somebody who listens meanwhile.
    pub(crate) async fn read_aside(self, variables: &BTreeMap<String, String>) -> Result<Secret, Failure> {
        if !matches!(self, Self::Stdin | Self::File(_)) {
            return self.read(variables);
        }
        let read = tokio::task::spawn_blocking(move || self.read(&BTreeMap::new())).await;
        read.map_err(|error| Failure::new(FailureKind::Unexpected, error))?
    }
}

fn variable(variables: &BTreeMap<String, String>, name: &str) -> Result<String, Failure> {
    if name.is_empty() {
        return Err(Failure::usage("env: names no variable").hint("write env:NAME"));
    }
    let value = variables.get(name).cloned();
    value.ok_or_else(|| Failure::usage(format!("the variable {name} is not set")).hint(format!("export {name}=…")))
}

fn file(path: &Path) -> Result<String, Failure> {
    if path.as_os_str().is_empty() {
        return Err(Failure::usage("@ names no file").hint("write @FILE, or - for stdin"));
    }
    let unreadable = |error: io::Error| Failure::usage(format!("cannot read {}: {error}", path.display()));
    let file = fs::File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    // Only of a regular file do the bits say who can read it; a pipe is its two ends' alone.
    if metadata.is_file() && metadata.permissions().mode() & READ_BY_OTHERS != 0 {
        let path = path.display();
        return Err(Failure::usage(format!("{path} holds a secret and can be read by others"))
            .hint(format!("keep it to yourself: chmod 600 {path}")));
    }
    limited(file, &path.display().to_string())
}

/// Reads one byte more than is allowed. What is wrong is told without the text.
fn limited(reader: impl Read, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = reader.take(SECRET_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
    if bytes.len() > SECRET_BYTES_MAX {
        return Err(Failure::usage(format!("{name} has more than {SECRET_BYTES_MAX} bytes; that is no secret")));
    }
    String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{name} is not UTF-8; that is no secret")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_form_of_a_ref_is_read() {
        let literal = |text: &str| SecretRef::Literal(Secret::new(text));
        for (text, token, key) in [
            ("env:A", SecretRef::Variable("A".into()), SecretRef::Variable("A".into())),
            ("@a.txt", SecretRef::File("a.txt".into()), SecretRef::File("a.txt".into())),
            ("-", SecretRef::Stdin, SecretRef::Stdin),
            ("name:K", literal("name:K"), SecretRef::Named("K".into())),
            ("AQCE", literal("AQCE"), literal("AQCE")),
        ] {
            assert_eq!((SecretRef::token(text), SecretRef::api_key(text)), (Ok(token), Ok(key)), "{text}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let literal = SecretRef::token("hidden").unwrap();
        assert_eq!(format!("{literal:?}"), "Literal([redacted])");
        assert!(!literal.warning("--token").unwrap().contains("hidden"));
        assert_eq!(SecretRef::Stdin.warning("--token"), None);
    }

    #[test]
    fn the_environment_gives_the_value_before_the_file() {
        let of = |pairs: &[(&str, &str)]| SecretRef::of_environment(&variables(pairs), "T");
        assert_eq!(of(&[("T", "a"), ("T_FILE", "f")]), Some(SecretRef::Variable("T".into())));
        assert_eq!(of(&[("T", ""), ("T_FILE", "f")]), Some(SecretRef::File("f".into())));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn variables_and_literals_are_trimmed() {
        let set = variables(&[("A", " a\n"), ("EMPTY", " ")]);
        let read = |text: &str| SecretRef::api_key(text).unwrap().read(&set);
        assert_eq!(read("env:A").unwrap().expose(), "a");
        assert_eq!(read(" b ").unwrap().expose(), "b");
        for (text, expected) in [
            ("env:", "names no variable"),
            ("env:NONE", "NONE is not set"),
            ("env:EMPTY", "EMPTY is empty"),
            ("@", "names no file"),
            ("@/no/such/file", "cannot read /no/such/file"),
            ("name:K", "names an API key"),
        ] {
            let failure = read(text).unwrap_err();
            assert!(failure.message().contains(expected), "{text}: {}", failure.message());
            assert_eq!(failure.kind.exit_code(), 2);
        }
    }

    #[test]
    fn a_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "a\n").unwrap();
        let read = |mode: u32| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            SecretRef::File(path.clone()).read(&BTreeMap::new())
        };
        assert_eq!(read(0o600).unwrap().expose(), "a");
        for mode in [0o640, 0o604, 0o644] {
            let failure = read(mode).unwrap_err();
            assert!(failure.message().contains("can be read by others"), "{mode:o}");
            assert!(failure.hints[0].contains("chmod 600"));
        }
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_shown() {
        let long = "s".repeat(SECRET_BYTES_MAX + 1);
        for (bytes, expected) in [(long.as_bytes(), "more than 16384 bytes"), (&b"s\xff"[..], "not UTF-8")] {
            let message = limited(bytes, "stdin").unwrap_err().message();
            assert!(message.contains(expected) && !message.contains("ss"), "{message}");
        }
    }
}
