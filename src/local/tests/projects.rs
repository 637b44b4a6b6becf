//! Projects become functions and machines, whoever owns the store.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{client, options, post};
use crate::aws::logs::{LogQuery, group_of};
use crate::local::{AttachOptions, LocalError, Owner, attach};
use crate::project::LoadOptions;

const SERVERLESS: &str = r"
service: shop
provider: {name: aws, region: eu-west-1, runtime: nodejs20.x, environment: {GREETING: hello}}
functions:
  greet: {handler: src/greet.handler}
stepFunctions:
  stateMachines:
    order:
      definition:
        StartAt: Greet
        States:
          Greet: {Type: Task, Resource: {Fn::GetAtt: [greet, Arn]}, End: true}
    other:
      name: fixed-name
      definition:
        StartAt: Done
        States:
          Done: {Type: Succeed}
";

fn with_project(store: Option<&Path>, file: &Path, functions: &[(&str, &str)]) -> AttachOptions {
    let load = LoadOptions { account: super::ACCOUNT.to_owned(), ..LoadOptions::default() };
    let functions = functions.iter().map(|(name, command)| ((*name).to_owned(), (*command).to_owned())).collect();
    let scratch = file.parent().unwrap().join("scratch");
    AttachOptions { file: Some((file.to_owned(), load)), functions, ..options(store, &scratch) }
}

fn project(home: &Path, text: &str) -> PathBuf {
    let file = home.join("serverless.yml");
    std::fs::write(&file, text).unwrap();
    file
}

async fn names(owner: &Owner) -> Vec<String> {
    client(owner).list_state_machines().await.unwrap().into_iter().map(|machine| machine.name).collect()
}

async fn resolved(owner: &Owner, machine: &str) -> String {
    let client = client(owner);
    let machines = client.list_state_machines().await.unwrap();
    client.choose_machine(machine, &machines).await.unwrap().arn
}

