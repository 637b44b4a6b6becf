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
/// How much is read of it: all that a person may have meant to send, so that they are told its length.
const READ_BYTES_MAX: usize = INPUT_BYTES_MAX * 4;
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

/// The input's text as it will be sent: `{}` where nothing was given.
pub(crate) fn read(args: &InputArgs, words: &[String]) -> Result<String, Failure> {
    if !words.is_empty() && (args.data.is_some() || args.path.is_some()) {
        return Err(Failure::usage(format!("`{}` cannot be combined with --data or --path", words[0]))
            .hint("write the whole input as ITEMs, or the whole input as JSON"));
    }
    let (text, name) = match (&args.data, &args.path) {
        (None, None) => (items::build(words).map_err(Failure::usage)?.to_string(), "the input".to_owned()),
        (Some(data), _) if data == "-" || data == "@-" => (stdin()?, "stdin".to_owned()),
        (Some(data), _) => match data.strip_prefix('@') {
            Some(path) => (file(Path::new(path))?, path.to_owned()),
            None => (data.clone(), "--data".to_owned()),
        },
        (None, Some(path)) if path.as_os_str() == "-" => (stdin()?, "stdin".to_owned()),
        (None, Some(path)) => (file(path)?, path.display().to_string()),
    };
    check(&text, &name)?;
    Ok(text)
}

fn file(path: &Path) -> Result<String, Failure> {
    let unreadable = |error: io::Error| Failure::usage(format!("cannot read {}: {error}", path.display()));
    limited(fs::File::open(path).map_err(unreadable)?).map_err(unreadable)
}

fn stdin() -> Result<String, Failure> {
    limited(io::stdin().lock()).map_err(|error| Failure::usage(format!("cannot read stdin: {error}")))
}

/// Reads a little more than is allowed, so that an endless file is refused and not swallowed.
fn limited(reader: impl Read) -> io::Result<String> {
    let mut text = String::new();
    reader.take(READ_BYTES_MAX as u64).read_to_string(&mut text)?;
    Ok(text)
}

/// One JSON document of at most 262,144 bytes.
fn check(text: &str, name: &str) -> Result<(), Failure> {
    if text.len() > INPUT_BYTES_MAX {
        let more = if text.len() < READ_BYTES_MAX { "" } else { "at least " };
        let message = format!("{name} has {more}{} bytes; an input has at most {INPUT_BYTES_MAX}", text.len());
        return Err(Failure::usage(message).hint("put the data where the functions can read it, and send its address"));
    }
    if text.trim().is_empty() {
        return Err(Failure::usage(format!("{name} is empty; an input is JSON")).hint("an empty input is {}"));
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
    Failure::usage(format!("{name} is not JSON: {reason} at line {line} column {column}\n{excerpt}"))
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
        expect_test::expect![[r#"
            --data is not JSON: expected `:` at line 2 column 7
                  "b" 2}
                      ^"#]]
        .assert_eq(&failure.message());
        assert_eq!(failure.kind.exit_code(), 2);
    }

    #[test]
    fn a_long_line_is_cut_around_its_caret() {
        let text = format!("[{}x]", "1,".repeat(200));
        let failure = read(&data(&text), &[]).unwrap_err();
        let lines: Vec<String> = failure.message().lines().map(ToOwned::to_owned).collect();
        let caret = lines[2].chars().position(|letter| letter == '^').unwrap();
        assert_eq!(lines[1].chars().nth(caret), Some('x'), "{lines:?}");
        assert!(lines[1].chars().count() <= EXCERPT_CHARACTERS_MAX + 4);
    }

    #[test]
    fn the_bound_is_awss() {
        let fits = format!("\"{}\"", "x".repeat(INPUT_BYTES_MAX - 2));
        assert!(read(&data(&fits), &[]).is_ok());
        let failure = read(&data(&format!("{fits} ")), &[]).unwrap_err();
        assert!(failure.message().contains("262145 bytes"), "{}", failure.message());
    }

    #[test]
    fn nothing_is_not_json() {
        assert!(read(&data(" "), &[]).unwrap_err().message().contains("--data is empty"));
        assert!(read(&data("{}"), &["a=1".into()]).unwrap_err().message().contains("cannot be combined"));
        assert!(read(&data("@/no/file"), &[]).unwrap_err().message().contains("cannot read /no/file"));
    }
}
