//! What the system lets this process do: how many files and connections it may have open, and what becomes of it when a file
//! may not grow.

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

/// What both listeners at their bounds need, with the store and the functions' processes, and room to spare. Not more: macOS
/// refuses more than 10,240, and some programs look at every descriptor that they may have, functions among them.
const DESCRIPTORS: u64 = 8_192;

/// Raises the soft limit, which shells set to as few as 256, as far as the hard one lets it.
pub(super) fn raise() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if let Some(raised) = raised(current, maximum) {
        // Where the system refuses, the listeners do with what there is: they wait for a descriptor.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum });
    }
}

/// A file at its limit (`ulimit -f`) ends the process that writes to it, unless that has a handler: then the write fails, and
/// is told as a full disk is. The handler stays for as long as the process, and is nothing that its children inherit.
pub(super) fn outlive_full_files() {
    // Where there can be no handler, the process ends as others do.
    drop(signal(SignalKind::from_raw(Signal::XFSZ.as_raw())));
}

/// What the soft limit is to be; `None` where it may stay. A limit that is not there is `None` too.
fn raised(soft: Option<u64>, hard: Option<u64>) -> Option<u64> {
    let possible = hard.map_or(DESCRIPTORS, |hard| hard.min(DESCRIPTORS));
    soft.filter(|soft| *soft < possible).map(|_| possible)
}

#[cfg(test)]
mod tests {
    use super::raised;

    #[test]
    fn a_soft_limit_is_raised_to_what_is_needed_and_never_lowered() {
        for (soft, hard, expected) in [
            (Some(256), None, Some(8_192)),
            (Some(1_024), Some(1_048_576), Some(8_192)),
            (Some(1_024), Some(4_096), Some(4_096)),
            (Some(4_096), Some(4_096), None),
            (Some(20_000), Some(20_000), None),
            (None, None, None),
        ] {
            assert_eq!(raised(soft, hard), expected, "{soft:?} {hard:?}");
        }
    }
}
