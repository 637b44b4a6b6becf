//! Which task is meant: `EXEC[/STATE]`, a token by its REF, or the only one that waits.

use std::collections::BTreeMap;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::secret::{Secret, SecretRef};
use crate::cli::tokens::pasted;
use crate::cli::word;

/// The variable that holds a token, or with `_FILE` behind it names a file that does.
const VARIABLE: &str = "IW102_TOKEN";

/// Where a token is looked for
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlaceArgs {
    /// The execution, as a flag
    #[arg(long, value_name = "EXEC")]
    pub exec: Option<String>,
    /// Only the token of this state
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// Where a Map waits for several: only the token of the iteration with this index, from 0
    #[arg(long, value_name = "N")]
    pub iteration: Option<u64>,
}

/// Which token is answered
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The token: env:NAME, @FILE, - for stdin, or itself [env: IW102_TOKEN, IW102_TOKEN_FILE]
    #[arg(long, alias = "task-token", value_name = "REF", value_parser = SecretRef::token)]
    token: Option<SecretRef>,
}

/// A place, its words checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Place {
    /// As [`word::execution`] gives it; `None` is any that runs.
    pub execution: Option<String>,
    pub state: Option<String>,
    pub iteration: Option<u64>,
}

/// The task that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// That of this token.
    Token(Secret),
    /// The one that waits there.
    Place(Place),
}

impl PlaceArgs {
    /// Checks the flags and the word `EXEC[/STATE]`.
    pub(crate) fn read(&self, word: Option<&str>) -> Result<Place, Failure> {
        let (execution, state) = word.map_or(Ok((None, None)), split)?;
        let only = |word: Option<&str>, flag: &Option<String>, name: &str| match (word, flag.as_deref()) {
            (Some(word), Some(flag)) if word != flag => {
                Err(Failure::usage(format!("`{word}` and {name} {flag} name two; write one of them")))
            }
            (word, flag) => Ok(word.or(flag).map(ToOwned::to_owned)),
        };
        let execution = only(execution, &self.exec, "--exec")?;
        let execution = execution.map(|word| word::execution(Some(&word))).transpose().map_err(Failure::usage)?;
        Ok(Place { execution, state: only(state, &self.state, "--state")?, iteration: self.iteration })
    }
}

/// At the first `/`: no execution has one in its name or its ARN, a state may. An empty half is a shell's variable that is not
/// set, and not any execution or state.
fn split(word: &str) -> Result<(Option<&str>, Option<&str>), Failure> {
    match word.split_once('/') {
        None => Ok((Some(word), None)),
        Some((execution, state)) if !execution.is_empty() && !state.is_empty() => Ok((Some(execution), Some(state))),
        Some(_) => Err(Failure::usage(format!("`{word}` is not EXEC/STATE"))
            .hint("leave the / out to name an execution only; --state names a state only")),
    }
}

impl TargetArgs {
    /// Whether the token itself comes from stdin.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.token == Some(SecretRef::Stdin)
    }

    /// Checks the words and reads the token, stdin included, before anything is opened. `command` is the one that reads it.
    pub(crate) async fn read(self, word: Option<&str>, context: &Context, command: &str) -> Result<Target, Failure> {
        let place = self.place.read(word)?;
        let variables: &BTreeMap<String, String> = context.settings.variables();
        let reference = match self.token {
            Some(_) if place != Place::default() => {
                return Err(Failure::usage(
                    "a token names its task by itself; leave out EXEC, --state and --iteration",
                ));
            }
            Some(reference) => reference,
            None if place != Place::default() => return Ok(Target::Place(place)),
            None => match SecretRef::of_environment(variables, VARIABLE) {
                Some(reference) => reference,
                None => return Ok(Target::Place(place)),
            },
        };
        if let Some(warning) = reference.warning("--token") {
            context.printer.err_line(&warning);
        }
        let secret = reference.read_aside(variables).await?;
        let flags = context.settings.again_flags();
        let hint =
            format!("copy all of it, or let a pipe do it: iw102 token{flags} | iw102 {command}{flags} --token -");
        pasted::token(&secret).map(Target::Token).map_err(|failure| failure.hint(hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(execution: Option<&str>, state: Option<&str>) -> Place {
        Place { execution: execution.map(Into::into), state: state.map(Into::into), iteration: None }
    }

    #[test]
    fn a_word_names_an_execution_and_a_state() {
        let arn = "arn:aws:states:eu-west-1:000000000000:execution:M:one";
        let with_state = format!("{arn}/Both/Left");
        for (word, expected) in [
            (None, place(None, None)),
            (Some("one"), place(Some("one"), None)),
            (Some("one/SendWait"), place(Some("one"), Some("SendWait"))),
            (Some("M:last/SendWait"), place(Some("M:last"), Some("SendWait"))),
            (Some(&with_state), place(Some(arn), Some("Both/Left"))),
        ] {
            assert_eq!(PlaceArgs::default().read(word).unwrap(), expected, "{word:?}");
        }
    }

    #[test]
    fn flags_say_the_same_or_more() {
        let args = PlaceArgs { exec: Some("one".into()), state: Some("A=B".into()), iteration: Some(1) };
        let expected = Place { iteration: Some(1), ..place(Some("one"), Some("A=B")) };
        assert_eq!(args.read(None).unwrap(), expected);
        assert_eq!(args.read(Some("one")).unwrap(), expected);
        for word in ["two", "one/C", "a b", "/A=B", "one/", "/", ""] {
            assert_eq!(args.read(Some(word)).unwrap_err().kind.exit_code(), 2, "{word}");
        }
    }
}
