//! Versions, aliases, and what was started by them: the same of both stores, kept, gone with their machine.

use super::*;

fn version(number: i64) -> StateMachineVersion {
    let machine = machine(1, 1).spec.arn.clone();
    StateMachineVersion {
        arn: Arc::from(format!("{machine}:{number}")),
        state_machine_arn: machine,
        number,
        revision: number,
        description: (number > 1).then(|| Arc::from("käse")),
        created: Timestamp(number),
    }
}

fn alias(name: &str, created: i64) -> StateMachineAlias {
    let machine = machine(1, 1).spec.arn.clone();
    let route = |number, weight| Route { version_arn: version(number).arn, weight };
    StateMachineAlias {
        arn: Arc::from(format!("{machine}:{name}")),
        state_machine_arn: machine,
        name: Arc::from(name),
        description: None,
        routes: vec![route(1, 70), route(2, 30)],
        created: Timestamp(created),
        updated: Timestamp(9),
    }
}

fn qualified_start(key: i64, qualified: Qualified) -> Write {
    let mut execution = execution(key);
    execution.summary.qualified = qualified;
    Write::Start { execution }
}

fn answers(store: &Store) -> Vec<String> {
    let machine = &machine(1, 1).spec.arn;
    let by = |version_arn, alias_arn| ExecutionFilter { version_arn, alias_arn, ..ExecutionFilter::default() };
    vec![
        format!("{:?}", store.versions(machine).unwrap()),
        format!("{:?}", store.version(&version(2).arn).unwrap()),
        format!("{:?}", store.publications(machine).unwrap()),
        format!("{:?}", store.aliases(machine).unwrap()),
        format!("{:?}", store.alias(&alias("b", 5).arn).unwrap()),
        format!("{:?}", store.execution_at(2).unwrap()),
        format!("{:?}", store.executions(&by(Some(version(1).arn), None), 9).unwrap()),
        format!("{:?}", store.executions(&by(None, Some(alias("b", 5).arn)), 9).unwrap()),
    ]
}

#[test]
fn both_stores_keep_what_was_published() {
    let folder = tempfile::tempdir().unwrap();
    let (mut memory, mut disk) = (Store::open(None, KEY).unwrap(), sqlite(folder.path()));
    let by_alias = Qualified { version_arn: Some(version(1).arn), alias_arn: Some(alias("b", 5).arn) };
    let by_version = Qualified { version_arn: Some(version(1).arn), alias_arn: None };
    let publish = |number, at_creation| Write::Publish { version: version(number), at_creation };
    let steps: [Vec<Write>; 5] = [
        vec![Write::Machine { revision: 1, machine: machine(1, 1) }, publish(1, true), publish(2, false)],
        vec![Write::Alias(alias("b", 5)), Write::Alias(alias("a", 5)), Write::Alias(alias("c", 4))],
        vec![start(1), qualified_start(2, by_alias), qualified_start(3, by_version), Write::Forget { execution: 3 }],
        vec![Write::DeleteVersion { arn: version(2).arn }, Write::DeleteAlias { arn: alias("a", 5).arn }],
        vec![Write::DeleteMachine { arn: machine(1, 1).spec.arn.clone() }],
    ];
    let mut seen = Vec::new();
    for step in steps {
        memory.commit(&step).unwrap();
        disk.commit(&step).unwrap();
        drop(disk);
        disk = sqlite(folder.path());
        let now = answers(&disk);
        assert_eq!(now, answers(&memory));
        assert!(!seen.contains(&now), "a step that changes nothing");
        seen.push(now);
    }
    let names = |store: &Store| store.aliases(&machine(1, 1).spec.arn).unwrap().len();
    assert_eq!((names(&memory), names(&disk)), (0, 0));
    let kept = disk.execution_at(2).unwrap().unwrap().summary.qualified;
    assert_eq!(kept.alias_arn, Some(alias("b", 5).arn), "executions stay what they were");
}

#[test]
fn numbers_are_not_given_again_and_a_publication_at_creation_stays_one() {
    let mut store = Store::open(None, KEY).unwrap();
    let arn = machine(1, 1).spec.arn.clone();
    assert_eq!(store.publications(&arn).unwrap(), None);
    store.commit(&[Write::Publish { version: version(1), at_creation: true }]).unwrap();
    store.commit(&[Write::Publish { version: version(2), at_creation: false }]).unwrap();
    store.commit(&[Write::DeleteVersion { arn: version(2).arn }]).unwrap();
    let at_creation = Some(Publish { description: None });
    assert_eq!(store.publications(&arn).unwrap(), Some(Publications { latest: 2, at_creation }));
}

#[test]
fn a_store_of_version_2_opens_with_everything_in_it_and_takes_versions() {
    let folder = tempfile::tempdir().unwrap();
    let raw = rusqlite::Connection::open(folder.path().join("store.sqlite3")).unwrap();
    raw.execute_batch(include_str!("version_1.sql")).unwrap();
    raw.execute_batch(include_str!("version_2.sql")).unwrap();
    drop(raw);

    let mut store = sqlite(folder.path());
    assert_eq!(store.status_changes().unwrap().len(), 1);
    assert_eq!(running(&store), [2]);
    assert_eq!(store.execution_at(2).unwrap().unwrap().summary.qualified, Qualified::default());
    store.commit(&[Write::Publish { version: version(1), at_creation: false }]).unwrap();
    drop(store);
    assert_eq!(sqlite(folder.path()).version(&version(1).arn).unwrap(), Some(version(1)));
}
