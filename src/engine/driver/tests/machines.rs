//! Machines and registrations.

use super::*;
use crate::engine::api::EngineError;
use crate::engine::driver::message::Message;
use crate::engine::driver::programs::Definition;

#[tokio::test]
async fn the_same_machine_twice_is_one() {
    let bench = Bench::open(REAL, None);
    let first = bench.engine.create_state_machine(machine(&pass())).await.unwrap();
    let other_role = NewStateMachine { role_arn: Arc::from("other"), ..machine(&pass()) };
    let again = bench.engine.create_state_machine(other_role).await.unwrap();
    assert_eq!((again.created, &again.spec.role_arn), (first.created, &first.spec.role_arn));
    let express = NewStateMachine { machine_type: StateMachineType::Express, ..machine(&pass()) };
    let logged = NewStateMachine { settings: json!({ "loggingConfiguration": {} }), ..machine(&pass()) };
    for other in [machine(&wait(1)), express, logged] {
        let answer = bench.engine.create_state_machine(other).await;
        assert!(matches!(answer, Err(EngineError::StateMachineAlreadyExists(_))), "{answer:?}");
    }
    assert_eq!(bench.engine.list_state_machines().await.unwrap().len(), 1);
}

#[tokio::test]
async fn creating_and_starting_in_one_turn_works() {
    let bench = Bench::open(REAL, None);
    let (machine, definition) = (machine(&pass()), Definition::read(&pass().to_string()));
    let (created, started) = tokio::join!(
        bench.engine.command(|answer| Message::CreateMachine { machine, publish: None, definition, answer }),
        bench.engine.start_execution(start("one", "{}")),
    );
    created.unwrap();
    started.unwrap();
}

#[tokio::test]
async fn a_running_execution_keeps_the_definition_that_it_began_with() {
    let bench = Bench::with(REAL, None, &callback(600)).await;
    let started = bench.start("one", "{}").await;
    let token = bench.token().await;
    let updated = bench.engine.update_state_machine(machine(&pass())).await.unwrap();
    assert!(updated.revision_id.is_some());
    let same = bench.engine.update_state_machine(machine(&pass())).await.unwrap();
    assert_eq!((same.revision_id, same.updated), (updated.revision_id.clone(), updated.updated));
    let runs = bench.engine.describe_state_machine_for_execution(&started.arn).await.unwrap();
    assert_eq!((&*runs.spec.definition, runs.revision_id), (callback(600).to_string().as_str(), None));
    let now = bench.engine.describe_state_machine(MACHINE).await.unwrap();
    assert_eq!((&*now.spec.definition, now.revision_id), (pass().to_string().as_str(), updated.revision_id));
    bench.engine.send_task_success(&token, payload("1")).await.unwrap();
    assert!(bench.events(&started).await.contains(&"TaskSucceeded".to_owned()));
}

#[tokio::test]
async fn a_deleted_machine_leaves_its_executions() {
    let bench = Bench::with(REAL, None, &wait(600)).await;
    let started = bench.start("one", "{}").await;
    bench.engine.delete_state_machine(MACHINE).await.unwrap();
    bench.engine.delete_state_machine(MACHINE).await.unwrap();
    let gone = bench.engine.describe_state_machine(MACHINE).await;
    assert!(matches!(gone, Err(EngineError::StateMachineDoesNotExist(_))));
    let refused = bench.engine.start_execution(start("two", "{}")).await;
    assert!(matches!(refused, Err(EngineError::StateMachineDoesNotExist(_))));
    let refused = bench.engine.update_state_machine(machine(&pass())).await;
    assert!(matches!(refused, Err(EngineError::StateMachineDoesNotExist(_))));
    assert_eq!(bench.describe(&started).await.status, ExecutionStatus::Running);
    bench.engine.stop_execution(&started.arn, None, None).await.unwrap();
}

#[tokio::test]
async fn a_definition_with_errors_is_refused_with_all_of_them() {
    let bench = Bench::open(REAL, None);
    let wrong = json!({ "StartAt": "X", "States": { "S": { "Type": "Pass" } } });
    for definition in [wrong.to_string(), "{".to_owned()] {
        let refused = NewStateMachine { definition: Arc::from(definition), ..machine(&wrong) };
        let answer = bench.engine.create_state_machine(refused).await;
        assert!(matches!(&answer, Err(EngineError::InvalidDefinition(all)) if !all.is_empty()), "{answer:?}");
    }
    assert!(bench.engine.list_state_machines().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_express_machine_has_no_tokens() {
    let bench = Bench::open(REAL, None);
    let express = NewStateMachine { machine_type: StateMachineType::Express, ..machine(&callback(60)) };
    let answer = bench.engine.create_state_machine(express).await;
    assert!(matches!(answer, Err(EngineError::InvalidDefinition(_))), "{answer:?}");
    // An update does not change the type, so what it asks for does not decide.
    let express = NewStateMachine { machine_type: StateMachineType::Express, ..machine(&pass()) };
    bench.engine.create_state_machine(express).await.unwrap();
    let answer = bench.engine.update_state_machine(machine(&callback(60))).await;
    assert!(matches!(answer, Err(EngineError::InvalidDefinition(_))), "{answer:?}");
}

#[tokio::test]
async fn registrations_are_kept_and_the_last_wins() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(REAL, Some(folder.path()));
    for (name, value) in [("b", json!(1)), ("a", json!(2)), ("b", json!({ "c": [3] }))] {
        bench.engine.put_registration("function", name, value).await.unwrap();
    }
    bench.engine.shutdown().await;
    let bench = Bench::open(REAL, Some(folder.path()));
    let kept = bench.engine.registrations("function").await.unwrap();
    assert_eq!(kept, [("a".to_owned(), json!(2)), ("b".to_owned(), json!({ "c": [3] }))]);
    assert_eq!(bench.engine.registrations("other").await.unwrap(), []);
}
