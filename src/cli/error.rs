//! What a failed command says: what failed, why, and what to do next.

use std::error::Error;

use serde_json::{Value, json};

use super::exit::Exit;
use crate::aws;
use crate::resources;
use crate::template::Diagnostics;

/// The end of a command that could not do its work.
#[derive(Debug)]
pub(super) enum CliError {
    /// The configs have mistakes.
    Configs(Diagnostics),
    /// The work failed part of the way: what was done by then, as the command's summary event.
    Partial { error: Box<CliError>, summary: Value },
    /// Anything else, with what to do about it.
    Other {
        exit: Exit,
        message: String,
        causes: Vec<String>,
        hint: Option<String>,
    },
}

impl CliError {
    /// The work failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Other {
            exit: Exit::Failed,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// The arguments do not fit.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Other {
            exit: Exit::Usage,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
        }
    }

    pub fn hint(self, text: impl Into<String>) -> Self {
        match self {
            Self::Other {
                exit, message, causes, ..
            } => Self::Other {
                exit,
                message,
                causes,
                hint: Some(text.into()),
            },
            other => other,
        }
    }

    /// With the chain of errors that led here.
    pub fn caused_by(self, error: &(dyn Error + 'static)) -> Self {
        match self {
            Self::Other {
                exit, message, hint, ..
            } => {
                let causes = chain(error);
                let hint = hint.or_else(|| hint_of(error));
                Self::Other {
                    exit,
                    message,
                    causes,
                    hint,
                }
            }
            other => other,
        }
    }

    /// With the hint of the first AWS error in the chain, where there is one.
    pub fn hint_from(self, error: &(dyn Error + 'static)) -> Self {
        match hint_of(error) {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// With the summary event that programs read as the last line.
    pub fn after(self, summary: Value) -> Self {
        Self::Partial {
            error: Box::new(self),
            summary,
        }
    }

    /// What was done before the failure.
    pub fn summary(&self) -> Option<&Value> {
        match self {
            Self::Partial { summary, .. } => Some(summary),
            _ => None,
        }
    }

    pub fn exit(&self) -> Exit {
        match self {
            Self::Configs(_) => Exit::Usage,
            Self::Partial { error, .. } => error.exit(),
            Self::Other { exit, .. } => *exit,
        }
    }

    /// For people, on stderr.
    pub fn render(&self, colour: bool) -> String {
        match self {
            Self::Configs(diagnostics) => diagnostics.render(colour),
            Self::Partial { error, .. } => error.render(colour),
            Self::Other {
                message, causes, hint, ..
            } => {
                let mut text = format!("error: {message}");
                for cause in causes {
                    text.push_str(&format!("\n  because: {cause}"));
                }
                if let Some(hint) = hint {
                    text.push_str(&format!("\n  help: {hint}"));
                }
                text
            }
        }
    }

    /// For programs, on stdout.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Configs(diagnostics) => json!({ "event": "error", "kind": "configs", "diagnostics": diagnostics }),
            Self::Partial { error, .. } => error.to_json(),
            Self::Other {
                message, causes, hint, ..
            } => {
                json!({ "event": "error", "kind": "failed", "message": message, "causes": causes, "hint": hint })
            }
        }
    }
}

impl From<Diagnostics> for CliError {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Configs(diagnostics)
    }
}

impl From<aws::AccountError> for CliError {
    fn from(error: aws::AccountError) -> Self {
        let hint = error.hint().map(str::to_owned);
        Self::Other {
            exit: Exit::Failed,
            message: error.to_string(),
            causes: chain_below(&error),
            hint,
        }
    }
}

impl From<aws::Error> for CliError {
    fn from(error: aws::Error) -> Self {
        let hint = error.hint().map(str::to_owned);
        Self::Other {
            exit: Exit::Failed,
            message: error.to_string(),
            causes: chain_below(&error),
            hint,
        }
    }
}

/// The messages of an error and its sources, outermost first.
pub(super) fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut messages = vec![error.to_string()];
    messages.extend(chain_below(error));
    messages
}

fn chain_below(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut messages = Vec::new();
    let mut next = error.source();
    while let Some(error) = next {
        messages.push(error.to_string());
        next = error.source();
    }
    messages
}

/// The first AWS error in the chain.
pub(super) fn aws_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e aws::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<aws::Error>() {
            return Some(found);
        }
        // It speaks for the AWS error and is not followed by it in the chain.
        if let Some(resources::Error::Aws(found)) = error.downcast_ref::<resources::Error>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The hint of the first AWS error in the chain, or of what says that QuickSight cannot be used.
pub(super) fn hint_of(error: &(dyn Error + 'static)) -> Option<String> {
    let mut chain = std::iter::successors(Some(error), |error| (*error).source());
    let subscription = chain.find_map(|error| match error.downcast_ref::<resources::Error>() {
        Some(resources::Error::Subscription(error)) => Some(error),
        _ => error.downcast_ref::<aws::SubscriptionError>(),
    });
    let hint = match subscription {
        Some(error) => error.hint(),
        None => aws_error(error).and_then(|error| error.hint()),
    };
    hint.map(str::to_owned)
}
