//! What `invoke` and `wait` share: following an execution to its end, telling it, and the exit code of it.

use crate::aws::Execution;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::following::execution::Followed;
use crate::cli::following::watch::Watch;
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;
use crate::ui::summary::Summary;
use crate::ui::trace::ErrorSeen;

/// An execution that ended.
#[derive(Debug)]
pub(crate) struct Ending {
    pub execution: Execution,
    pub summary: Summary,
    /// The name of the Lambda function whose failure ended it.
    failed_function: Option<String>,
}

/// Follows an execution that was just started to its end, showing what it does.
pub(crate) async fn follow(context: &mut Context, mut watch: Watch, mut followed: Followed) -> Result<Ending, Failure> {
    watch.begin(context).await?;
    loop {
        let news = followed.look(context, &mut watch).await?;
        followed.show(&mut watch, &news);
        if let Some(ending) = Ending::of(&followed) {
            return Ok(ending);
        }
        let hurry = followed.hurry(&watch);
        watch.pause(context, 1, !news.is_empty(), hurry).await?;
    }
}

/// What somebody in another terminal types when a token is waited for; nobody there finds a store that is kept in memory.
pub(crate) fn how_to_answer(context: &Context, arn: &str) -> Option<String> {
    let answer = || {
        let (token, flags) = (context.again("token", arn), context.settings.again_flags());
        format!("  answer it: {token} | iw102 succeed{flags} --token - key=value")
    };
    (!context.settings.memory).then(answer)
}

impl Ending {
    /// The end of an execution that was followed; `None` while it goes on.
    pub(crate) fn of(followed: &Followed) -> Option<Self> {
        let failed_function = followed.failed_function().map(ToOwned::to_owned);
        Some(Self { execution: followed.ended()?.clone(), summary: followed.summary(), failed_function })
    }

    /// What is known of an Express execution, which has no history.
    pub(crate) fn of_express(execution: Execution) -> Self {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        let error = ErrorSeen { error: given(&execution.error), cause: given(&execution.cause) };
        let status = Some(execution.status.clone().into());
        let duration = execution.took().unwrap_or_default();
        let summary = Summary { status, duration, error, ..Summary::default() };
        Self { execution, summary, failed_function: None }
    }

    /// Nothing more can be asked of an execution that is not kept, or that has no history.
    fn is_told_once(&self, context: &Context) -> bool {
        context.settings.memory || self.execution.arn.contains(":express:")
    }

    /// Tells the end on stderr and keeps the output for stdout.
    pub(crate) fn tell(&self, context: &mut Context) -> Result<(), Failure> {
        self.tell_people(context);
        let text = self.output(context)?;
        context.print_later(&text);
        Ok(())
    }

    /// Tells the end on stderr, where people read it.
    pub(crate) fn tell_people(&self, context: &Context) {
        if context.is_for_people() {
            let summary = self.with_described_error();
            context.printer.err(&summary.render(context.printer.paint_err()));
        }
    }

    /// What stdout gets of it.
    pub(crate) fn output(&self, context: &Context) -> Result<String, Failure> {
        self.stdout(context).map_err(|failure| self.still_there(context, failure))
    }

    /// A query that failed leaves the output where it is.
    fn still_there(&self, context: &Context, failure: Failure) -> Failure {
        if self.is_told_once(context) {
            return failure;
        }
        failure.hint(format!("the execution ended; all of it: {}", context.again("status", &self.execution.arn)))
    }

    /// The output's own bytes; the whole object for `-o json`.
    fn stdout(&self, context: &Context) -> Result<String, Failure> {
        let settings = &context.settings;
        let output = self.execution.output.as_deref();
        match (&settings.query, settings.format, output) {
            (Some(query), Format::Text, Some(text)) => {
                Ok(output::value(&query.search(&output::document(text))?, Format::Text))
            }
            (None, Format::Text, Some(text)) => Ok(format!("{text}\n")),
            (_, Format::Text, None) => Ok(String::new()),
            _ => {
                let document = output::execution(&self.execution, &self.summary);
                let names = format!("{}\n", self.execution.name);
                Output { document, items: None, text: String::new(), names }.render(settings)
            }
        }
    }

