//! From a project's file to its API, whoever owns the store.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Fixture;
use crate::local::tests::options;
use crate::local::{AttachOptions, LocalError, attach};
use crate::project::LoadOptions;

const SERVERLESS: &str = r"
service: shop
provider:
  name: aws
  region: eu-west-1
  stage: dev
  apiKeys:
    - ${self:provider.stage}-first
    - {name: dev-given, value: a-value-that-the-file-gives}
  usagePlan:
    quota: {limit: 5000, offset: 2, period: MONTH}
    throttle: {burstLimit: 200, rateLimit: 100}
stepFunctions:
  stateMachines:
    order:
      events:
        - http: {path: action/start, method: POST, private: true}
        - http: {path: action/status, method: POST, action: DescribeExecution, private: true}
        - http: {path: hello, method: GET, cors: true}
      definition:
        StartAt: Done
        States:
          Done: {Type: Succeed}
";

fn with_file(store: Option<&Path>, scratch: &Path, file: &Path) -> AttachOptions {
    let load = LoadOptions { account: "123456789012".to_owned(), ..LoadOptions::default() };
    AttachOptions { file: Some((file.to_owned(), load)), ..options(store, scratch) }
}

fn write(home: &Path, text: &str) -> PathBuf {
    let file = home.join("serverless.yml");
    std::fs::write(&file, text).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_has_its_api_and_a_load_replaces_it() {
    let scratch = tempfile::tempdir().unwrap();
    let home = scratch.path().to_owned();
    let store = home.join("store");
    let file = write(&home, SERVERLESS);
    let owner = attach(with_file(Some(&store), &home, &file)).await.unwrap();
    let fixture = Fixture::of(owner, scratch).await;
    let made = fixture.served.api.live().unwrap().keys[0].value.clone();
    let first = format!("x-api-key: {}", made.reveal());
    let started = fixture.ask("POST /dev/action/start", &[&first], r#"{"a": 1}"#).await;
    let arn = started.json()["executionArn"].as_str().unwrap_or_default().to_owned();
    assert!(arn.contains(":execution:OrderStepFunctionsStateMachine-"), "{started:?}");
    let body = serde_json::json!({ "executionArn": arn }).to_string();
    let given = "x-api-key: a-value-that-the-file-gives";
    let status = fixture.ask("POST /dev/action/status", &[given], &body).await;
    assert_eq!((status.status, &status.json()["input"]), (200, &serde_json::json!("{\"a\":1}")));
    assert_eq!(fixture.ask("POST /dev/action/start", &[], "{}").await.status, 403);
    assert_eq!(fixture.ask("GET /dev/hello", &[], "").await.header("access-control-allow-origin"), "*");

    let kept = store.join("keys.json");
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&kept).unwrap();
    assert!(text.contains(made.reveal()) && !text.contains("a-value-that-the-file-gives"));

    // A client's load of the changed file.
    let file = write(&home, &SERVERLESS.replace("path: hello", "path: hi").replace("    - {name: dev-given", "#"));
    attach(with_file(Some(&store), &home, &file)).await.unwrap().release().await;
    assert_eq!(fixture.ask("GET /dev/hello", &[], "").await.status, 403);
    assert_eq!(fixture.ask("GET /dev/hi", &[], "").await.status, 200);
    assert_eq!(fixture.ask("POST /dev/action/start", &[given], "{}").await.status, 403);
    assert_eq!(fixture.ask("POST /dev/action/start", &[&first], "{}").await.status, 200);

    // A command that only goes on with executions, or has no project, leaves the API as it is.
    let looks =
        AttachOptions { only_environments: true, ..with_file(Some(&store), &home, &write(&home, "service: x")) };
    attach(looks).await.unwrap().release().await;
    attach(options(Some(&store), &home)).await.unwrap().release().await;
    assert_eq!(fixture.ask("GET /dev/hi", &[], "").await.status, 200);

    // The next owner gives the same key its value.
    let Fixture { owner, served, _connections: connections, _scratch: scratch, .. } = fixture;
    drop((served, connections));
    owner.release().await;
    let owner = attach(with_file(Some(&store), &home, &write(&home, SERVERLESS))).await.unwrap();
    let fixture = Fixture::of(owner, scratch).await;
    assert_eq!(fixture.ask("POST /dev/action/start", &[&first], "{}").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory_no_key_is_written() {
    let home = tempfile::tempdir().unwrap();
    let file = write(home.path(), SERVERLESS);
    let owner = attach(with_file(None, home.path(), &file)).await.unwrap();
    let made = owner.served().unwrap().api.live().unwrap().keys[0].value.clone();
    assert_eq!(made.reveal().len(), 40);
    let mut folders = vec![home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            assert_ne!(path.file_name().unwrap(), "keys.json");
            folders.extend(path.is_dir().then_some(path));
        }
    }
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_has_its_own_timeout_or_api_gateways() {
    let home = tempfile::tempdir().unwrap();
    let file = write(home.path(), &SERVERLESS.replacen("method: POST", "method: POST, timeoutInMillis: 750", 1));
    let owner = attach(with_file(None, home.path(), &file)).await.unwrap();
    let live = owner.served().unwrap().api.live().unwrap();
    let timeouts: Vec<u64> = live.api.routes.iter().map(|route| route.timeout_milliseconds).collect();
    assert_eq!(timeouts, [750, 29_000, 29_000]);
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_template_that_is_none_refuses_the_load() {
    let home = tempfile::tempdir().unwrap();
    let template = "method: POST, request: {template: {application/json: '#if('}}";
    let file = write(home.path(), &SERVERLESS.replacen("method: POST", template, 1));
    let error = attach(with_file(None, home.path(), &file)).await.unwrap_err();
    assert!(matches!(&error, LocalError::MappingTemplate(why) if why.contains("POST action/start")), "{error}");
}
