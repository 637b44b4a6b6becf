//! One file per command: its words (`XArgs`, whose doc comment is the help) and what it does (`run`).
//!
//! Start reading at [`invoke`]; [`ending`] is what it shares with `wait`.

pub(crate) mod by_route;
pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod complete;
pub(crate) mod completions;
pub(crate) mod dev;
pub(crate) mod ending;
pub(crate) mod endpoints;
pub(crate) mod fail;
pub(crate) mod heartbeat;
pub(crate) mod help;
pub(crate) mod history;
pub(crate) mod http;
pub(crate) mod invoke;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod logs;
mod lost_start;
pub(crate) mod man;
pub(crate) mod open;
pub(crate) mod redrive;
pub(crate) mod start;
pub(crate) mod starting;
pub(crate) mod status;
pub(crate) mod stop;
pub(crate) mod succeed;
pub(crate) mod token;
pub(crate) mod wait;
pub(crate) mod whoami;