    /// An ABORTED or TIMED_OUT execution can have its error in the description only.
    fn with_described_error(&self) -> Summary {
        let mut summary = self.summary.clone();
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        if summary.error.error.is_empty() && summary.error.cause.is_empty() {
            summary.error.error = given(&self.execution.error);
            summary.error.cause = given(&self.execution.cause);
        }
        summary
    }

    /// The failure that the end stands for: of `--expect-state`, else of its status.
    pub(crate) fn verdict(&self, context: &Context, expected: Option<&str>) -> Result<(), Failure> {
        if let Some(failure) = self.elsewhere(expected) {
            return Err(failure);
        }
        let kind = match self.execution.status.as_str() {
            "SUCCEEDED" => return Ok(()),
            "TIMED_OUT" => FailureKind::ExecutionTimedOut,
            "ABORTED" => FailureKind::ExecutionAborted,
            _ => FailureKind::ExecutionFailed,
        };
        let failure = Failure::text(kind, self.sentence());
        let failure = if self.is_told_once(context) {
            failure
        } else {
            failure.hint(context.again("history", &self.execution.arn))
        };
        let failure = self.function_hint(context).into_iter().fold(failure, Failure::hint);
        Err(if context.is_for_people() { failure.told() } else { failure })
    }

    /// What helps where a Lambda function was the reason: to give it, or to read what it printed.
    fn function_hint(&self, context: &Context) -> Option<String> {
        let physical = self.failed_function.as_deref()?;
        let mut functions = context.service.iter().flat_map(|service| &service.functions);
        let known = functions.find(|function| function.name == physical);
        let name = known.map_or(physical, |function| &function.logical_id);
        match self.summary.error.error.as_str() {
            "Lambda.ResourceNotFoundException" => Some(format!(
                "give it: --function {name}=CMD, where CMD reads the event and prints the result; or set \
                     AWS_ENDPOINT_URL_LAMBDA to where it is"
            )),
            _ if context.settings.memory => None,
            _ => Some(context.again("logs", name)),
        }
    }

    fn elsewhere(&self, expected: Option<&str>) -> Option<Failure> {
        let expected = expected?;
        let ended = self.summary.final_state.as_deref().unwrap_or("no state");
        let failure = || {
            let text = format!("the execution ended in {ended}, not in {expected} ({})", self.execution.status);
            Failure::text(FailureKind::OtherState, text)
        };
        (ended != expected).then(failure)
    }

    /// The end in one line, for `-o json`.
    fn sentence(&self) -> String {
        let summary = self.with_described_error();
        let mut text = format!("the execution {} is {}", self.execution.name, self.execution.status);
        for part in [&summary.error.error, &summary.error.cause] {
            if !part.is_empty() {
                text += ": ";
                text += part;
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Timestamp;

    fn ending(status: &str, state: &str) -> Ending {
        let execution = Execution {
            arn: "arn".into(),
            state_machine_arn: "machine".into(),
            name: "one".into(),
            status: status.into(),
            started: Timestamp(0),
            stopped: None,
            input: None,
            output: None,
            error: Some("E".into()),
            cause: None,
        };
        Ending {
            execution,
            summary: Summary { final_state: Some(state.into()), ..Summary::default() },
            failed_function: None,
        }
    }

    #[test]
    fn an_expected_state_decides_first() {
        assert!(ending("SUCCEEDED", "Done").elsewhere(Some("Done")).is_none());
        assert!(ending("SUCCEEDED", "Done").elsewhere(None).is_none());
        let failure = ending("SUCCEEDED", "TimeoutState").elsewhere(Some("Done")).unwrap();
        assert_eq!(failure.kind.exit_code(), 6);
        assert_eq!(failure.message(), "the execution ended in TimeoutState, not in Done (SUCCEEDED)");
    }

    #[test]
    fn the_sentence_has_the_described_error() {
        assert_eq!(ending("ABORTED", "Wait").sentence(), "the execution one is ABORTED: E");
    }
}
