//! Mocked responses, in the file format of Step Functions Local: what tasks answer in an execution that was started as
//! `STATE_MACHINE_ARN#TEST_CASE`.
//!
//! Owns: the file, which executions have a test case, how often each of their states was asked. Must not know: how a task
//! whose state is not mocked is done. Which executions have a test case is remembered as long as this process runs.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html>

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use crate::asl::{Fault, Payload};
use crate::tasks::answer::bounded_fault;

/// The environment's variable that names the file.
pub(in crate::tasks) const VARIABLE: &str = "SFN_MOCK_CONFIG";
/// The file is read so far, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// What is mocked.
#[derive(Debug)]
pub(in crate::tasks) struct Mocks {
    file: Option<PathBuf>,
    /// By machine and name of the execution.
    executions: Mutex<HashMap<(String, String), Mocked>>,
}

/// An execution of a test case.
#[derive(Debug)]
struct Mocked {
    states: BTreeMap<String, Responses>,
    /// How often a state asked.
    asked: HashMap<String, usize>,
}

/// A state's answers, in the order of its attempts.
type Responses = Vec<Response>;

#[derive(Debug, Clone, Deserialize)]
enum Response {
    Return(Value),
    #[serde(rename_all = "PascalCase")]
    Throw {
        error: String,
        #[serde(default)]
        cause: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    #[serde(default)]
    state_machines: BTreeMap<String, Machine>,
    #[serde(default)]
    mocked_responses: BTreeMap<String, BTreeMap<String, Response>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Machine {
    test_cases: BTreeMap<String, BTreeMap<String, String>>,
}

impl Mocks {
    /// `environment` is the caller's.
    pub(in crate::tasks) fn new(environment: &BTreeMap<String, String>) -> Self {
        let file = environment.get(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        Self { file, executions: Mutex::default() }
    }

    /// Says which test case an execution that is about to start has. The file is read now, so that a change of it applies to
    /// the next execution.
    ///
    /// # Errors
    /// A sentence, when there is no such test case.
    pub(in crate::tasks) fn expect(&self, machine: &str, execution: &str, test_case: &str) -> Result<(), String> {
        let path = self.file.as_ref().ok_or_else(|| format!("{VARIABLE} names no file"))?;
        let said = |why: String| format!("{VARIABLE} ({}): {why}", path.display());
        let length = std::fs::metadata(path).map_err(|error| said(error.to_string()))?.len();
        if length > FILE_BYTES_MAX {
            return Err(said(format!("it has more than {FILE_BYTES_MAX} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| said(error.to_string()))?;
        let file: File = serde_json::from_str(&text).map_err(|error| said(error.to_string()))?;
        let states = file.states(machine, test_case).map_err(said)?;
        let key = (machine.to_owned(), execution.to_owned());
        // A start that is sent twice starts once.
        self.lock().entry(key).or_insert_with(|| Mocked { states, asked: HashMap::new() });
        Ok(())
    }

    /// The mocked answer of a state's next attempt; `None` where it is not mocked.
    pub(in crate::tasks) fn answer(&self, execution_arn: &str, state: &str) -> Option<Result<Payload, Fault>> {
        // `arn:…:execution:MACHINE:NAME`, `arn:…:express:MACHINE:NAME:ID`
        let mut parts = execution_arn.split(':').skip(6).map(str::to_owned);
        let key = (parts.next()?, parts.next()?);
        let mut executions = self.lock();
        let mocked = executions.get_mut(&key)?;
        let responses = mocked.states.get(state)?;
        let asked = mocked.asked.entry(state.to_owned()).or_default();
        let response = responses.get(*asked);
        *asked += 1;
        Some(match response {
            Some(Response::Return(value)) => Ok(Payload::from(value.clone())),
            Some(Response::Throw { error, cause }) => Err(bounded_fault(error.clone(), cause.clone())),
            None => Err(Fault::runtime(format!(
                "{VARIABLE} has {} mocked responses for {state:?}, and none for its attempt {asked}",
                responses.len()
            ))),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), Mocked>> {
        // The map is whole after every statement.
        self.executions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    fn states(&self, machine: &str, test_case: &str) -> Result<BTreeMap<String, Responses>, String> {
        let known = self.state_machines.get(machine).ok_or_else(|| format!("it has no state machine {machine:?}"))?;
        let states = known.test_cases.get(test_case);
        let states = states.ok_or_else(|| format!("{machine:?} has no test case {test_case:?}"))?;
        let read = |(state, name): (&String, &String)| {
            let responses = self.mocked_responses.get(name);
            let responses = responses.ok_or_else(|| format!("it has no mocked responses {name:?}"))?;
            Ok((state.clone(), in_order(responses).map_err(|why| format!("{name:?}: {why}"))?))
        };
        states.iter().map(read).collect()
    }
}

/// From `"0"`, `"1-2"` … to one response an attempt.
fn in_order(responses: &BTreeMap<String, Response>) -> Result<Responses, String> {
    /// More attempts than any Retry makes.
    const ATTEMPTS_MAX: usize = 100_000;
    let mut ranges = Vec::with_capacity(responses.len());
    for (range, response) in responses {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let numbers = first.trim().parse::<usize>().ok().zip(last.trim().parse::<usize>().ok());
        let numbers = numbers.filter(|(first, last)| first <= last && *last < ATTEMPTS_MAX);
        let (first, last) = numbers.ok_or_else(|| format!("{range:?} is neither a number nor a range like \"1-2\""))?;
        ranges.push((first, last, response));
    }
    ranges.sort_unstable_by_key(|(first, ..)| *first);
    let mut ordered: Responses = Vec::new();
    for (first, last, response) in ranges {
        if first != ordered.len() {
            return Err(format!(
                "attempt {} must have one response, and the next one begins at {first}",
                ordered.len()
            ));
        }
        ordered.extend((first..=last).map(|_| response.clone()));
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:m:e";

    fn mocks(file: &Value) -> (Mocks, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mocks.json");
        std::fs::write(&path, file.to_string()).unwrap();
        let environment = [(VARIABLE.to_owned(), path.to_str().unwrap().to_owned())].into();
        (Mocks::new(&environment), folder)
    }

    fn file(responses: &Value) -> Value {
        json!({
            "StateMachines": {"m": {"TestCases": {"Happy": {"Call": "answers"}, "Lost": {"Call": "nowhere"}}}},
            "MockedResponses": {"answers": responses},
        })
    }

    #[test]
    fn attempts_are_answered_in_their_order() {
        let responses = json!({
            "3": {"Return": {"a": 1}}, "0": {"Return": null}, "1-2": {"Throw": {"Error": "E", "Cause": "c"}}
        });
        let (mocks, _folder) = mocks(&file(&responses));
        mocks.expect("m", "e", "Happy").unwrap();
        let next = || mocks.answer(EXECUTION, "Call").unwrap();
        assert_eq!(next().unwrap().text(), "null");
        assert_eq!((next().unwrap_err(), next().unwrap_err()), (Fault::new("E", "c"), Fault::new("E", "c")));
        assert_eq!(next().unwrap().text(), r#"{"a":1}"#);
        assert!(next().unwrap_err().cause.contains("none for its attempt 5"));
        assert!(mocks.answer(EXECUTION, "Other").is_none());
        assert!(mocks.answer("arn:aws:states:eu-west-1:123456789012:execution:m:other", "Call").is_none());
        // A start that is sent twice does not begin anew.
        mocks.expect("m", "e", "Happy").unwrap();
        assert!(mocks.answer(EXECUTION, "Call").unwrap().is_err());
        mocks.expect("m", "f", "Happy").unwrap();
        let express = "arn:aws:states:eu-west-1:123456789012:express:m:f:1234";
        assert!(mocks.answer(express, "Call").unwrap().is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let sound = json!({"0": {"Return": 1}});
        for (responses, machine, test_case, said) in [
            (&sound, "x", "Happy", "no state machine \"x\""),
            (&sound, "m", "Sad", "no test case \"Sad\""),
            (&sound, "m", "Lost", "no mocked responses \"nowhere\""),
            (&json!({"1": {"Return": 1}}), "m", "Happy", "attempt 0 must have one response"),
            (&json!({"0-2": {"Return": 1}, "2": {"Return": 1}}), "m", "Happy", "attempt 3 must have one response"),
            (&json!({"2-1": {"Return": 1}}), "m", "Happy", "neither a number nor a range"),
            (&json!({"0": {"Give": 1}}), "m", "Happy", "Return"),
        ] {
            let (mocks, _folder) = mocks(&file(responses));
            let why = mocks.expect(machine, "e", test_case).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
        assert_eq!(Mocks::new(&BTreeMap::new()).expect("m", "e", "c").unwrap_err(), "SFN_MOCK_CONFIG names no file");
    }
}
