//! What is written is what is read, in order and within bounds.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn texts(page: &LogPage) -> Vec<&str> {
    page.events.iter().map(|event| event.text.as_str()).collect()
}

#[test]
fn what_is_written_is_read_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let logs = Logs::open(folder.path().join("logs"));
    logs.write("hello", "s1", "one\ntwo\tand a half\r\n\nfour").unwrap();
    let first = logs.events("hello", None, None, None, 3).unwrap();
    assert_eq!((texts(&first), first.more), (vec!["one", "two\tand a half", ""], true));
    let second = logs.events("hello", first.position, None, None, 3).unwrap();
    assert_eq!((texts(&second), second.more), (vec!["four"], false));
    assert_eq!(second.events[0].stream, "s1");
    logs.write("hello", "s2", "five").unwrap();
    let third = logs.events("hello", second.position, None, None, 3).unwrap();
    assert_eq!(texts(&third), ["five"]);
    assert_eq!(logs.functions().unwrap(), ["hello"]);
}

#[test]
fn a_log_that_turns_over_is_bounded_and_can_be_followed() {
    let folder = tempfile::tempdir().unwrap();
    let logs = Logs::with_file_bytes_max(folder.path(), 400);
    let mut position = None;
    let mut seen = Vec::new();
    for number in 0..100 {
        logs.write("f", "s", &format!("line {number}")).unwrap();
        let page = logs.events("f", position, None, None, 10).unwrap();
        position = page.position;
        seen.extend(page.events.into_iter().filter(|event| event.stream == "s").map(|event| event.text));
    }
    assert_eq!(seen, (0..100).map(|number| format!("line {number}")).collect::<Vec<_>>());
    let bytes: u64 = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes <= 800, "{bytes}");
    let oldest = logs.events("f", None, None, None, 1000).unwrap();
    assert!(oldest.events.iter().any(|event| event.text.contains("older bytes of it were removed")));
}

#[test]
fn a_log_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    Logs::open(folder.path()).write("f", "s", "before").unwrap();
    let logs = Logs::open(folder.path());
    let page = logs.events("f", None, None, None, 10).unwrap();
    logs.write("f", "s", "after").unwrap();
    assert_eq!(texts(&logs.events("f", page.position, None, None, 10).unwrap()), ["after"]);
}

#[test]
fn times_bound_a_page() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("f.log"), "10\ts\ta\n20\ts\tb\nnonsense\n30\ts\tc\n40\ts\thalf a li").unwrap();
    let logs = Logs::open(folder.path());
    let page = logs.events("f", None, Some(20), Some(30), 10).unwrap();
    assert_eq!(texts(&page), ["b"]);
    assert_eq!(texts(&logs.events("f", page.position, None, None, 10).unwrap()), Vec::<&str>::new());
    assert_eq!(texts(&logs.events("f", None, None, None, 10).unwrap()), ["a", "b", "c"]);
}

#[test]
fn positions_are_tokens() {
    let position = Position { file_ms: 1_700_000_000_000, end: 42 };
    assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
    for text in ["", "1", "a-1", "1-b", "1-"] {
        assert!(text.parse::<Position>().is_err(), "{text}");
    }
}

#[test]
fn names_do_not_leave_the_folder_and_long_lines_are_split() {
    let folder = tempfile::tempdir().unwrap();
    let logs = Logs::open(folder.path().join("logs"));
    logs.write("../../x", "s", &"ä".repeat(LOG_LINE_BYTES_MAX)).unwrap();
    assert_eq!(logs.functions().unwrap(), ["______x"]);
    let page = logs.events("../../x", None, None, None, 10).unwrap();
    assert_eq!(page.events.len(), 2);
}

#[test]
fn a_function_that_never_logged_has_an_empty_page() {
    let folder = tempfile::tempdir().unwrap();
    let logs = Logs::open(folder.path().join("none"));
    assert_eq!(logs.events("f", None, None, None, 10).unwrap(), LogPage::empty(None));
    assert!(logs.functions().unwrap().is_empty());
}

#[test]
fn nobody_else_reads_what_functions_print() {
    let folder = tempfile::tempdir().unwrap();
    let logs = Logs::open(folder.path().join("logs"));
    logs.write("f", "s", "secret").unwrap();
    let mode = |path: &str| std::fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("logs"), mode("logs/f.log")), (0o700, 0o600));
}

#[test]
fn a_selection_takes_streams_and_texts_and_goes_on_after_what_it_left() {
    let folder = tempfile::tempdir().unwrap();
    let logs = Logs::open(folder.path());
    for number in 0..10 {
        logs.write("f", if number % 2 == 0 { "even" } else { "odd" }, &format!("line {number}")).unwrap();
    }
    let keep = |stream: &str, text: &str| stream == "odd" && text != "line 5";
    let all = Selection { after: None, start_ms: None, end_ms: None, limit: 2, keep: &keep };
    let first = logs.select("f", all).unwrap();
    assert_eq!((texts(&first), first.more), (vec!["line 1", "line 3"], true));
    let second = logs.select("f", Selection { after: first.position, ..all }).unwrap();
    assert_eq!((texts(&second), second.more), (vec!["line 7", "line 9"], false));
}

#[test]
fn streams_and_the_size_of_a_log_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let logs = Logs::open(folder.path().join("logs"));
    assert_eq!((logs.streams("f").unwrap(), logs.size("f")), (vec![], None));
    for (stream, text) in [("b", "one"), ("a", "two"), ("b", "three")] {
        logs.write("f", stream, text).unwrap();
    }
    let streams = logs.streams("f").unwrap();
    assert_eq!(streams.iter().map(|stream| stream.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    let events = logs.events("f", None, None, None, 10).unwrap().events;
    assert_eq!((streams[0].first_ms, streams[0].last_ms), (events[0].timestamp_ms, events[2].timestamp_ms));
    let bytes = fs::metadata(folder.path().join("logs/f.log")).unwrap().len();
    assert_eq!(logs.size("f"), Some(LogSize { first_ms: events[0].timestamp_ms, bytes }));
}
