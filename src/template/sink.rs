//! Collects findings on the way through a project, so that one pass reports all of them.

use std::path::PathBuf;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Diagnostics, Related, Severity};
use super::source::{Sources, Span};

/// One finding before its place is looked up.
#[derive(Debug)]
pub(super) struct Finding {
    severity: Severity,
    code: &'static str,
    span: Option<Span>,
    message: String,
    label: Option<String>,
    help: Option<String>,
    related: Vec<(Span, String)>,
    /// Its line is not to be shown.
    secret: bool,
}

impl Finding {
    pub(super) fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            span: Some(span),
            message: message.into(),
            label: None,
            help: None,
            related: Vec::new(),
            secret: false,
        }
    }

    pub(super) fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    /// A mistake in what the caller asked for rather than in a file.
    pub(super) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        let nowhere = Span::start_of(0);
        Self {
            span: None,
            ..Self::error(code, nowhere, message)
        }
    }

    /// Names the place, and does not show what stands there.
    pub(super) fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn help_opt(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    pub(super) fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push((span, message.into()));
        self
    }
}

/// The files read, what was found in them, and what must be kept quiet.
#[derive(Debug, Default)]
pub(super) struct Sink {
    pub sources: Sources,
    /// A fragment could not be read: names that are missing may be declared there, so a missing name is no finding.
    pub incomplete: bool,
    findings: Vec<Finding>,
}

impl Sink {
    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Reports a name that nothing declares, unless the file that declares it could not be read.
    pub(super) fn push_missing(&mut self, finding: Finding) {
        if !self.incomplete {
            self.push(finding);
        }
    }

    /// Errors and warnings by file, place and text, each once; the flag tells whether there is an error.
    pub(super) fn finish(self) -> (Diagnostics, bool) {
        let failed = self.findings.iter().any(|finding| finding.severity == Severity::Error);
        let sources = self.sources;
        let mut all: Vec<_> = self
            .findings
            .into_iter()
            .map(|finding| located(finding, &sources))
            .collect();
        all.sort_by(|a, b| {
            (&a.file, a.span.start, a.span.end, a.code, &a.message).cmp(&(
                &b.file,
                b.span.start,
                b.span.end,
                b.code,
                &b.message,
            ))
        });
        all.dedup_by(|a, b| a.file == b.file && a.span == b.span && a.message == b.message);
        (Diagnostics(all), failed)
    }
}

fn located(finding: Finding, sources: &Sources) -> Diagnostic {
    let related = finding.related.into_iter().map(|(span, message)| {
        let source = sources.get(span.file);
        let (line, column) = source.line_column(span.start as usize);
        let (file, source) = (source.path.clone(), Arc::clone(source));
        Related {
            file,
            line,
            column,
            message,
            span: span.start as usize..span.end as usize,
            source,
        }
    });
    let related = related.collect();
    let source = finding.span.map(|span| Arc::clone(sources.get(span.file)));
    let span = finding.span.map_or(0..0, |span| span.start as usize..span.end as usize);
    let (line, column) = source.as_ref().map_or((0, 0), |source| source.line_column(span.start));
    let file = source.as_ref().map_or_else(PathBuf::new, |source| source.path.clone());
    let (message, source) = match finding.secret {
        true => (format!("{}:{line}: {}", file.display(), finding.message), None),
        false => (finding.message, source),
    };
    Diagnostic {
        severity: finding.severity,
        code: finding.code,
        file,
        line,
        column,
        span,
        message,
        label: finding.label,
        help: finding.help,
        related,
        source,
    }
}
