//! The house's rules that the compiler does not know: which room may know which, what must not be written where, that every
//! file says what it is. The table of arrows is here; `src/ARCHITECTURE.md` says why.

use std::fs;
use std::path::{Path, PathBuf};

use regex_lite::Regex;

/// Room, and what it may name of the crate besides itself. Rooms are prefixes; the longest that fits a file is its room.
const ARROWS: &[(&str, &[&str])] = &[
    ("asl", &[]),
    ("aws", &["engine::history", "engine::clock"]),
    (
        "engine::core",
        &[
            "asl",
            "engine::api",
            "engine::clock",
            "engine::history",
            "engine::map_run",
            "engine::published",
            "engine::task",
        ],
    ),
    ("engine", &["asl"]),
    ("tasks", &["engine", "asl"]),
    ("gateway", &[]),
    ("project", &["asl"]),
    ("local", &["engine", "tasks", "project", "asl"]),
    ("ui", &["asl", "engine::history", "engine::clock"]),
    ("cli", &["asl", "aws", "engine", "tasks", "project", "local", "ui", "gateway"]),
];

/// A pattern, the rooms (prefixes) in which it may be written, and why nowhere else.
const BANS: &[(&str, &[&str], &str)] = &[
    (r"\baws_(sdk|smithy|credential|config)", &["aws"], "the SDK's types stop in aws"),
    (r"\brusqlite\b", &["engine::store"], "only the store knows SQLite"),
    (r"\bsaphyr", &["asl::syntax"], "YAML's parser stops in the syntax"),
    (r"\bindicatif\b|\banstream\b", &["ui"], "terminals are ui's"),
    (
        r"\breqwest\b",
        &["gateway", "tasks::outside"],
        "calls with a key are the gateway's, and services may be at endpoints with TLS too",
    ),
    (r"\banyhow\b", &["cli", ""], "libraries have errors of their own"),
    (r"\bclap", &["cli", ""], "flags are the command line's"),
    (r"env::(vars?|vars?_os|home_dir)\b", &["cli::settings"], "the environment is read where settings are resolved"),
    (
        r"SystemTime|Timestamp::now|Instant::now",
        &["engine::clock", "engine::driver", "cli", "ui", "tasks", "local", "aws"],
        "time comes in",
    ),
    (
        r"Uuid::new_v4|getrandom",
        &["engine::driver", "engine::store", "local", "tasks", "project::variables", "cli"],
        "chance comes in",
    ),
    (
        r"\basync fn\b|\btokio\b|\bMutex\b",
        &["engine::driver", "engine::task", "tasks", "local", "aws", "gateway", "cli", "ui", ""],
        "the language and the core are not concurrent",
    ),
    (
        r"std::fs\b|tokio::fs\b",
        &["engine::store", "engine::driver", "tasks", "project", "local", "cli"],
        "files are read at the edges",
    ),
];

/// Words that stand for work that was not done, or for a file without an owner.
const BANNED_WORDS: &[&str] = &["TODO", "FIXME", "XXX", "todo!", "unimplemented!", "#[ignore", "#[allow("];
const BANNED_NAMES: &[&str] = &["util", "utils", "helpers", "helper", "common", "misc", "manager"];
/// Lines of a file, above which it is split.
const LINES_MAX: usize = 800;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every Rust file below a folder of the package, with its text.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    rust_files(&root().join(folder), &mut found);
    found
        .into_iter()
        .map(|path| (path.strip_prefix(root()).unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// `src/engine/core/step.rs` → `engine::core::step`; `src/main.rs` and `src/lib.rs` → nothing.
fn module(path: &Path) -> String {
    let parts: Vec<_> = path.with_extension("").iter().skip(1).map(|part| part.to_str().unwrap().to_owned()).collect();
    let parts: Vec<_> = parts.into_iter().filter(|part| !["mod", "main", "lib"].contains(&part.as_str())).collect();
    parts.join("::")
}

fn is_within(module: &str, room: &str) -> bool {
    module == room || (!room.is_empty() && module.strip_prefix(room).is_some_and(|rest| rest.starts_with("::")))
}

fn is_test(path: &Path) -> bool {
    path.iter().any(|part| part == "tests") || path.file_name().is_some_and(|name| name == "tests.rs")
}

/// The text without its comments, so that prose may name anything.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

#[test]
fn arrows_go_one_way() {
    let named = Regex::new(r"\bcrate::([a-z_]+(?:::[a-z_]+)*)").unwrap();
    let mut wrong = Vec::new();
    for (path, text) in files("src").iter().filter(|(path, _)| !is_test(path)) {
        let module = module(path);
        let room = ARROWS.iter().filter(|(room, _)| is_within(&module, room)).max_by_key(|(room, _)| room.len());
        let Some((room, may)) = room else { continue };
        for found in named.captures_iter(&code(text)) {
            let target = &found[1];
            let allowed = is_within(target, room)
                || may.iter().any(|may| is_within(target, may) || is_within(&format!("{target}::"), may));
            if !allowed {
                wrong.push(format!("{}: {room} must not know crate::{target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_written_where_it_must_not_be_known() {
    let mut wrong = Vec::new();
    for (pattern, rooms, why) in BANS {
        let pattern = Regex::new(pattern).unwrap();
        for (path, text) in files("src").iter().filter(|(path, _)| !is_test(path)) {
            let module = module(path);
            if !rooms.iter().any(|room| is_within(&module, room)) && pattern.is_match(&code(text)) {
                wrong.push(format!("{}: {} ({why})", path.display(), pattern.as_str()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_leaves_nothing_undone() {
    let mut wrong = Vec::new();
    for (path, text) in ["src", "tests", "benches", "examples"].iter().flat_map(|folder| files(folder)) {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !text.starts_with("//!") {
            wrong.push(format!("{}: no page (`//!`) at its top", path.display()));
        }
        if text.lines().count() > LINES_MAX {
            wrong.push(format!("{}: more than {LINES_MAX} lines", path.display()));
        }
        if BANNED_NAMES.contains(&name.as_str()) {
            wrong.push(format!("{}: name the concept, not `{name}`", path.display()));
        }
        let words = BANNED_WORDS.iter().filter(|word| name != "tidy" && text.contains(**word));
        wrong.extend(words.map(|word| format!("{}: `{word}`", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_in_the_table_and_in_the_map() {
    let map = fs::read_to_string(root().join("src/ARCHITECTURE.md")).unwrap();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let room = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(ARROWS.iter().any(|(name, _)| *name == room), "{room} has no arrows");
            assert!(
                map.contains(&format!("`{room}`")) || map.contains(&format!("`{room}/`")),
                "{room} is not in the map"
            );
        }
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let main = fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for (path, _) in files("tests/it") {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_top = path.parent().is_some_and(|folder| folder.ends_with("it"));
        assert!(
            name == "main" || !is_top || main.contains(&format!("mod {name};")),
            "{name} is not in tests/it/main.rs"
        );
    }
}

#[test]
fn every_fuzz_target_is_built_described_and_begins_somewhere() {
    let fuzz = root().join("fuzz");
    let (manifest, readme) =
        (fs::read_to_string(fuzz.join("Cargo.toml")).unwrap(), fs::read_to_string(fuzz.join("README.md")).unwrap());
    let targets = files("fuzz/targets");
    assert!(targets.len() >= 9, "targets are gone: {targets:?}");
    for (path, _) in targets {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name} is not in fuzz/Cargo.toml");
        assert!(readme.contains(&format!("\n| `{name}` |")), "{name} is not in fuzz/README.md");
        assert!(fuzz.join("seeds").join(name).is_dir(), "{name} has no seeds");
    }
}
