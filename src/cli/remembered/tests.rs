//! What is remembered, forgotten, and survived.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;

use super::Remembered;
use crate::aws::StateMachineSummary;
use crate::engine::Timestamp;

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:M";
const HOUR_MS: i64 = 3_600_000;

fn execution(name: &str) -> String {
    format!("arn:aws:states:us-east-1:000000000000:execution:M:{name}")
}

fn machine(name: &str) -> StateMachineSummary {
    StateMachineSummary {
        arn: format!("arn:aws:states:us-east-1:000000000000:stateMachine:{name}"),
        name: name.to_owned(),
        machine_type: "STANDARD".to_owned(),
        created: Timestamp(1_000),
    }
}

fn names(remembered: &Remembered) -> Vec<String> {
    let last = |arn: String| arn.rsplit(':').next().unwrap_or_default().to_owned();
    remembered.executions().into_iter().map(|execution| last(execution.arn)).collect()
}

/// Every file below a folder, but the locks.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(below).filter(|path| path.file_name().unwrap() != "lock").collect()
}

#[test]
fn the_newest_execution_is_the_last_noted_one() {
    let home = tempfile::tempdir().unwrap();
    let remembered = Remembered::new(home.path().to_owned(), "us-east-1");
    assert_eq!(remembered.last_execution(None), None);
    for (name, machine) in [("a", MACHINE), ("b", "arn:aws:states:::stateMachine:N"), ("c", MACHINE)] {
        remembered.note_execution(&execution(name), machine, Timestamp(7));
    }
    assert_eq!(names(&remembered), ["c", "b", "a"]);
    let last = remembered.last_execution(Some("arn:aws:states:::stateMachine:N")).unwrap();
    assert_eq!((last.arn, last.started), (execution("b"), Timestamp(7)));
    remembered.note_execution(&execution("a"), MACHINE, Timestamp(7));
    assert_eq!(names(&remembered), ["a", "c", "b"], "joined again");
    remembered.note_execution(&execution("d"), &format!("{MACHINE}:live"), Timestamp(7));
    for machine in [MACHINE, &format!("{MACHINE}:2")] {
        assert_eq!(remembered.last_execution(Some(machine)).unwrap().arn, execution("d"), "by any alias or version");
    }
    let elsewhere = Remembered::new(home.path().to_owned(), "eu-west-1");
    assert_eq!(elsewhere.last_execution(None), None);
}

#[test]
fn no_more_than_two_hundred_executions_are_kept_and_no_word_that_is_no_arn() {
    let home = tempfile::tempdir().unwrap();
    let remembered = Remembered::new(home.path().to_owned(), "");
    remembered.note_execution("a word", MACHINE, Timestamp(0));
    remembered.note_execution(&execution(&"x".repeat(2_000)), MACHINE, Timestamp(0));
    assert!(files(home.path()).is_empty());
    for number in 0..205 {
        remembered.note_execution(&execution(&number.to_string()), MACHINE, Timestamp(0));
    }
    let kept = names(&remembered);
    assert_eq!((kept.len(), kept[0].as_str(), kept[199].as_str()), (200, "204", "5"));
}

#[test]
fn machines_are_known_for_an_hour_and_their_names_longer() {
    let home = tempfile::tempdir().unwrap();
    let remembered = Remembered::new(home.path().to_owned(), "");
    let machines = [machine("M"), machine("N")];
    remembered.note_machines_at(&machines, Timestamp(0));
    assert_eq!(remembered.machines_at(Timestamp(HOUR_MS - 1)).as_deref(), Some(machines.as_slice()));
    assert_eq!(remembered.machines_at(Timestamp(HOUR_MS)), None);
    assert_eq!(remembered.machines_at(Timestamp(-1)), None, "a clock that was set back");
    assert_eq!(remembered.machine_names(), ["M", "N"]);
    remembered.note_machines(&machines);
    assert!(remembered.machines().is_some());
    remembered.forget_machines();
    assert_eq!((remembered.machines(), remembered.machine_names()), (None, Vec::new()));
}

