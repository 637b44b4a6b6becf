//! Any bytes as a journal, and journals with any damage.
//!
//! Input: a byte that chooses a machine (its last bit: whether bytes are the journal itself, or a schedule and damage), and
//! the bytes.

#![no_main]

use std::sync::{Arc, LazyLock};

use iw102::asl::syntax::{Sources, json};
use iw102::asl::{Payload, Program, compile};
use iw102::engine::core::{Execution, history, journal};
use iw102_fuzz::run::{Run, subject};
use libfuzzer_sys::fuzz_target;

const MACHINES: [&str; 3] = [
    r#"{"StartAt":"A","TimeoutSeconds":300,"States":{
        "A":{"Type":"Pass","Result":{"items":[1,2]},"Assign":{"x.$":"$"},"Next":"M"},
        "M":{"Type":"Map","ItemsPath":"$.items","ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task",
            "Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","TimeoutSeconds":9,
            "Retry":[{"ErrorEquals":["E"],"MaxAttempts":2}],"End":true}}},
            "Catch":[{"ErrorEquals":["States.ALL"],"Next":"W"}],"Next":"W"},
        "W":{"Type":"Wait","Seconds":3,"End":true}}}"#,
    r#"{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[
            {"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters":{"FunctionName":"f","Payload.$":"$$.Task.Token"},"HeartbeatSeconds":30,"End":true}}},
            {"StartAt":"V","States":{"V":{"Type":"Task","Resource":"arn:aws:states:us-east-1:000000000000:activity:a",
                "TimeoutSeconds":40,"End":true}}}],"Next":"F"},
        "F":{"Type":"Fail","Error":"E","Cause":"because"}}}"#,
    r#"{"StartAt":"D","States":{"D":{"Type":"Map","MaxConcurrency":2,"ToleratedFailureCount":1,
        "ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{}},"ItemBatcher":{"MaxItemsPerBatch":2},
        "ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{}},
        "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED"},"StartAt":"E",
            "States":{"E":{"Type":"Pass","End":true}}},"End":true}}}"#,
];

static PROGRAMS: LazyLock<[Arc<Program>; 3]> = LazyLock::new(|| {
    MACHINES.map(|text| {
        let mut sources = Sources::default();
        let id = sources.add("machine", text);
        let node = json::parse(&sources, id).0.expect("a machine is JSON");
        let (program, diagnostics) = compile(&node);
        Arc::new(program.unwrap_or_else(|| panic!("{diagnostics:?}")))
    })
});

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let program = &PROGRAMS[usize::from(choice >> 1) % 3];
    let bytes = if choice & 1 == 1 { rest.to_vec() } else { damaged(program, rest) };
    let folded = Execution::fold(subject(), Arc::clone(program), &bytes);
    let shown = history(&subject(), program, &bytes);
    // Nothing at all has a history, an empty one, and is no execution.
    let begun = shown.as_ref().is_ok_and(|events| !events.is_empty());
    assert_eq!(folded.is_ok(), begun, "{folded:?} {shown:?}");
    let (Ok(_), Ok(shown)) = (folded, shown) else { return };
    // Whatever was read is gone on with: what is written to its end is read with it, and the past stays what it was.
    let Some(mut run) = Run::fold(Arc::clone(program), bytes) else { return };
    run.play(&[0xB0, 0x00, 0x13, 0x09, 0xD0, 0xFF]);
    let after = history(&subject(), program, &run.journal).expect("what was gone on with is read");
    assert_eq!(after[..shown.len()], shown[..]);
});

/// What a run left, with damage: a length, so many steps of the outside, then three bytes for each change.
fn damaged(program: &Arc<Program>, script: &[u8]) -> Vec<u8> {
    let (length, script) = script.split_first().unwrap_or((&0, &[]));
    let (schedule, changes) = script.split_at(usize::from(*length % 32).min(script.len()));
    let mut run = Run::start(Arc::clone(program), Payload::parse(r#"{"a":1}"#).expect("JSON"));
    run.play(schedule);
    let mut bytes = run.journal;
    for change in changes.chunks_exact(3).take(8) {
        let place = (usize::from(change[0]) * 8 + usize::from(change[1] & 7)) % bytes.len().max(1);
        match change[1] >> 6 {
            0 if bytes.is_empty() => {}
            0 => bytes[place] = change[2],
            1 => bytes.insert(place, change[2]),
            2 if !bytes.is_empty() => drop(bytes.remove(place)),
            2 => {}
            _ => bytes.truncate(place),
        }
    }
    if bytes.is_empty() {
        bytes.push(journal::VERSION);
    }
    bytes
}
