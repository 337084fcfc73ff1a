//! The texts of a project's files, and places in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One file as it was read.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// Relative to the project, as shown to people.
    pub path: PathBuf,
    pub text: String,
}

impl SourceFile {
    /// 1-based line and column (in characters) of a byte offset.
    pub(super) fn line_column(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}

/// A range of bytes in one of the files of [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub file: u32,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub(super) fn new(file: u32, start: usize, end: usize) -> Self {
        Self {
            file,
            start: start as u32,
            end: end as u32,
        }
    }

    /// The first byte of a file: where a mistake of the file as a whole is reported.
    pub(super) fn start_of(file: u32) -> Self {
        Self { file, start: 0, end: 0 }
    }
}

/// All files read so far.
#[derive(Debug, Default)]
pub(super) struct Sources(Vec<Arc<SourceFile>>);

impl Sources {
    pub(super) fn add(&mut self, path: PathBuf, text: String) -> u32 {
        self.0.push(Arc::new(SourceFile { path, text }));
        (self.0.len() - 1) as u32
    }

    pub(super) fn get(&self, file: u32) -> &Arc<SourceFile> {
        &self.0[file as usize]
    }

    pub(super) fn path(&self, span: Span) -> &Path {
        &self.get(span.file).path
    }

    pub(super) fn line(&self, span: Span) -> usize {
        self.get(span.file).line_column(span.start as usize).0
    }

    pub(super) fn text(&self, span: Span) -> &str {
        &self.get(span.file).text[span.start as usize..span.end as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let mut sources = Sources::default();
        let file = sources.add(PathBuf::from("a.json"), "{\n \"ü\": 1}".into());
        let text = &sources.get(file).text;
        let at = text.find('1').unwrap();
        assert_eq!(sources.get(file).line_column(at), (2, 7));
        assert_eq!(sources.get(file).line_column(0), (1, 1));
        assert_eq!(sources.text(Span::new(file, at, at + 1)), "1");
    }
}