#[test]
fn names_of_keys_and_states_are_replaced_by_what_was_seen_last() {
    let home = tempfile::tempdir().unwrap();
    let remembered = Remembered::new(home.path().to_owned(), "");
    remembered.note_api_key_names(["old"]);
    remembered.note_api_key_names(["one", "two", &"x".repeat(2_000)]);
    assert_eq!(remembered.api_key_names(), ["one", "two"]);
    let each = r#"{"Type": "Map", "Iterator": {"StartAt": "Second", "States": {"Second": {"Type": "Succeed"}}}}"#;
    remembered.note_definition(MACHINE, r#"{"States": {"Old": {}}}"#);
    remembered.note_definition("other", r#"{"States": {"Wait": {"Type": "Wait"}}}"#);
    remembered.note_definition(MACHINE, &format!(r#"{{"StartAt": "First", "States": {{"First": {each}}}}}"#));
    remembered.note_definition(MACHINE, "no JSON");
    assert_eq!(remembered.states(Some(MACHINE)), ["First", "Second"]);
    assert_eq!(remembered.states(None), ["First", "Second", "Wait"]);
    for number in 0..60 {
        remembered.note_definition(&number.to_string(), r#"{"States": {"S": {}}}"#);
    }
    assert_eq!(remembered.states(None).len(), 50);
}

#[test]
fn a_damaged_or_foreign_file_is_ignored_and_written_anew() {
    let home = tempfile::tempdir().unwrap();
    let remembered = Remembered::new(home.path().to_owned(), "");
    remembered.note_execution(&execution("a"), MACHINE, Timestamp(0));
    let file = files(home.path()).remove(0);
    let newer = r#"{"version":2,"executions":[]}"#;
    for text in ["", "{", "[]", "\0\0\0\0", r#"{"version":1}"#, r#"{"version":1,"executions":[{}]}"#, newer] {
        fs::write(&file, text).unwrap();
        assert_eq!(names(&remembered), [""; 0], "{text}");
        remembered.note_execution(&execution("b"), MACHINE, Timestamp(0));
        assert_eq!(names(&remembered), ["b"], "{text}");
    }
}

#[test]
fn files_are_their_users_alone_and_do_not_tell_the_scope() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("recent")).unwrap();
    let remembered = Remembered::new(home.path().to_owned(), "AKIDEXAMPLE/us-east-1");
    remembered.note_execution(&execution("a"), MACHINE, Timestamp(0));
    remembered.note_machines(&[machine("M")]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for file in files(home.path()) {
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700), "{}", file.display());
        assert!(!file.display().to_string().contains("AKID") && !fs::read_to_string(&file).unwrap().contains("AKID"));
    }
}

#[test]
fn nothing_is_lost_where_many_write_at_once() {
    let home = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for writer in 0..4 {
            let remembered = Remembered::new(home.path().to_owned(), "");
            scope.spawn(move || {
                for number in 0..10 {
                    remembered.note_execution(&execution(&format!("{writer}-{number}")), MACHINE, Timestamp(0));
                    assert!(remembered.last_execution(None).is_some(), "what is read is whole");
                }
            });
        }
    });
    let remembered = Remembered::new(home.path().to_owned(), "");
    assert_eq!(remembered.executions().len(), 40);
    assert_eq!(files(home.path()).len(), 1);
}

#[test]
fn old_scopes_go_when_new_ones_come() {
    let home = tempfile::tempdir().unwrap();
    for number in 0..70 {
        let remembered = Remembered::new(home.path().to_owned(), &number.to_string());
        remembered.note_execution(&execution("a"), MACHINE, Timestamp(0));
    }
    assert_eq!(files(home.path()).len(), 64);
    let newest = Remembered::new(home.path().to_owned(), "69");
    assert_eq!(names(&newest), ["a"]);
}

#[test]
fn a_home_that_cannot_be_written_is_not_written() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "mine").unwrap();
    let remembered = Remembered::new(file.clone(), "");
    remembered.note_execution(&execution("a"), MACHINE, Timestamp(0));
    remembered.note_machines(&[machine("M")]);
    remembered.forget_machines();
    assert_eq!((remembered.last_execution(None), remembered.machines()), (None, None));
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

#[test]
fn what_a_stack_made_is_remembered_apart_and_the_gateway_forgotten_alone() {
    let home = tempfile::tempdir().unwrap();
    let remembered = Remembered::new(home.path().to_owned(), "dev");
    assert_eq!((remembered.gateway(), remembered.deployed_machine("order")), (None, None));
    remembered.note_gateway("https://a.execute-api.eu-west-1.amazonaws.com/dev");
    remembered.note_deployed_machine("order", MACHINE);
    assert_eq!(remembered.gateway().as_deref(), Some("https://a.execute-api.eu-west-1.amazonaws.com/dev"));
    let elsewhere = Remembered::new(home.path().to_owned(), "prod");
    assert_eq!((elsewhere.gateway(), elsewhere.deployed_machine("order")), (None, None));
    remembered.forget_gateway();
    assert_eq!((remembered.gateway(), remembered.deployed_machine("order").as_deref()), (None, Some(MACHINE)));
    remembered.note_gateway(&"x".repeat(3_000));
    remembered.note_deployed_machine("long", &"x".repeat(3_000));
    assert_eq!((remembered.gateway(), remembered.deployed_machine("long")), (None, None));
}
