//! What is wrong with a project's configs, and where: the only thing this module reports with.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::source::SourceFile;

/// Whether a [`Diagnostic`] stops the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

/// Another place that a [`Diagnostic`] is about (the first declaration of a duplicate, the other end of a cycle).
#[derive(Clone, Debug)]
pub struct Related {
    pub file: PathBuf,
    pub line: usize,
    pub column: usize,
    pub message: String,
    pub(super) span: Range<usize>,
    pub(super) source: Arc<SourceFile>,
}

/// One mistake (or doubt), with its place.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable name of the kind of mistake, such as `unknown-property`.
    pub code: &'static str,
    /// Relative to the project; empty for a mistake on the command line.
    pub file: PathBuf,
    /// 1-based; 0 for a mistake on the command line.
    pub line: usize,
    /// 1-based, in characters; 0 for a mistake on the command line.
    pub column: usize,
    /// Bytes of the file.
    pub span: Range<usize>,
    pub message: String,
    /// Said right at the place, when it adds to the message.
    pub label: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    pub related: Vec<Related>,
    pub(super) source: Option<Arc<SourceFile>>,
}

impl Diagnostic {
    /// A mistake in a file that was read elsewhere than here. `span` are bytes of `text`.
    pub fn error_in(code: &'static str, file: &Path, text: &str, span: Range<usize>, message: String) -> Self {
        let source = source(file, text);
        let (line, column) = source.line_column(span.start);
        Self {
            severity: Severity::Error,
            code,
            file: file.to_owned(),
            line,
            column,
            span,
            message,
            label: None,
            help: None,
            related: Vec::new(),
            source: Some(source),
        }
    }

    /// The same with another place that it is about.
    pub fn also(mut self, file: &Path, text: &str, span: Range<usize>, message: String) -> Self {
        let own = self.source.clone().filter(|source| source.path == file);
        let source = own.unwrap_or_else(|| source(file, text));
        let (line, column) = source.line_column(span.start);
        self.related.push(Related {
            file: file.to_owned(),
            line,
            column,
            message,
            span,
            source,
        });
        self
    }

    /// The same with what to do about it.
    pub fn helped(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The mistake with the lines it is about, as a compiler shows it.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(self.message.as_str()).id(self.code);
        let snippets = self
            .source
            .as_ref()
            .map(|source| self.snippets(source))
            .unwrap_or_default();
        let mut group = title.elements(snippets);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.decor_style(DecorStyle::Ascii).render(&[group])
    }

    fn snippets<'a>(&'a self, source: &'a Arc<SourceFile>) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
        let main = AnnotationKind::Primary
            .span(first_line(source, &self.span))
            .label(self.label.as_deref());
        let mut snippets = vec![snippet(source).annotation(main)];
        for related in &self.related {
            let note = AnnotationKind::Context.span(first_line(&related.source, &related.span));
            let note = note.label(related.message.as_str());
            if Arc::ptr_eq(source, &related.source) {
                let own = snippets.remove(0);
                snippets.insert(0, own.annotation(note));
            } else {
                snippets.push(snippet(&related.source).annotation(note));
            }
        }
        snippets
    }
}

fn source(file: &Path, text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile {
        path: file.to_owned(),
        text: text.to_owned(),
    })
}

fn snippet(source: &SourceFile) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    Snippet::source(source.text.as_str())
        .path(source.path.to_string_lossy())
        .line_start(1)
}

/// Only the first line of a long value is marked: the rest would fill the screen and say nothing.
fn first_line(source: &SourceFile, span: &Range<usize>) -> Range<usize> {
    let end = source.text[span.start..span.end]
        .find(['\r', '\n'])
        .map_or(span.end, |at| span.start + at);
    span.start..end
}

impl Serialize for Related {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Related", 4)?;
        out.serialize_field("file", &self.file)?;
        out.serialize_field("line", &self.line)?;
        out.serialize_field("column", &self.column)?;
        out.serialize_field("message", &self.message)?;
        out.end()
    }
}

impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Diagnostic", 9)?;
        let severity = if self.severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        out.serialize_field("severity", severity)?;
        out.serialize_field("code", self.code)?;
        out.serialize_field("file", &self.file)?;
        out.serialize_field("line", &self.line)?;
        out.serialize_field("column", &self.column)?;
        out.serialize_field("message", &self.message)?;
        out.serialize_field("label", &self.label)?;
        out.serialize_field("help", &self.help)?;
        out.serialize_field("related", &self.related)?;
        out.end()
    }
}

/// Everything found wrong in one pass, by file and place. Serialises as an array.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(transparent)]
pub struct Diagnostics(pub(super) Vec<Diagnostic>);

impl From<Vec<Diagnostic>> for Diagnostics {
    fn from(found: Vec<Diagnostic>) -> Self {
        Self(found)
    }
}

impl Diagnostics {
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, with a line that counts them at the end.
    pub fn render(&self, color: bool) -> String {
        let mut text = String::new();
        for diagnostic in &self.0 {
            text.push_str(&diagnostic.render(color));
            text.push_str("\n\n");
        }
        let count = |severity| self.0.iter().filter(|one| one.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        text.push_str(&plural(errors, "error"));
        if warnings > 0 {
            text.push_str(&format!(", {}", plural(warnings, "warning")));
        }
        text
    }
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}
