//! The `perfteam` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    perfteam::cli::main()
}
