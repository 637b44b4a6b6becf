//! How many files this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for the connections of both listeners, a second descriptor for each that waits for what only one caller can have,
/// handshakes, the pipes of functions and the store.
const FILES: u64 = 4_096;

/// Raises the bound where the system allows it: 1,024 on most Linux systems and 256 on macOS are fewer than the connections
/// that are let in, and a server that has no descriptor left answers nobody. Functions have this bound too.
pub(super) fn make_room() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(FILES, |maximum| maximum.min(FILES));
    if current.is_some_and(|current| current < wanted) {
        // Where it is refused, fewer connections find room.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}
