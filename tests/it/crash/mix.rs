//! What clients do: the machines that they start, and one random operation after the other until the server is gone.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Chance, Client, Silence};
use super::ledger::{Answer, Ledger, Said, Stop, arn};

pub(super) const ACCOUNT: &str = "arn:aws:states:us-east-1:000000000000";

/// `flaky` fails for every execution until it was tried once. What it remembers that by outlives the server.
pub(super) const PROJECT: &str = r#"
service: crash
provider: { name: aws, runtime: provided.al2023, stage: dev }
functions:
  ask: { handler: ask, timeout: 300 }
  echo: { handler: echo, timeout: 300 }
  flaky: { handler: flaky, timeout: 300 }
custom:
  iw102:
    functions:
      ask: { command: 'cat' }
      echo: { command: 'cat' }
      flaky: { command: 'read -r e; f=tried-$(echo "$e" | tr -dc a-z0-9); if test -e $f; then echo "$e"; else touch $f; exit 1; fi' }
stepFunctions:
  stateMachines:
    ask:
      name: ask
      definition:
        StartAt: Ask
        States:
          Ask:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke.waitForTaskToken
            HeartbeatSeconds: 3000
            Parameters: { FunctionName: crash-dev-ask, Payload: { token.$: $$.Task.Token } }
            Next: Done
          Done: { Type: Pass, End: true }
    work:
      name: work
      definition:
        StartAt: Work
        States:
          Work: { Type: Task, Resource: 'arn:aws:states:us-east-1:000000000000:activity:hands', TimeoutSeconds: 3000, End: true }
    sleep:
      name: sleep
      definition:
        StartAt: Sleep
        States: { Sleep: { Type: Wait, Seconds: 3000, End: true } }
    nap:
      name: nap
      definition:
        StartAt: Nap
        States:
          Nap: { Type: Wait, Seconds: 1, Next: Done }
          Done: { Type: Pass, End: true }
    spread:
      name: spread
      definition:
        StartAt: Each
        States:
          Each:
            Type: Map
            ItemsPath: $.items
            MaxConcurrency: 2
            End: true
            ItemProcessor:
              StartAt: One
              States:
                One: { Type: Task, Resource: { Fn::GetAtt: [EchoLambdaFunction, Arn] }, Next: Shown }
                Shown: { Type: Pass, End: true }
    both:
      name: both
      definition:
        StartAt: Both
        States:
          Both:
            Type: Parallel
            End: true
            Branches:
              - { StartAt: L, States: { L: { Type: Wait, Seconds: 1, End: true } } }
              - { StartAt: R, States: { R: { Type: Task, Resource: { Fn::GetAtt: [EchoLambdaFunction, Arn] }, End: true } } }
    retry:
      name: retry
      definition:
        StartAt: Try
        States:
          Try:
            Type: Task
            Resource: { Fn::GetAtt: [FlakyLambdaFunction, Arn] }
            Retry: [{ ErrorEquals: [States.ALL], IntervalSeconds: 1, MaxAttempts: 5 }]
            End: true
"#;

pub(super) fn activity() -> String {
    format!("{ACCOUNT}:activity:hands")
}

/// A machine of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ask,
    Work,
    Sleep,
    Nap,
    Spread,
    Both,
    Retry,
}

/// As often as they are started: functions are processes, and there are two cores.
const KINDS: [Kind; 15] = [
    Kind::Ask,
    Kind::Ask,
    Kind::Ask,
    Kind::Work,
    Kind::Work,
    Kind::Work,
    Kind::Sleep,
    Kind::Sleep,
    Kind::Sleep,
    Kind::Nap,
    Kind::Nap,
    Kind::Nap,
    Kind::Spread,
    Kind::Both,
    Kind::Retry,
];

impl Kind {
    pub(super) fn machine(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Work => "work",
            Self::Sleep => "sleep",
            Self::Nap => "nap",
            Self::Spread => "spread",
            Self::Both => "both",
            Self::Retry => "retry",
        }
    }

    /// With what it ends; `None` where somebody outside decides.
    pub(super) fn output(self, input: &Value) -> Option<Value> {
        match self {
            Self::Ask | Self::Work | Self::Sleep => None,
            Self::Nap | Self::Retry => Some(input.clone()),
            Self::Spread => Some(input["items"].clone()),
            Self::Both => Some(json!([input, input])),
        }
    }
}

