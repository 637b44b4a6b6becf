//! The binary: starts the command line and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    iw102::cli::main()
}
