//! What people see: data in, text out.
//!
//! Owns: the look of diagnostics. Must not know: AWS, servers, the engine's work, where its text is written to.
//! Start reading at [`diagnostics`].

pub mod diagnostics;
