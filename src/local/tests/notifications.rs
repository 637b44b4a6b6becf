//! Targets of notifications are told, whoever owns the store when they are.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::{client, options};
use crate::aws::ExecutionQuery;
use crate::local::{AttachOptions, LocalError, Owner, Tell, attach, peer, register, store_lock};
use crate::project::{self, Identity, LoadOptions, Notification, NotificationTarget};

/// A machine that ends well for a number above 90, one that waits and one that listens. The function `monitor` keeps the
/// events that it gets, and fails as long as there is a file `broken`.
const SERVICE: &str = r#"
service: shop
provider: { name: aws, region: eu-west-1, runtime: provided.al2023 }
functions:
  monitor: { handler: monitor }
custom:
  iw102:
    functions:
      monitor: { command: 'cat >> told; echo >> told; ! test -e broken' }
stepFunctions:
  stateMachines:
    order:
      name: order
      definition:
        StartAt: Choice
        States:
          Choice:
            Type: Choice
            Choices: [{ Variable: $.number, NumericGreaterThan: 90, Next: Done }]
            Default: Wrong
          Done: { Type: Succeed }
          Wrong: { Type: Fail, Error: E, Cause: because }
    wait:
      name: wait
      definition: { StartAt: W, States: { W: { Type: Wait, Seconds: 600, End: true } } }
    listener:
      name: listener
      definition: { StartAt: L, States: { L: { Type: Pass, End: true } } }
"#;

const STATUSES: [&str; 5] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

struct House {
    folder: tempfile::TempDir,
    said: Arc<Mutex<Vec<String>>>,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("serverless.yml"), SERVICE).unwrap();
        Self { folder, said: Arc::default() }
    }

    fn store(&self) -> std::path::PathBuf {
        self.folder.path().join("store")
    }

    fn options(&self) -> AttachOptions {
        let said = Arc::clone(&self.said);
        let tell = Tell::to(move |line| said.lock().unwrap().push(line.to_owned()));
        let environment = std::env::vars().filter(|(name, _)| !name.starts_with("AWS_")).collect();
        AttachOptions { environment, tell, ..options(Some(&self.store()), self.folder.path()) }
    }

    /// An owner that knows what earlier loads brought.
    async fn open(&self) -> Owner {
        attach(self.options()).await.unwrap()
    }

    /// Has all of a machine's statuses told to targets.
    async fn notify(&self, machine: &str, targets: &[NotificationTarget]) {
        self.try_to_notify(machine, targets).await.unwrap();
    }

    async fn try_to_notify(&self, machine: &str, targets: &[NotificationTarget]) -> Result<(), LocalError> {
        let account = super::ACCOUNT.to_owned();
        let how = LoadOptions { account: account.clone(), ..LoadOptions::default() };
        let loaded = project::load(&self.folder.path().join("serverless.yml"), &how).unwrap();
        let mut service = loaded.service.unwrap();
        for found in service.machines.iter_mut().filter(|found| found.name == machine) {
            let all = STATUSES.into_iter().flat_map(|status| targets.iter().map(move |target| (status, target)));
            found.notifications = all.map(|(status, target)| Notification { status, target: target.clone() }).collect();
        }
        let identity = Identity { region: super::REGION.to_owned(), account };
        let load = register::resolve(Some(&service), &[], &identity, self.folder.path().to_owned()).unwrap();
        let owner = store_lock::read_owner(&self.store()).unwrap();
        peer::call(&owner, "load", &json!(load)).await.map(drop)
    }

    async fn start(&self, owner: &Owner, machine: &str, name: &str, input: &str) {
        client(owner).start_execution(&super::machine_arn(machine), input, Some(name)).await.unwrap();
    }

    /// The events that the function got.
    fn told(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("told")).unwrap_or_default();
        // A line without its end is still being written.
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        whole.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The statuses and names of the events that the function got.
    fn statuses(&self) -> Vec<String> {
        let word = |event: &Value, name: &str| event["detail"][name].as_str().unwrap().to_owned();
        self.told().iter().map(|event| format!("{} {}", word(event, "name"), word(event, "status"))).collect()
    }

    fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }
}

fn monitor() -> NotificationTarget {
    NotificationTarget::Lambda { arn: format!("arn:aws:lambda:eu-west-1:{}:function:shop-dev-monitor", super::ACCOUNT) }
}

