//! The `pipectl` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    pipectl::cli::main()
}
