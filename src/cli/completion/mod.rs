//! Completions: what can stand at the cursor of a shell.
//!
//! Owns: the scripts of the shells (`shell`; the files are in `completions/`), which ask `iw102 complete` for everything; where
//! on the line the cursor is (`cursor`, and `line` for bash, which has it in pieces only); what can stand there (`offer`); whom
//! to ask for names (`names`: the project's file, what is remembered, a local server that runs, AWS's files of profiles). Must
//! not know: how something is sent to AWS.
//!
//! *Invariants:* no call leaves this machine; no secret is shown; no file or folder is made; nothing is said on stderr; what
//! is not known within [`TIME_MAX`] is left out.
//!
//! Why not `clap_complete`'s own engine at run time: it sees one value at a time, and what a value may be depends here on the
//! rest of the line (`--local`, `--stage`, the machine); and in bash it takes `arn:aws:…` for five words.
//!
//! Start reading at [`answer`].

mod cursor;
mod line;
mod names;
mod offer;
mod shell;

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use clap::CommandFactory as _;

use self::cursor::Cursor;
use self::names::Asked;
use self::offer::Offer;
use crate::cli::args::Cli;
use crate::cli::settings::{Environment, Settings};

pub(crate) use self::shell::{Shell, script};

/// How long a person waits at most.
const TIME_MAX: Duration = Duration::from_millis(200);
/// More than this is no help, and slow to show.
const CANDIDATES_MAX: usize = 500;

/// What can be typed, and what that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The word. One that ends in `:`, `=`, `/` or `@` goes on.
    text: String,
    /// One line, or nothing.
    about: String,
}

impl Candidate {
    fn new(text: impl Into<String>, about: impl Into<String>) -> Self {
        Self { text: text.into(), about: about.into() }
    }

    /// Whether more belongs to the word.
    fn goes_on(&self) -> bool {
        self.text.ends_with([':', '=', '/', '@'])
    }
}

/// What a script prints to its shell, given what stands before the cursor: words, the last of which may be empty, or bash's
/// line.
pub(crate) fn answer(shell: Shell, breaks: &str, words: Vec<String>, environment: Environment) -> String {
    let deadline = Instant::now() + TIME_MAX;
    let typed = shell.read(words, breaks);
    let mut root = Cli::command();
    root.build();
    let Some(cursor) = Cursor::find(&root, &typed.words) else { return String::new() };
    let offer = if typed.redirects { Offer::Files } else { Offer::at(&cursor) };
    let candidates = match offer {
        Offer::Files => return shell::FILES.to_owned(),
        Offer::Folders => return shell::FOLDERS.to_owned(),
        Offer::Words(candidates) => candidates,
        Offer::Names(kind) => {
            let asked = Asked { kind, word: cursor.word.clone(), machine: cursor.machine(), deadline };
            gather(asked, &cursor, environment)
        }
    };
    let mut whole: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let is_new = whole.iter().all(|known| known.text != candidate.text);
        if is_new && candidate.text.starts_with(&cursor.word) && !candidate.text.contains(char::is_control) {
            whole.push(candidate);
        }
    }
    whole.truncate(CANDIDATES_MAX);
    for candidate in &mut whole {
        candidate.text.insert_str(0, &cursor.before);
    }
    shell.write(&whole, &typed)
}

/// Asks on a thread of its own, which is left where it is when time is up.
fn gather(asked: Asked, cursor: &Cursor, environment: Environment) -> Vec<Candidate> {
    let (flags, deadline) = (cursor.globals(), asked.deadline);
    let (teller, told) = mpsc::channel();
    thread::spawn(move || {
        // What is wrong with a flag is said to who runs the line.
        if let Ok(settings) = Settings::resolve(&flags, environment) {
            names::tell(&asked, &settings, &teller);
        }
    });
    let mut found = Vec::new();
    while let Ok(some) = told.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        found.extend(some);
    }
    found
}