fn break_monitor(folder: &Path, broken: bool) {
    let file = folder.join("broken");
    if broken { std::fs::write(file, "").unwrap() } else { std::fs::remove_file(file).unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_told_of_every_status_in_order() {
    let house = House::new();
    let owner = house.open().await;
    house.notify("order", &[monitor()]).await;
    house.start(&owner, "order", "good", r#"{"number": 95}"#).await;
    owner.quiesce().await.unwrap();
    assert_eq!(house.statuses(), ["good RUNNING", "good SUCCEEDED"]);
    house.start(&owner, "order", "bad", r#"{"number": 12}"#).await;
    owner.quiesce().await.unwrap();
    assert_eq!(house.statuses()[2..], ["bad RUNNING", "bad FAILED"]);
    let failed = &house.told()[3];
    assert_eq!(failed["detail-type"], "Step Functions Execution Status Change");
    assert_eq!((&failed["detail"]["error"], &failed["detail"]["input"]), (&json!("E"), &json!(r#"{"number": 12}"#)));
    // A machine without notifications tells nobody.
    house.start(&owner, "listener", "silent", "{}").await;
    owner.quiesce().await.unwrap();
    assert_eq!((house.told().len(), house.said()), (4, Vec::new()));
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_leaves_waits_until_they_are_told() {
    let house = House::new();
    let owner = house.open().await;
    house.notify("order", &[monitor()]).await;
    house.start(&owner, "order", "one", r#"{"number": 95}"#).await;
    owner.release().await;
    assert_eq!(house.statuses(), ["one RUNNING", "one SUCCEEDED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_owner_without_the_file_still_knows_who_listens() {
    let house = House::new();
    let owner = house.open().await;
    house.notify("wait", &[monitor()]).await;
    house.start(&owner, "wait", "one", "{}").await;
    owner.release().await;

    // One that only looks ends the execution, and the next that does tasks tells of it.
    let looker = attach(AttachOptions { runs_tasks: false, ..house.options() }).await.unwrap();
    let arn = super::machine_arn("wait").replace(":stateMachine:", ":execution:") + ":one";
    client(&looker).stop_execution(&arn, None, None).await.unwrap();
    looker.quiesce().await.unwrap();
    looker.release().await;
    assert_eq!(house.statuses(), ["one RUNNING"]);
    let owner = house.open().await;
    owner.quiesce().await.unwrap();
    assert_eq!(house.statuses(), ["one RUNNING", "one ABORTED"]);
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_the_file_is_told_no_longer() {
    let house = House::new();
    let owner = house.open().await;
    house.notify("order", &[monitor()]).await;
    house.notify("order", &[]).await;
    owner.release().await;
    let owner = house.open().await;
    house.start(&owner, "order", "one", r#"{"number": 95}"#).await;
    owner.quiesce().await.unwrap();
    assert_eq!(house.told(), Vec::<Value>::new());
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_told_begins_with_the_event() {
    let house = House::new();
    let owner = house.open().await;
    let listener = NotificationTarget::StepFunctions { arn: super::machine_arn("listener") };
    house.notify("order", &[listener]).await;
    house.start(&owner, "order", "one", r#"{"number": 95}"#).await;
    owner.quiesce().await.unwrap();
    let client = client(&owner);
    let query = ExecutionQuery { state_machine_arn: super::machine_arn("listener"), status: None, limit: 10 };
    let begun = client.list_executions(&query).await.unwrap();
    let mut statuses = Vec::new();
    for execution in &begun {
        let whole = client.describe_execution(&execution.arn).await.unwrap();
        let event: Value = serde_json::from_str(whole.input.as_deref().unwrap()).unwrap();
        assert_eq!(event["id"], execution.name.as_str(), "named after the event: told twice it begins once");
        statuses.push(event["detail"]["status"].clone());
    }
    assert_eq!(statuses, ["SUCCEEDED", "RUNNING"]);
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_when_somebody_interrupts_is_told_by_the_next_owner() {
    let house = House::new();
    let owner = house.open().await;
    house.notify("wait", &[monitor()]).await;
    break_monitor(house.folder.path(), true);
    house.start(&owner, "wait", "one", "{}").await;
    let begun = std::time::Instant::now();
    while house.told().is_empty() {
        assert!(begun.elapsed() < Duration::from_mins(2), "nobody is told");
        tokio::task::yield_now().await;
    }
    owner.release_at_once().await;
    break_monitor(house.folder.path(), false);
    let before = house.told();
    let owner = house.open().await;
    owner.quiesce().await.unwrap();
    let after = house.told();
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after[0]["id"], after.last().unwrap()["id"], "the same event");
    assert_eq!(house.said(), Vec::<String>::new());
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_the_project_lacks_is_named_once() {
    let house = House::new();
    let owner = house.open().await;
    let arn = format!("arn:aws:lambda:eu-west-1:{}:function:shop-dev-monitro", super::ACCOUNT);
    house.notify("order", &[NotificationTarget::Lambda { arn: arn.clone() }]).await;
    house.start(&owner, "order", "one", r#"{"number": 95}"#).await;
    owner.quiesce().await.unwrap();
    let said = house.said();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with(&format!("notifications to {arn} are not delivered: ")), "{said:?}");
    assert!(said[0].contains("Did you mean shop-dev-monitor?"), "{said:?}");
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_is_kept_by_the_load_after_one_that_a_full_disk_refused() {
    let house = House::new();
    let owner = house.open().await;
    house.notify("order", &[]).await;
    let disk = rusqlite::Connection::open(house.store().join("store.sqlite3")).unwrap();
    disk.busy_timeout(Duration::from_mins(2)).unwrap();
    let fail = "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
    let full = "CREATE TRIGGER full BEFORE INSERT ON registrations WHEN NEW.kind = 'notifications'";
    disk.execute_batch(&format!("{full} {fail}")).unwrap();
    house.try_to_notify("order", &[monitor()]).await.unwrap_err();
    disk.execute_batch("DROP TRIGGER full").unwrap();
    house.notify("order", &[monitor()]).await;
    owner.release().await;

    let owner = house.open().await;
    house.start(&owner, "order", "one", r#"{"number": 95}"#).await;
    owner.quiesce().await.unwrap();
    assert_eq!(house.statuses(), ["one RUNNING", "one SUCCEEDED"]);
    owner.release().await;
}
