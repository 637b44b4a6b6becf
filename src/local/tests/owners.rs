//! Who holds a store's lock serves it.

use std::time::Duration;

use super::{PASS, client, create, machine_arn, options};
use crate::aws::Error;
use crate::engine::ClockMode;
use crate::local::{AttachOptions, LocalError, Owner, attach, store_lock};

async fn attached(folder: &std::path::Path) -> Owner {
    attach(options(Some(folder), folder)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_attach_is_a_client_of_the_first() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let first = attached(&folder).await;
    let second = attached(&folder).await;
    assert_eq!((first.shared, second.shared), (false, true));
    assert_eq!(first.endpoint, second.endpoint);
    create(&first.endpoint, "m", PASS).await;
    assert_eq!(client(&second).list_state_machines().await.unwrap().len(), 1);
    second.quiesce().await.unwrap();
    assert_eq!(second.clock().await.unwrap().mode, ClockMode::Real);
    assert!(second.advance_clock(Some(Duration::from_secs(1))).await.is_err());
    // A client that leaves takes nothing with it.
    second.release().await;
    assert_eq!(client(&first).list_state_machines().await.unwrap().len(), 1);
    first.release().await;
    assert_eq!(store_lock::read_owner(&folder), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_whose_owner_left_becomes_the_owner_and_finds_everything() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let first = attached(&folder).await;
    let mut second = attached(&folder).await;
    create(&first.endpoint, "m", PASS).await;
    let started = client(&first).start_execution(&machine_arn("m"), "{}", None).await.unwrap();
    first.quiesce().await.unwrap();
    first.release().await;

    assert!(matches!(second.quiesce().await, Err(LocalError::Gone(_))));
    assert!(matches!(client(&second).list_state_machines().await, Err(Error::Network { unsent: true, .. })));
    second.reconnect().await.unwrap();
    assert!(!second.shared);
    let execution = client(&second).describe_execution(&started.arn).await.unwrap();
    assert_eq!(execution.status, "SUCCEEDED");
    second.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_was_killed_leaves_a_file_and_no_lock() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    attached(&folder).await.release().await;
    let stale = r#"{"endpoint":"http://127.0.0.1:9","secret":"s","pid":1,"version":"0.0.0"}"#;
    std::fs::write(folder.join("owner.json"), stale).unwrap();
    let owner = attached(&folder).await;
    assert!(!owner.shared);
    assert_eq!(store_lock::read_owner(&folder).unwrap().endpoint, owner.endpoint);
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_of_another_version_is_named() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let lock = store_lock::StoreLock::try_acquire(&folder).unwrap().unwrap();
    let other = r#"{"endpoint":"http://127.0.0.1:9","secret":"s","pid":4711,"version":"99.0.0"}"#;
    std::fs::write(folder.join("owner.json"), other).unwrap();
    let error = attach(options(Some(&folder), &folder)).await.unwrap_err();
    assert!(matches!(&error, LocalError::OtherVersion { pid: 4711, .. }), "{error}");
    lock.release();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_clients_of_a_leaving_owner_agree_on_the_next_one() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let first = attached(&folder).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(attached(&folder).await);
    }
    create(&first.endpoint, "m", PASS).await;
    let reconnects: Vec<_> = clients
        .into_iter()
        .map(|mut owner| {
            tokio::spawn(async move {
                while client(&owner).list_state_machines().await.is_ok() {
                    tokio::task::yield_now().await;
                }
                owner.reconnect().await.unwrap();
                owner
            })
        })
        .collect();
    first.release().await;
    let mut owners = Vec::new();
    for reconnect in reconnects {
        owners.push(reconnect.await.unwrap());
    }
    assert_eq!(owners.iter().filter(|owner| !owner.shared).count(), 1);
    for owner in &owners {
        assert_eq!(owner.endpoint, owners[0].endpoint);
        assert_eq!(client(owner).list_state_machines().await.unwrap().len(), 1);
    }
    for owner in owners {
        owner.release().await;
    }
}

fn looking(folder: &std::path::Path) -> AttachOptions {
    AttachOptions { runs_tasks: false, ..options(Some(folder), folder) }
}

#[tokio::test]
async fn who_does_tasks_is_no_client_of_an_owner_that_does_none() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let looker = attach(looking(&folder)).await.unwrap();
    let leave = async {
        let begun = std::time::Instant::now();
        while !store_lock::Claim::is_staked(&folder).unwrap() {
            assert!(begun.elapsed() < Duration::from_secs(10), "nobody claims the store");
            tokio::task::yield_now().await;
        }
        looker.release().await;
    };
    let (worker, ()) = tokio::join!(attached(&folder), leave);
    assert!(!worker.shared);
    worker.release().await;
}

#[tokio::test]
async fn who_only_looks_leaves_a_claimed_store_to_who_does_tasks() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let claim = store_lock::Claim::stake(&folder).unwrap();
    // In this order: the first one finds the lock free.
    let (looker, worker) = tokio::join!(attach(looking(&folder)), attached(&folder));
    let looker = looker.unwrap();
    assert_eq!((looker.shared, worker.shared), (true, false));
    drop(claim);
    looker.release().await;
    worker.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn virtual_time_is_for_memory_and_moves_there() {
    let home = tempfile::tempdir().unwrap();
    let mut virtual_time = options(Some(home.path()), home.path());
    virtual_time.clock = ClockMode::Virtual { expire: false };
    assert!(matches!(attach(virtual_time.clone()).await, Err(LocalError::VirtualTimeNeedsMemory)));
    virtual_time.folder = None;
    let owner = attach(virtual_time).await.unwrap();
    let before = owner.clock().await.unwrap();
    let after = owner.advance_clock(Some(Duration::from_secs(61))).await.unwrap();
    assert!(after.now.0 - before.now.0 >= 61_000, "{before:?} {after:?}");
    owner.release().await;
}

#[tokio::test]
async fn no_secret_is_shown() {
    let home = tempfile::tempdir().unwrap();
    let mut with_secrets = options(Some(&home.path().join("store")), home.path());
    with_secrets.environment.insert("DATABASE_PASSWORD".to_owned(), "hunter2".to_owned());
    let owner = attach(with_secrets.clone()).await.unwrap();
    let client = attach(with_secrets).await.unwrap();
    owner.open_gateway(crate::local::Listen::default()).await.unwrap();
    let kept = std::fs::read_to_string(home.path().join("store/owner.json")).unwrap();
    let secret = serde_json::from_str::<serde_json::Value>(&kept).unwrap()["secret"].as_str().unwrap().to_owned();
    for shown in [
        format!("{owner:?}"),
        format!("{client:#?}"),
        format!("{:?}", store_lock::read_owner(&home.path().join("store"))),
    ] {
        assert!(!shown.contains("hunter2") && !shown.contains(&secret), "{shown}");
        assert!(shown.contains("[secret]"), "{shown}");
    }
    owner.release().await;
}
