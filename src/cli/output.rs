//! Where words go: data to stdout, status to stderr; colour only for people.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

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
    /// Why data did not reach stdout, the first time it did not.
    lost: Arc<OnceLock<io::Error>>,
}

impl Output {
    pub fn new(json: bool) -> Self {
        let live = io::stderr().is_terminal();
        Self {
            json,
            live,
            colour: live && !plain(),
            lost: Arc::default(),
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

    /// Whether drawings on stdout may be coloured.
    pub fn coloured_data(&self) -> bool {
        io::stdout().is_terminal() && !plain()
    }

    /// A heading.
    pub fn strong(&self, text: &str) -> String {
        match self.colour {
            true => format!("\x1b[1m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    /// Columns for drawings on stdout: the terminal's, within reason; 100 where there is none.
    pub fn width(&self) -> usize {
        let size = terminal_size::terminal_size_of(io::stdout());
        size.map_or(100, |(width, _)| usize::from(width.0).clamp(40, 160))
    }

    /// One line, or block, of data for people. A closed pipe ends the output, not the work.
    pub fn data(&self, text: &str) {
        self.write(text);
    }

    /// One event or document for programs.
    pub fn event(&self, value: &Value) {
        self.write(value);
    }

    fn write(&self, what: impl std::fmt::Display) {
        let mut stdout = io::stdout().lock();
        if let Err(error) = writeln!(stdout, "{what}").and_then(|()| stdout.flush()) {
            let _ = self.lost.set(error);
        }
    }

    /// How the command ends, given how its work ended: data that a full disk swallowed is a failure, but a reader that
    /// closed the pipe had enough.
    pub fn settle(&self, exit: Exit) -> Exit {
        match self.lost.get() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let error = CliError::failed(format!("cannot write to standard output: {error}"));
                let _ = writeln!(io::stderr().lock(), "{}", error.render(self.colour));
                if exit == Exit::Done { Exit::Failed } else { exit }
            }
            _ => exit,
        }
    }

    /// Status for people; programs do not see it.
    pub fn status(&self, text: &str) {
        if !self.json {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// A status in a line of its own, whatever progress is drawn at the moment.
    pub fn interjection(&self, text: &str) {
        match self.live() {
            // To the start of the line, which is erased (ECMA-48: EL).
            true => self.status(&format!("\r\x1b[K{text}")),
            false => self.status(text),
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
            if let Some(summary) = error.summary() {
                self.event(summary);
            }
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

/// <https://no-color.org>: any non-empty value counts.
fn plain() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Logs go to stderr: warnings always, more with -v; RUST_LOG overrides.
pub(super) fn start_logging(verbose: u8, colour: bool) {
    let default = match verbose {
        0 => "pipectl=warn",
        1 => "pipectl=info,aws_config=info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colour)
        .with_target(verbose > 1);
    let _ = subscriber.try_init();
}
