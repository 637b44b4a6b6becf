//! Versions and aliases.

use super::*;
use crate::engine::api::EngineError;
use crate::engine::driver::ExecutionFilter;
use crate::engine::published::{Publish, Qualified, Route};

fn version_arn(number: i64) -> Arc<str> {
    Arc::from(format!("{MACHINE}:{number}"))
}

fn alias_arn(name: &str) -> String {
    format!("{MACHINE}:{name}")
}

fn routes(weights: &[(i64, u8)]) -> Vec<Route> {
    weights.iter().map(|&(number, weight)| Route { version_arn: version_arn(number), weight }).collect()
}

fn described(text: &str) -> Publish {
    Publish { description: Some(Arc::from(text)) }
}

fn by(arn: &str, name: &str) -> StartExecution {
    StartExecution { state_machine_arn: Arc::from(arn), ..start(name, "{}") }
}

#[tokio::test]
async fn a_revision_is_published_once_and_numbers_are_not_given_again() {
    let bench = Bench::with(REAL, None, &pass()).await;
    let engine = &bench.engine;
    let first = engine.publish_version(MACHINE, None, described("one")).await.unwrap();
    assert_eq!((first.number, &first.arn), (1, &version_arn(1)));
    let again = engine.publish_version(MACHINE, Some("INITIAL".to_owned()), Publish::default()).await.unwrap();
    assert_eq!(again, first);
    let made = engine.update_and_publish(machine(&wait(1)), Some(described("two"))).await.unwrap();
    assert_eq!(made.version.unwrap().number, 2);
    engine.delete_version(&version_arn(2)).await.unwrap();
    engine.delete_version(&version_arn(2)).await.unwrap();
    assert_eq!(engine.publish_version(MACHINE, None, Publish::default()).await.unwrap().number, 3);
    let numbers: Vec<i64> = engine.list_versions(MACHINE).await.unwrap().iter().map(|version| version.number).collect();
    assert_eq!(numbers, [3, 1]);
    let refused = engine.publish_version(MACHINE, Some("INITIAL".to_owned()), Publish::default()).await.unwrap_err();
    let current = made.machine.revision_id.unwrap();
    let why = format!(
        "Failed to publish the State Machine version for revision INITIAL. The current State Machine revision is {current}."
    );
    assert_eq!(refused.to_string(), why);
    let nothing = engine.publish_version(&alias_arn("no"), None, Publish::default()).await;
    assert!(matches!(nothing, Err(EngineError::StateMachineDoesNotExist(_))));
}

#[tokio::test]
async fn how_a_machine_is_published_is_a_part_of_what_it_is_made_as() {
    let bench = Bench::open(REAL, None);
    let create = |publish| bench.engine.create_and_publish(machine(&pass()), publish);
    let made = create(Some(described("one"))).await.unwrap();
    assert_eq!(create(Some(described("one"))).await.unwrap().version, made.version);
    for other in [None, Some(Publish::default()), Some(described("two"))] {
        assert!(matches!(create(other).await, Err(EngineError::StateMachineAlreadyExists(_))));
    }
    bench.engine.delete_state_machine(MACHINE).await.unwrap();
    assert!(bench.engine.list_versions(MACHINE).await.unwrap().is_empty());
    assert_eq!(create(None).await.unwrap().version, None);
    bench.engine.publish_version(MACHINE, None, described("one")).await.unwrap();
    assert_eq!(create(None).await.unwrap().version, None, "published later, not as it was made");
}

