//! The input of an execution: from ITEM words, `--data` or `--path`, checked before it is sent.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::asl::Payload;
use crate::cli::failure::Failure;
use crate::cli::items;
use crate::ui::table::cut;

/// AWS's bound of an execution's input, in bytes of UTF-8.
const INPUT_BYTES_MAX: usize = 262_144;
/// How much of a wrong line is shown.
const EXCERPT_CHARACTERS_MAX: usize = 76;

/// Where the input comes from
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct InputArgs {
    /// The input as JSON, as @FILE, or - for stdin
    #[arg(short, long, value_name = "JSON|@FILE|-", allow_hyphen_values = true, help_heading = "Input")]
    pub data: Option<String>,
    /// A file that holds the input as JSON
    #[arg(short, long, value_name = "FILE", conflicts_with = "data", help_heading = "Input")]
    pub path: Option<PathBuf>,
}

impl InputArgs {
    /// Whether stdin is read.
    pub(crate) fn reads_stdin(&self) -> bool {
        let path_is_stdin = self.path.as_ref().is_some_and(|path| path.as_os_str() == "-");
        path_is_stdin || matches!(self.data.as_deref(), Some("-" | "@-"))
    }

    /// Whether an input is given.
    pub(crate) fn is_given(&self) -> bool {
        self.data.is_some() || self.path.is_some()
    }
}

/// The input's text as it will be sent: `{}` where nothing was given.
pub(crate) fn read(args: &InputArgs, words: &[String]) -> Result<String, Failure> {
    read_as(args, words, "input")
}

/// The output of a task that is answered, in the same forms and bounds.
pub(crate) fn read_output(args: &InputArgs, words: &[String]) -> Result<String, Failure> {
    read_as(args, words, "output")
}

/// `what` it is called in failures: an input or an output.
fn read_as(args: &InputArgs, words: &[String], what: &str) -> Result<String, Failure> {
    if !words.is_empty() && (args.data.is_some() || args.path.is_some()) {
        return Err(Failure::usage(format!("`{}` cannot be combined with --data or --path", words[0]))
            .hint(format!("write the whole {what} as ITEMs, or the whole {what} as JSON")));
    }
    let (text, name) = match (&args.data, &args.path) {
        (None, None) => (items::build(words).map_err(Failure::usage)?.to_string(), format!("the {what}")),
        (Some(data), _) if data == "-" || data == "@-" => (stdin(what)?, "stdin".to_owned()),
        (Some(data), _) => match data.strip_prefix('@') {
            Some(path) => (file(Path::new(path), what)?, path.to_owned()),
            None => (data.clone(), "--data".to_owned()),
        },
        (None, Some(path)) if path.as_os_str() == "-" => (stdin(what)?, "stdin".to_owned()),
        (None, Some(path)) => (file(path, what)?, path.display().to_string()),
    };
    check(&text, &name, what)?;
    Ok(text)
}

fn file(path: &Path, what: &str) -> Result<String, Failure> {
    if path.as_os_str().is_empty() {
        return Err(Failure::usage("--data @ needs a file").hint("write --data @event.json, or - for stdin"));
    }
    let unreadable = |error: io::Error| Failure::usage(format!("cannot read {}: {error}", path.display()));
    let file = fs::File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    // Only a regular file has its size before it is read.
    let size = metadata.is_file().then_some(metadata.len());
    limited(file, &path.display().to_string(), size, what)
}

fn stdin(what: &str) -> Result<String, Failure> {
    limited(io::stdin().lock(), "stdin", None, what)
}

/// Reads one byte more than is allowed, so that an endless file is refused and not swallowed; its length is judged before
/// its letters, of which the cut may split one.
fn limited(reader: impl Read, name: &str, size: Option<u64>, what: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = reader.take(INPUT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
    if bytes.len() > INPUT_BYTES_MAX {
        let size = size.map_or_else(|| format!("more than {INPUT_BYTES_MAX}"), |size| size.to_string());
        return Err(too_large(name, &size, what));
    }
    String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to() + 1;
        Failure::usage(format!("{name} is not UTF-8: byte {byte} begins no letter")).hint("JSON is written in UTF-8")
    })
}

fn too_large(name: &str, size: &str, what: &str) -> Failure {
    Failure::usage(format!("{name} has {size} bytes; an {what} has at most {INPUT_BYTES_MAX}"))
        .hint("put the data where the functions can read it, and send its address")
}

