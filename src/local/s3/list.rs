//! The listing engine: one ordered walk over keys and common prefixes.
//! Source: S3 user guide, "Listing object keys programmatically" and "Organizing objects using prefixes".
//!
//! What is listed is the sequence of distinct items, each a key (or a version of one) or a common prefix,
//! in byte order. A marker is an item or any text: what sorts at or below it is left out. Walking over
//! a common prefix seeks past its keys instead of reading them.

use s3s::S3Result;

use super::index::{self, AFTER_VERSIONS, VERSIONS};
use super::record::Version;
use crate::local::store::Reads;

/// Sorts after every key that starts with what it is appended to, but for keys made of this very character.
const LAST: char = '\u{10FFFF}';

/// Older versions of one key that are read over before seeking to the next key.
const PATIENCE: usize = 8;

/// Whose versions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The newest of each key, unless it is a delete marker.
    Current,
    /// All, and delete markers.
    Versions,
}

#[derive(Clone, Debug)]
pub(super) struct Query {
    pub bucket: String,
    pub prefix: String,
    /// Not empty.
    pub delimiter: Option<String>,
    /// Leave out what sorts at or below this.
    pub marker: Option<String>,
    /// Only with [`Scope::Versions`]: of the marker's key, start after this version.
    pub version_marker: Option<String>,
    /// Most items.
    pub limit: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Item {
    Key {
        key: String,
        version: Box<Version>,
        newest: bool,
    },
    Prefix(String),
}

#[derive(Debug, Default)]
pub(super) struct Page {
    pub items: Vec<Item>,
    pub truncated: bool,
}

/// Where a scan goes on after it stopped.
enum Next {
    /// After this index key.
    Seek(String),
    Full,
}

/// Lists one page.
pub(super) fn list(tx: &impl Reads, query: &Query, scope: Scope) -> S3Result<Page> {
    if query.limit == 0 {
        return Ok(Page::default());
    }
    let mut walk = Walk {
        base: format!("{}\0", query.bucket),
        query,
        scope,
        page: Page::default(),
        key: String::new(),
        skipped: 0,
    };
    let mut after = walk.start(tx)?;
    let within = format!("{}{}", walk.base, query.prefix);
    loop {
        let mut next = None;
        VERSIONS.scan(tx, &within, after.as_deref(), |entry, version| {
            next = walk.visit(entry, version);
            next.is_none()
        })?;
        match next {
            Some(Next::Seek(to)) => after = Some(to),
            Some(Next::Full) | None => return Ok(walk.page),
        }
    }
}

struct Walk<'a> {
    /// `bucket \0`
    base: String,
    query: &'a Query,
    scope: Scope,
    page: Page,
    /// The key visited last.
    key: String,
    /// Versions of it read over.
    skipped: usize,
}

impl Walk<'_> {
    fn start(&mut self, tx: &impl Reads) -> S3Result<Option<String>> {
        let Some(marker) = &self.query.marker else {
            return Ok(None);
        };
        if let Some(id) = &self.query.version_marker
            && let Some(version) = index::by_id(tx, &self.query.bucket, marker, id)?
        {
            // The rest of this key follows, none of it the newest.
            self.key.clone_from(marker);
            return Ok(Some(index::version_key(&self.query.bucket, marker, version.sequence)));
        }
        Ok(Some(format!("{}{marker}\0{AFTER_VERSIONS}", self.base)))
    }

    fn visit(&mut self, entry: &str, version: Version) -> Option<Next> {
        let (key, _) = index::split(entry, self.base.len());
        let newest = key != self.key;
        if newest {
            key.clone_into(&mut self.key);
            self.skipped = 0;
        }
        if self.scope == Scope::Current && !newest {
            self.skipped += 1;
            return (self.skipped > PATIENCE).then(|| Next::Seek(format!("{}{key}\0{AFTER_VERSIONS}", self.base)));
        }
        if self.scope == Scope::Current && version.object.is_none() {
            return None;
        }
        if let Some(prefix) = self.common_prefix(key) {
            return self.visit_prefix(prefix.to_owned());
        }
        self.push(Item::Key {
            key: key.to_owned(),
            version: Box::new(version),
            newest,
        })
    }

    fn visit_prefix(&mut self, prefix: String) -> Option<Next> {
        let beyond = Next::Seek(format!("{}{prefix}{LAST}", self.base));
        let listed = matches!(self.page.items.last(), Some(Item::Prefix(last)) if *last == prefix);
        let passed = self.query.marker.as_ref().is_some_and(|marker| prefix <= *marker);
        if listed || passed {
            // Keys with the very last character come after the seek; read over those.
            return (!prefix_seeked(&self.key, &prefix)).then_some(beyond);
        }
        self.push(Item::Prefix(prefix)).or(Some(beyond))
    }

    fn push(&mut self, item: Item) -> Option<Next> {
        if self.page.items.len() == self.query.limit {
            self.page.truncated = true;
            return Some(Next::Full);
        }
        self.page.items.push(item);
        None
    }

    /// The part of a key up to the first delimiter after the prefix.
    fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.query.delimiter.as_ref()?;
        let start = self.query.prefix.len();
        let at = key.get(start..)?.find(delimiter.as_str())?;
        Some(&key[..start + at + delimiter.len()])
    }
}

/// True if a seek past the prefix would not move beyond this key.
fn prefix_seeked(key: &str, prefix: &str) -> bool {
    key[prefix.len()..].starts_with(LAST)
}