async fn output(owner: &Owner, machine: &str) -> Option<String> {
    let client = client(owner);
    let arn = resolved(owner, machine).await;
    let started = client.start_execution(&arn, r#"{"n":1}"#, None).await.unwrap();
    owner.quiesce().await.unwrap();
    let execution = client.describe_execution(&started.arn).await.unwrap();
    assert_eq!(execution.status, "SUCCEEDED", "{execution:?}");
    execution.output
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_runs_with_its_functions_environment_and_logs() {
    let home = tempfile::tempdir().unwrap();
    let file = project(home.path(), SERVERLESS);
    let command = r#"cat >/dev/null; echo said it >&2; printf '{"said":"%s"}' "$GREETING""#;
    let owner = attach(with_project(None, &file, &[("greet", command)])).await.unwrap();
    let found = names(&owner).await;
    assert!(found[0].starts_with("OrderStepFunctionsStateMachine-") && found[1] == "fixed-name", "{found:?}");
    assert_eq!(output(&owner, "order").await.as_deref(), Some(r#"{"said":"hello"}"#));

    let group = group_of("shop-dev-greet");
    let of = |group: &str| LogQuery { group: group.to_owned(), since: None, until: None, filter: None };
    let page = client(&owner).filter_log_events(&of(&group), None).await.unwrap();
    assert!(page.events.iter().any(|event| event.message.contains("said it")), "{page:?}");
    assert_eq!(page.next_token, None);
    let (status, first) = post(
        &owner.endpoint,
        "Logs_20140328.FilterLogEvents",
        &serde_json::json!({ "logGroupName": group, "limit": 1 }).to_string(),
    )
    .await;
    assert_eq!((status, first["events"].as_array().map(Vec::len)), (200, Some(1)), "{first}");
    let missing = client(&owner).filter_log_events(&of("/aws/lambda/nope"), None).await.unwrap_err();
    assert!(matches!(missing, crate::aws::Error::NotFound(_)), "{missing:?}");
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_loads_its_project_into_the_owner_and_loading_again_changes_only_what_changed() {
    let home = tempfile::tempdir().unwrap();
    let store = home.path().join("store");
    let file = project(home.path(), SERVERLESS);
    let owner = attach(options(Some(&store), home.path())).await.unwrap();
    assert_eq!(names(&owner).await, [""; 0]);
    let guest = attach(with_project(Some(&store), &file, &[("shop-dev-greet", "cat")])).await.unwrap();
    assert!(guest.shared);
    assert_eq!(output(&guest, "order").await.as_deref(), Some(r#"{"n":1}"#));
    let described = async |name: &str| {
        let arn = resolved(&owner, name).await;
        let body = serde_json::json!({ "stateMachineArn": arn });
        super::sfn(&owner.endpoint, "DescribeStateMachine", &body).await.1
    };
    let before = (described("order").await, described("fixed-name").await);

    project(home.path(), &SERVERLESS.replace("Done", "Finished"));
    let again = attach(with_project(Some(&store), &file, &[])).await.unwrap();
    assert_eq!(described("order").await, before.0);
    let changed = described("fixed-name").await;
    assert!(changed["definition"].as_str().unwrap().contains("Finished") && changed["revisionId"].is_string());
    assert_eq!(changed["creationDate"], before.1["creationDate"]);

    project(home.path(), &SERVERLESS[..SERVERLESS.find("    other:").unwrap()]);
    let last = attach(with_project(Some(&store), &file, &[])).await.unwrap();
    assert_eq!(names(&owner).await.len(), 1);
    for client in [guest, again, last] {
        client.release().await;
    }
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_found_again_by_the_next_owner_without_a_project() {
    let home = tempfile::tempdir().unwrap();
    let store = home.path().join("store");
    let file = project(home.path(), SERVERLESS);
    attach(with_project(Some(&store), &file, &[("greet", "cat")])).await.unwrap().release().await;
    let owner = attach(options(Some(&store), home.path())).await.unwrap();
    assert_eq!(output(&owner, "order").await.as_deref(), Some(r#"{"n":1}"#));
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_of_an_environment_is_ever_stored() {
    let home = tempfile::tempdir().unwrap();
    let store = home.path().join("store");
    let file = project(home.path(), &SERVERLESS.replace("hello", "s3cr3t-value"));
    attach(with_project(Some(&store), &file, &[])).await.unwrap().release().await;
    let mut files = 0;
    for entry in std::fs::read_dir(&store).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(12).any(|window| window == b"s3cr3t-value"), "{}", path.display());
        }
    }
    assert!(files >= 2, "the store and its lock");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_the_project_lacks_is_told_with_the_nearest() {
    let home = tempfile::tempdir().unwrap();
    let file = project(home.path(), SERVERLESS);
    let error = attach(with_project(None, &file, &[("gret", "cat")])).await.unwrap_err();
    assert_eq!(error.to_string(), "the project has no function gret: did you mean greet?");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_with_errors_is_told_with_their_places() {
    let home = tempfile::tempdir().unwrap();
    let file = project(home.path(), &SERVERLESS.replace("StartAt: Done", "StartAt: Dune"));
    let error = attach(with_project(None, &file, &[])).await.unwrap_err();
    let LocalError::Invalid { diagnostics, .. } = error else { panic!("{error}") };
    assert!(!diagnostics.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_definition_takes_functions_from_the_command_line() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("plain.asl.json");
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:lambda:eu-west-1:123456789012:function:double","End":true}}}"#;
    std::fs::write(&file, definition).unwrap();
    let owner = attach(with_project(None, &file, &[("double", "cat")])).await.unwrap();
    assert_eq!(output(&owner, "plain").await.as_deref(), Some(r#"{"n":1}"#));
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_an_owner_left_undone_is_done_by_the_next_one_without_a_project() {
    let home = tempfile::tempdir().unwrap();
    let store = home.path().join("store");
    let file = project(home.path(), SERVERLESS);
    let command = "test -e ready || exec sleep 600; cat";
    let owner = attach(with_project(Some(&store), &file, &[("greet", command)])).await.unwrap();
    let arn = resolved(&owner, "order").await;
    let started = client(&owner).start_execution(&arn, r#"{"n":1}"#, None).await.unwrap();
    // It leaves while the function runs, as a command does that was interrupted.
    owner.release().await;
    std::fs::write(home.path().join("ready"), "").unwrap();
    let owner = attach(options(Some(&store), home.path())).await.unwrap();
    owner.quiesce().await.unwrap();
    let execution = client(&owner).describe_execution(&started.arn).await.unwrap();
    assert_eq!((execution.status.as_str(), execution.output.as_deref()), ("SUCCEEDED", Some(r#"{"n":1}"#)));
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_activities_of_a_project_are_there_as_long_as_its_file_has_them() {
    let home = tempfile::tempdir().unwrap();
    let store = home.path().join("store");
    let listed = async |owner: &Owner| {
        let (_, listed) = super::sfn(&owner.endpoint, "ListActivities", &json!({})).await;
        let names = listed["activities"].as_array().unwrap().iter();
        names.map(|activity| activity["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (activities, expected) in
        [("[approve, pack]", vec!["approve", "mine", "pack"]), ("[pack]", vec!["mine", "pack"])]
    {
        let text = SERVERLESS.replace("stepFunctions:\n", &format!("stepFunctions:\n  activities: {activities}\n"));
        let file = project(home.path(), &text);
        let owner = attach(with_project(Some(&store), &file, &[])).await.unwrap();
        let (status, _) = super::sfn(&owner.endpoint, "CreateActivity", &json!({ "name": "mine" })).await;
        assert_eq!((status, listed(&owner).await), (200, expected.into_iter().map(ToOwned::to_owned).collect()));
        owner.release().await;
    }
}