#[tokio::test]
async fn a_version_runs_what_it_was_published_as_also_after_an_opening() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(REAL, Some(folder.path()));
    bench.engine.create_and_publish(machine(&pass()), Some(Publish::default())).await.unwrap();
    bench.engine.create_alias(&alias_arn("live"), None, routes(&[(1, 100)])).await.unwrap();
    bench.engine.update_state_machine(machine(&callback(600))).await.unwrap();
    bench.engine.shutdown().await;
    let bench = Bench::open(REAL, Some(folder.path()));
    let started = bench.engine.run_execution(by(&version_arn(1), "one")).await.unwrap();
    assert_eq!((started.status, &*started.state_machine_arn), (ExecutionStatus::Succeeded, MACHINE));
    assert_eq!(started.qualified, Qualified { version_arn: Some(version_arn(1)), alias_arn: None });
    let ran = bench.engine.describe_state_machine_for_execution(&started.arn).await.unwrap();
    assert_eq!((&*ran.spec.arn, &*ran.spec.definition), (MACHINE, pass().to_string().as_str()));
    let routed = bench.engine.run_execution(by(&alias_arn("live"), "two")).await.unwrap();
    assert_eq!(routed.status, ExecutionStatus::Succeeded);
    assert_eq!(routed.qualified.alias_arn.as_deref(), Some(alias_arn("live").as_str()));
    let history = bench.engine.execution_history(&routed.arn, None, false, ALL).await.unwrap().events;
    assert_eq!(history[0].text("stateMachineAliasArn"), Some(alias_arn("live").as_str()));
    assert_eq!(history[0].text("stateMachineVersionArn"), Some(&*version_arn(1)));
    for filter in [
        ExecutionFilter { version_arn: Some(version_arn(1)), ..ExecutionFilter::default() },
        ExecutionFilter { alias_arn: Some(Arc::from(alias_arn("live"))), ..ExecutionFilter::default() },
    ] {
        let only_routed = filter.alias_arn.is_some();
        let found = bench.engine.list_executions(filter, 9).await.unwrap();
        assert_eq!(found.len(), if only_routed { 1 } else { 2 });
        assert_eq!(found[0].arn, routed.arn);
    }
    let refused = bench.engine.start_execution(by(&version_arn(9), "three")).await;
    assert!(matches!(refused, Err(EngineError::StateMachineDoesNotExist(arn)) if *arn == *version_arn(9)));
}

#[tokio::test]
async fn an_alias_divides_starts_and_holds_its_versions() {
    let bench = Bench::with(REAL, None, &pass()).await;
    let engine = &bench.engine;
    engine.publish_version(MACHINE, None, Publish::default()).await.unwrap();
    engine.update_and_publish(machine(&wait(0)), Some(Publish::default())).await.unwrap();
    let live = alias_arn("live");
    let made = engine.create_alias(&live, None, routes(&[(1, 50), (2, 50)])).await.unwrap();
    assert_eq!(engine.create_alias(&live, None, routes(&[(1, 50), (2, 50)])).await.unwrap(), made);
    for (description, weights) in [(None, &[(1, 100)][..]), (Some(Arc::from("other")), &[(1, 50), (2, 50)][..])] {
        let other = engine.create_alias(&live, description, routes(weights)).await;
        assert!(matches!(other, Err(EngineError::Conflict(_))), "{other:?}");
    }
    let mut ran = [0, 0];
    for number in 0..40 {
        let started = engine.start_execution(by(&live, &format!("e{number}"))).await.unwrap();
        ran[usize::from(started.qualified.version_arn == Some(version_arn(2)))] += 1;
    }
    assert!(ran[0] > 0 && ran[1] > 0, "{ran:?}");
    let held = engine.delete_version(&version_arn(2)).await.unwrap_err().to_string();
    assert!(held.ends_with("Current list of aliases referencing this version: [live]"), "{held}");
    let missing = engine.update_alias(&live, None, Some(routes(&[(3, 100)]))).await;
    assert!(matches!(missing, Err(EngineError::ResourceNotFound(arn)) if *arn == *version_arn(3)));
    engine.update_alias(&live, None, Some(routes(&[(1, 100)]))).await.unwrap();
    let changed = engine.update_alias(&live, Some(Arc::from("all of it")), None).await.unwrap();
    assert_eq!(changed.routes, routes(&[(1, 100)]));
    assert_eq!(engine.describe_alias(&live).await.unwrap(), changed);
    engine.delete_version(&version_arn(2)).await.unwrap();
    engine.delete_alias(&live).await.unwrap();
    engine.delete_alias(&live).await.unwrap();
    assert!(matches!(engine.describe_alias(&live).await, Err(EngineError::ResourceNotFound(_))));
    assert!(matches!(engine.update_alias(&live, None, None).await, Err(EngineError::ResourceNotFound(_))));
}
