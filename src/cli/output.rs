//! Where words go: data to stdout, status to stderr; colour only for people.

use std::io::{self, IsTerminal, Write};

use serde_json::Value;
use tracing_subscriber::EnvFilter;

use super::error::CliError;
use super::exit::Exit;

/// How this run speaks.
#[derive(Clone, Debug)]
pub(super) struct Output {
    json: bool,
    /// Stderr is a terminal: progress bars, colour.
    live: bool,
    colour: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        let live = io::stderr().is_terminal();
        // https://no-color.org: any non-empty value counts.
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            json,
            live,
            colour: live && !plain,
        }
    }

    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether progress may be drawn.
    pub fn live(&self) -> bool {
        self.live && !self.json
    }

    pub fn colour(&self) -> bool {
        self.colour
    }

    /// One line, or block, of data for people. A closed pipe ends the output, not the work.
    pub fn data(&self, text: &str) {
        let _ = writeln!(io::stdout().lock(), "{text}");
    }

    /// One event or document for programs.
    pub fn event(&self, value: &Value) {
        let mut stdout = io::stdout().lock();
        let _ = writeln!(stdout, "{value}");
        let _ = stdout.flush();
    }

    /// Status for people; programs do not see it.
    pub fn status(&self, text: &str) {
        if !self.json {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// Something a person should know even when a program reads stdout.
    pub fn warn(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "warning: {text}");
    }

    /// Reports the error that ends the command.
    pub fn fail(&self, error: &CliError) -> Exit {
        if self.json {
            self.event(&error.to_json());
        }
        let _ = writeln!(io::stderr().lock(), "{}", error.render(self.colour));
        error.exit()
    }

    /// Asks a yes-or-no question on the terminal; without one the answer must have been given by --yes.
    pub fn confirm(&self, question: &str) -> Result<bool, CliError> {
        if !io::stdin().is_terminal() || !self.live {
            return Err(CliError::usage("this needs a yes, and there is no terminal to ask on").hint("pass --yes"));
        }
        let _ = write!(io::stderr().lock(), "{question} [y/N] ");
        let mut answer = String::new();
        io::stdin()
            .read_line(&mut answer)
            .map_err(|error| CliError::failed(format!("cannot read the answer: {error}")))?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}

/// Logs go to stderr: warnings always, more with -v; RUST_LOG overrides.
pub(super) fn start_logging(verbose: u8) {
    let default = match verbose {
        0 => "pipectl=warn",
        1 => "pipectl=info,aws_config=info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(verbose > 1);
    let _ = subscriber.try_init();
}
