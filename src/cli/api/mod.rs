//! A command's way through the API gateway: its flags, its key, its route, the call, and what a refusal means to it.
//!
//! Owns: `--api-key` and its companions, where the gateway is, what comes back. Must not know: any command. Start reading at
//! [`ApiArgs::read`], which is done before a store is opened, and [`Wanted::open`], which is done after.

mod args;
mod calls;
pub(crate) mod discovery;
pub(crate) mod execution;
pub(crate) mod key;
pub(crate) mod refused;
pub(crate) mod route;
mod wanted;

pub(crate) use self::args::{API_KEY_TOOK_A_WORD, ApiArgs};
pub(crate) use self::calls::{Api, GatewayOrFailure};
pub(crate) use self::wanted::Wanted;
