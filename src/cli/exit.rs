//! Exit codes, a contract with scripts.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Done,
    /// Failed, or partly failed.
    Failed,
    /// Wrong arguments or configs; nothing was touched.
    Usage,
    /// `plan --exit-code` found changes, or `ingest` kept rejected records aside.
    Attention,
    /// Ctrl-C.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Attention => 3,
            Exit::Interrupted => 130,
        })
    }
}
