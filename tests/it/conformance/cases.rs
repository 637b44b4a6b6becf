//! A recorded case: which machines were made, what was started, what AWS answered.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value;

/// Words that say that a definition needs what this version tells its users that it lacks.
const NOT_YET: &[&str] = &[
    ":activity:",
    "states:::aws-sdk:",
    "states:::states:startExecution",
    "JSONata",
    "{%",
    "\"Assign\"",
    "\"Credentials\"",
    "DISTRIBUTED",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "\"Output\"",
];

/// A recorded case.
pub(super) struct Case {
    /// All of it.
    pub(super) json: Value,
}

/// One execution of a case.
pub(super) struct Run<'a> {
    /// The machine's name.
    pub(super) machine: &'a str,
    /// The execution's name.
    pub(super) name: &'a str,
    /// The very text that was sent.
    pub(super) definition: &'a str,
    /// The text that was sent; AWS's own where nothing was.
    pub(super) input: &'a str,
    /// The role that was sent.
    pub(super) role_arn: &'a str,
    /// Whether AWS waited for its end (StartSyncExecution).
    pub(super) is_express: bool,
}

/// The cases of a kind, by name; `None`, and a word about it, where there are none on this machine.
pub(super) fn cases(kind: &str) -> Option<Vec<Case>> {
    let Some(folder) = std::env::var_os("IW102_CONFORMANCE_DIR") else {
        // Not `eprintln!`, which the test harness keeps to itself where a test passes.
        let _ = writeln!(std::io::stderr(), "LEFT OUT: IW102_CONFORMANCE_DIR names no folder of recorded cases");
        return None;
    };
    let files = fs::read_dir(Path::new(&folder).join(kind)).unwrap();
    let mut paths: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path| Case { json: serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap() };
    Some(paths.into_iter().map(read).collect())
}

impl Case {
    /// The test that recorded it.
    pub(super) fn id(&self) -> &str {
        self.json["id"].as_str().unwrap()
    }

    /// The answers that AWS gave, by the names that the case gave them.
    pub(super) fn recorded(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.json["recorded"].as_object().unwrap().iter()
    }

    /// The histories among them, in the order of the executions.
    pub(super) fn histories(&self) -> Vec<&Vec<Value>> {
        self.recorded().filter_map(|(_, answer)| answer.get("events")?.as_array()).collect()
    }

    /// The calls of an operation, each with its parameters.
    pub(super) fn calls(&self, operation: &str) -> impl Iterator<Item = &Value> {
        let calls = self.json["calls"].as_array().unwrap().iter();
        calls.filter(move |call| call["operation"] == operation).map(|call| &call["params"])
    }

    /// Whether it was recorded before executions could be redriven, in November 2023.
    pub(super) fn is_older_than_redrive(&self) -> bool {
        let recorded = self.json["recorded_on"].as_str().unwrap_or_default();
        let mut parts = recorded.split([',', '-']).map(|part| part.parse::<u32>().unwrap_or_default());
        let (_day, month, year) = (parts.next(), parts.next(), parts.next());
        (year, month) < (Some(2023), Some(11))
    }

    /// Whether it needs nothing but what this version has.
    pub(super) fn is_understood(&self) -> bool {
        let definitions = self.json["definitions"].as_array().unwrap();
        definitions.iter().all(|sent| sent["operation"] == "CreateStateMachine") && self.is_understood_with(&[])
    }

    /// The same, where more is there than an engine alone has: `words` of those that it lacks.
    pub(super) fn is_understood_with(&self, words: &[&str]) -> bool {
        let text = self.json["definitions"].to_string();
        !NOT_YET.iter().any(|word| !words.contains(word) && text.contains(word))
    }

    /// The executions that were started; none where one is of something else than a machine that was made.
    pub(super) fn runs(&self) -> Vec<Run<'_>> {
        let executions = self.json["executions"].as_array().unwrap().iter().enumerate();
        executions.map(|(index, sent)| self.run(index, sent)).collect::<Option<_>>().unwrap_or_default()
    }

    fn run<'a>(&'a self, index: usize, sent: &'a Value) -> Option<Run<'a>> {
        let machine = sent["stateMachineArn"].as_str()?.rsplit(':').next()?;
        let create = self.calls("CreateStateMachine").find(|create| create["name"] == machine)?;
        Some(Run {
            machine,
            name: self.value_behind(&format!("<ExecArnPart_{index}idx>")).unwrap_or("execution"),
            definition: create["definition"].as_str()?,
            input: sent["input"].as_str().unwrap_or("{}"),
            role_arn: create["roleArn"].as_str()?,
            is_express: sent["operation"] == "StartSyncExecution",
        })
    }

    /// The value that a run had where the recording shows `placeholder`.
    pub(super) fn value_behind(&self, placeholder: &str) -> Option<&str> {
        let regexes = self.json["regexes"].as_object()?;
        regexes.iter().find(|(_, shown)| shown.as_str() == Some(placeholder)).map(|(value, _)| value.as_str())
    }
}

impl Run<'_> {
    /// The machine's ARN.
    pub(super) fn state_machine_arn(&self) -> String {
        format!("arn:aws:states:us-east-1:000000000000:stateMachine:{}", self.machine)
    }

    /// The execution's ARN.
    pub(super) fn execution_arn(&self) -> String {
        format!("arn:aws:states:us-east-1:000000000000:execution:{}:{}", self.machine, self.name)
    }
}