/// One JSON document of at most 262,144 bytes.
fn check(text: &str, name: &str, what: &str) -> Result<(), Failure> {
    if text.len() > INPUT_BYTES_MAX {
        return Err(too_large(name, &text.len().to_string(), what));
    }
    if text.trim().is_empty() {
        return Err(
            Failure::usage(format!("{name} is empty; an {what} is JSON")).hint(format!("an empty {what} is {{}}"))
        );
    }
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| not_json(text, name, &error))?;
    let refused = |error: serde_json::Error| {
        Failure::usage(format!("{name} is refused: {error}"))
            .hint("send what is deep as text: States.StringToJson reads it")
    };
    Payload::parse(text).map(drop).map_err(refused)
}

fn not_json(text: &str, name: &str, error: &serde_json::Error) -> Failure {
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or_default();
    // The end of a text is behind its last character.
    let (line, column) = (error.line().max(1), error.column().max(1) + usize::from(error.is_eof()));
    let excerpt = caret(text.lines().nth(line - 1).unwrap_or_default(), column);
    Failure::usage(format!("{name} is not JSON: {reason} at line {line} column {column}"))
        .excerpt(excerpt)
        .hint("a shell eats double quotes: write --data '{\"key\": \"value\"}', or key=value")
}

/// A line and a caret under the column (from 1, in bytes, as the parser counts), both cut to fit a terminal.
fn caret(line: &str, column: usize) -> String {
    let at = line.char_indices().take_while(|(byte, _)| *byte + 1 < column).count();
    let skip = at.saturating_sub(EXCERPT_CHARACTERS_MAX / 2);
    let shown: String = line.chars().skip(skip).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    format!("    {}\n    {}^", cut(&shown, EXCERPT_CHARACTERS_MAX), " ".repeat(at - skip))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> InputArgs {
        InputArgs { data: Some(text.into()), path: None }
    }

    #[test]
    fn the_text_is_sent_as_it_was_given() {
        assert_eq!(read(&data(" {\"a\" : 1}\n"), &[]).unwrap(), " {\"a\" : 1}\n");
        assert_eq!(read(&data("2"), &[]).unwrap(), "2");
        assert_eq!(read(&InputArgs::default(), &[]).unwrap(), "{}");
        assert_eq!(read(&InputArgs::default(), &["a=1".into()]).unwrap(), "{\"a\":\"1\"}");
    }

    #[test]
    fn wrong_json_is_shown_with_its_place() {
        let failure = read(&data("{\"a\": 1,\n  \"b\" 2}"), &[]).unwrap_err();
        assert_eq!(failure.message(), "--data is not JSON: expected `:` at line 2 column 7");
        assert_eq!(&*failure.excerpt, "      \"b\" 2}\n          ^");
        assert_eq!(failure.kind.exit_code(), 2);
    }

    #[test]
    fn a_long_line_is_cut_around_its_caret() {
        let text = format!("[{}x]", "1,".repeat(200));
        let failure = read(&data(&text), &[]).unwrap_err();
        let lines: Vec<String> = failure.excerpt.lines().map(ToOwned::to_owned).collect();
        let caret = lines[1].chars().position(|letter| letter == '^').unwrap();
        assert_eq!(lines[0].chars().nth(caret), Some('x'), "{lines:?}");
        assert!(lines[0].chars().count() <= EXCERPT_CHARACTERS_MAX + 4);
    }

    #[test]
    fn the_bound_is_awss() {
        let fits = format!("\"{}\"", "x".repeat(INPUT_BYTES_MAX - 2));
        assert!(read(&data(&fits), &[]).is_ok());
        let failure = read(&data(&format!("{fits} ")), &[]).unwrap_err();
        assert!(failure.message().contains("262145 bytes"), "{}", failure.message());
    }

    #[test]
    fn a_size_is_told_as_far_as_it_is_known() {
        let letters = "ä".repeat(INPUT_BYTES_MAX);
        let failure = limited(letters.as_bytes(), "stdin", None, "input").unwrap_err();
        assert_eq!(failure.message(), "stdin has more than 262144 bytes; an input has at most 262144");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.json");
        fs::write(&path, "1".repeat(3_000_000)).unwrap();
        let failure = read(&data(&format!("@{}", path.display())), &[]).unwrap_err();
        assert!(failure.message().contains("large.json has 3000000 bytes"), "{}", failure.message());
        let failure = limited(&b"\"a\xff\""[..], "stdin", None, "input").unwrap_err();
        assert_eq!(failure.message(), "stdin is not UTF-8: byte 3 begins no letter");
    }

    #[test]
    fn nothing_is_not_json() {
        assert_eq!(read(&data("@"), &[]).unwrap_err().message(), "--data @ needs a file");
        assert!(read(&data(" "), &[]).unwrap_err().message().contains("--data is empty"));
        assert!(read(&data("{}"), &["a=1".into()]).unwrap_err().message().contains("cannot be combined"));
        assert!(read(&data("@/no/file"), &[]).unwrap_err().message().contains("cannot read /no/file"));
    }
}