/// One client. What it asks is in the ledger before it is sent, and what is acknowledged as soon as it is.
pub(super) struct Actor<'a> {
    pub(super) client: Client,
    pub(super) ledger: &'a Mutex<Ledger>,
    pub(super) chance: Chance,
    /// Like no other actor's of this run.
    pub(super) id: String,
    pub(super) count: usize,
}

impl Actor<'_> {
    /// One operation after the other, until the server is gone.
    pub(super) fn run(&mut self) {
        while self.act().is_ok() {
            // A pause as people and programs make it; with none, the store would only grow.
            std::thread::sleep(Duration::from_millis(self.chance.next() % 12));
        }
    }

    fn act(&mut self) -> Result<(), Silence> {
        match self.chance.below(16) {
            0..=5 => self.start(),
            6 => self.start_again(),
            7..=9 => self.answer_a_callback(),
            10 | 11 => self.work(),
            12 | 13 => self.stop(),
            14 => self.redrive(),
            _ => self.create_machine(),
        }
    }

    /// A text like no other.
    fn unique(&mut self) -> String {
        self.count += 1;
        format!("{}n{}", self.id, self.count)
    }

    fn start(&mut self) -> Result<(), Silence> {
        let kind = *self.chance.pick(&KINDS).unwrap();
        let name = self.unique();
        let input = match kind {
            Kind::Spread => json!({"items": [name, 1, {"two": 2}, [3]]}),
            _ => json!({"name": name}),
        };
        self.ledger.lock().unwrap().executions.insert(name.clone(), Said::new(kind, input));
        self.start_named(&name)
    }

    /// As a client does that got no answer: by the same name.
    fn start_again(&mut self) -> Result<(), Silence> {
        let unknown = |(name, said): (&String, &Said)| (!said.started).then(|| name.clone());
        let names: Vec<String> = self.ledger.lock().unwrap().executions.iter().filter_map(unknown).collect();
        match self.chance.pick(&names) {
            Some(name) => self.start_named(name),
            None => Ok(()),
        }
    }

    fn start_named(&mut self, name: &str) -> Result<(), Silence> {
        let said = self.ledger.lock().unwrap().executions[name].clone();
        let machine = format!("{ACCOUNT}:stateMachine:{}", said.kind.machine());
        let start = json!({"stateMachineArn": machine, "name": name, "input": said.input.to_string()});
        let answer = self.client.call("StartExecution", &start);
        let mut ledger = self.ledger.lock().unwrap();
        match answer {
            Ok(_) => ledger.count("StartExecution"),
            // The lost one had begun it, and it has ended since.
            Err(Silence::Refused(error)) => assert_eq!(error, "ExecutionAlreadyExists"),
            Err(Silence::Lost) => return Err(Silence::Lost),
        }
        ledger.executions.get_mut(name).unwrap().started = true;
        Ok(())
    }

    /// Changes what is in the ledger of an execution.
    fn said<T>(&self, name: &str, change: impl FnOnce(&mut Said) -> T) -> T {
        change(self.ledger.lock().unwrap().executions.get_mut(name).unwrap())
    }

    fn some(&mut self, kind: impl Fn(Kind) -> bool) -> Option<(String, Said)> {
        let ledger = self.ledger.lock().unwrap();
        let names = ledger.going_on(kind);
        self.chance.pick(&names).map(|name| (name.clone(), ledger.executions[name].clone()))
    }

    fn answer_a_callback(&mut self) -> Result<(), Silence> {
        match self.some(|kind| kind == Kind::Ask) {
            Some((name, _)) => self.answer_callback(&name),
            None => Ok(()),
        }
    }

    /// The token is where people find it too: in the history.
    pub(super) fn answer_callback(&mut self, name: &str) -> Result<(), Silence> {
        let history = self.client.history(&arn(Kind::Ask, name))?;
        let token = history.iter().rev().find_map(|event| {
            let parameters = event["taskScheduledEventDetails"]["parameters"].as_str()?;
            let parameters: Value = serde_json::from_str(parameters).unwrap();
            Some(parameters["Payload"]["token"].as_str()?.to_owned())
        });
        match token {
            Some(token) => self.answer(name, &token),
            None => Ok(()),
        }
    }

    /// Polls like a worker that goes away when it was not given anything for a while.
    pub(super) fn work(&mut self) -> Result<(), Silence> {
        let patience = Duration::from_millis(30 + self.chance.next() % 300);
        let poll = json!({"activityArn": activity(), "workerName": self.id});
        let task = match self.client.impatient(patience).call("GetActivityTask", &poll) {
            Ok(task) => task,
            // It went away itself, or the server did: the next call tells.
            Err(Silence::Lost) => return Ok(()),
            Err(refused) => return Err(refused),
        };
        let Some(token) = task["taskToken"].as_str() else { return Ok(()) };
        let input: Value = serde_json::from_str(task["input"].as_str().unwrap()).unwrap();
        self.answer(input["name"].as_str().unwrap(), token)
    }

    fn answer(&mut self, name: &str, token: &str) -> Result<(), Silence> {
        if self.chance.below(4) == 0 {
            return self.tolerant("SendTaskHeartbeat", &json!({"taskToken": token})).map(drop);
        }
        let success = self.chance.below(4) > 0;
        let text = json!(self.unique()).to_string();
        let text = if success { text } else { text.trim_matches('"').to_owned() };
        let place = self.said(name, |said| {
            said.answers.push(Answer { text: text.clone(), success, acknowledged: false });
            said.answers.len() - 1
        });
        let (operation, request) = if success {
            ("SendTaskSuccess", json!({"taskToken": token, "output": text}))
        } else {
            ("SendTaskFailure", json!({"taskToken": token, "error": "Refused", "cause": text}))
        };
        if self.tolerant(operation, &request)? {
            self.said(name, |said| said.answers[place].acknowledged = true);
        }
        Ok(())
    }

    /// Whether it was done; a refusal is none: others were first.
    fn tolerant(&mut self, operation: &'static str, request: &Value) -> Result<bool, Silence> {
        match self.client.call(operation, request) {
            Ok(_) => {
                self.ledger.lock().unwrap().count(operation);
                Ok(true)
            }
            Err(Silence::Refused(error)) => {
                let late = ["TaskTimedOut", "ExecutionNotRedrivable", "UnknownOperationException"];
                assert!(late.contains(&error.as_str()), "{operation}: {error}");
                Ok(false)
            }
            Err(Silence::Lost) => Err(Silence::Lost),
        }
    }

    fn stop(&mut self) -> Result<(), Silence> {
        let Some((name, said)) = self.some(|kind| kind != Kind::Retry) else { return Ok(()) };
        self.stop_named(&name, &said)
    }

    pub(super) fn stop_named(&mut self, name: &str, said: &Said) -> Result<(), Silence> {
        let cause = self.unique();
        let place = self.said(name, |said| {
            said.stops.push(Stop { cause: cause.clone(), acknowledged: false });
            said.stops.len() - 1
        });
        let request = json!({"executionArn": arn(said.kind, name), "cause": cause});
        self.client.call("StopExecution", &request)?;
        self.said(name, |said| said.stops[place].acknowledged = true);
        self.ledger.lock().unwrap().count("StopExecution");
        Ok(())
    }

    /// Of one that was stopped or failed. A server that does not know the operation says so, and leaves it as it is.
    fn redrive(&mut self) -> Result<(), Silence> {
        let unsuccessful = |said: &Said| said.end.as_ref().is_some_and(|end| end["status"] != "SUCCEEDED");
        let ended: Vec<(String, Kind)> = self
            .ledger
            .lock()
            .unwrap()
            .executions
            .iter()
            .filter(|(_, said)| unsuccessful(said))
            .map(|(name, said)| (name.clone(), said.kind))
            .collect();
        let Some((name, kind)) = self.chance.pick(&ended).cloned() else { return Ok(()) };
        let end = self.said(&name, |said| {
            said.perhaps_redriven += 1;
            said.end.take()
        });
        let redriven = self.tolerant("RedriveExecution", &json!({"executionArn": arn(kind, &name)}))?;
        self.said(&name, |said| {
            said.perhaps_redriven -= 1;
            said.redrives += usize::from(redriven);
            said.end = end.filter(|_| said.redrives == 0 && said.perhaps_redriven == 0);
        });
        Ok(())
    }

    fn create_machine(&mut self) -> Result<(), Silence> {
        let name = self.unique();
        let definition = json!({"Comment": name, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
        let definition = definition.to_string();
        let role = "arn:aws:iam::000000000000:role/r";
        let machine = json!({"name": name, "definition": definition, "roleArn": role});
        let made = self.client.call("CreateStateMachine", &machine)?;
        let mut ledger = self.ledger.lock().unwrap();
        ledger.machines.insert(made["stateMachineArn"].as_str().unwrap().to_owned(), definition);
        ledger.count("CreateStateMachine");
        Ok(())
    }
}
