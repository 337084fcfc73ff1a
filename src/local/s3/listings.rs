//! ListObjects, ListObjectsV2 and ListObjectVersions: the listing engine in S3's words.

use std::sync::Arc;

use base64_simd::URL_SAFE_NO_PAD as TOKEN;
use s3s::dto::*;
use s3s::{S3ErrorCode, S3Result};

use super::S3;
use super::checksum;
use super::error::{blocking, error, invalid_argument};
use super::index;
use super::list::{self, Item, Page, Query, Scope};
use super::record::{self, etag};

/// Most items of a page. Source: S3 API reference, ListObjectsV2.
const MOST: i32 = 1000;

/// Checks `max-keys`: larger values mean 1,000.
pub(super) fn limit(given: Option<i32>, name: &str) -> S3Result<i32> {
    let given = given.unwrap_or(MOST);
    if given < 0 {
        return Err(invalid_argument(format!(
            "Argument {name} must be an integer between 0 and 2147483647"
        )));
    }
    Ok(given.min(MOST))
}

/// How keys are written: as they are, or URL-encoded (XML cannot carry every character).
#[derive(Clone, Copy)]
pub(super) struct Wording {
    url: bool,
}

impl Wording {
    pub fn new(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self { url: false }),
            Some(EncodingType::URL) => Ok(Self { url: true }),
            Some(_) => Err(invalid_argument("Invalid Encoding Method specified in Request")),
        }
    }

    pub fn word(self, text: &str) -> String {
        if !self.url {
            return text.to_owned();
        }
        // As Java's URLEncoder, which S3 uses, but for slashes.
        form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace("%2F", "/")
    }
}

/// The parts of an answer that all three listings share.
struct Listed {
    objects: Vec<s3s::dto::Object>,
    prefixes: Vec<CommonPrefix>,
    /// The last item, if there is more.
    next: Option<String>,
}

fn query(bucket: &str, prefix: Option<&String>, delimiter: Option<&String>, limit: i32) -> Query {
    Query {
        bucket: bucket.to_owned(),
        prefix: prefix.cloned().unwrap_or_default(),
        delimiter: delimiter.filter(|delimiter| !delimiter.is_empty()).cloned(),
        marker: None,
        version_marker: None,
        limit: usize::try_from(limit).unwrap_or(0),
    }
}

async fn run(s3: &Arc<S3>, query: Query, scope: Scope) -> S3Result<Page> {
    let s3 = Arc::clone(s3);
    blocking(move || {
        let tx = s3.env.store.read()?;
        index::bucket(&tx, &query.bucket)?;
        list::list(&tx, &query, scope)
    })
    .await
}

fn listed(page: Page, wording: Wording, owner: Option<&Owner>) -> Listed {
    let last = page.items.last().map(|item| match item {
        Item::Key { key, .. } => key.clone(),
        Item::Prefix(prefix) => prefix.clone(),
    });
    let mut listed = Listed {
        objects: Vec::new(),
        prefixes: Vec::new(),
        next: last.filter(|_| page.truncated),
    };
    for item in page.items {
        match item {
            Item::Prefix(prefix) => listed.prefixes.push(CommonPrefix {
                prefix: Some(wording.word(&prefix)),
            }),
            Item::Key { key, version, .. } => {
                let modified = version.last_modified();
                if let Some(object) = version.object {
                    listed.objects.push(entry(wording.word(&key), object, modified, owner));
                }
            }
        }
    }
    listed
}

fn entry(key: String, object: record::Object, modified: Timestamp, owner: Option<&Owner>) -> s3s::dto::Object {
    s3s::dto::Object {
        checksum_algorithm: object.sum.as_ref().map(|sum| vec![checksum::dto(sum.algorithm)]),
        checksum_type: object.sum.as_ref().map(|sum| checksum::kind(sum.composite)),
        e_tag: Some(etag(&object.etag)),
        key: Some(key),
        last_modified: Some(modified),
        owner: owner.cloned(),
        restore_status: None,
        size: i64::try_from(object.size).ok(),
        storage_class: Some(ObjectStorageClass::from(object.storage_class())),
    }
}

pub(super) async fn list_objects(s3: &Arc<S3>, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
    let max_keys = limit(input.max_keys, "max-keys")?;
    let wording = Wording::new(input.encoding_type.as_ref())?;
    let query = Query {
        marker: input.marker.clone().filter(|marker| !marker.is_empty()),
        ..query(&input.bucket, input.prefix.as_ref(), input.delimiter.as_ref(), max_keys)
    };
    let delimited = query.delimiter.is_some();
    let listed = listed(run(s3, query, Scope::Current).await?, wording, Some(&s3.owner()));
    Ok(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(wording.word(&input.prefix.unwrap_or_default())),
        marker: Some(wording.word(&input.marker.unwrap_or_default())),
        max_keys: Some(max_keys),
        is_truncated: Some(listed.next.is_some()),
        // Only with a delimiter; without one the last key is the next marker.
        next_marker: listed.next.filter(|_| delimited).map(|next| wording.word(&next)),
        contents: Some(listed.objects),
        common_prefixes: Some(listed.prefixes),
        delimiter: input.delimiter.map(|delimiter| wording.word(&delimiter)),
        encoding_type: input.encoding_type,
        request_charged: None,
    })
}

pub(super) async fn list_objects_v2(s3: &Arc<S3>, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let max_keys = limit(input.max_keys, "max-keys")?;
    let wording = Wording::new(input.encoding_type.as_ref())?;
    let marker = match &input.continuation_token {
        Some(token) => Some(from_token(token)?),
        None => input.start_after.clone().filter(|after| !after.is_empty()),
    };
    let query = Query {
        marker,
        ..query(&input.bucket, input.prefix.as_ref(), input.delimiter.as_ref(), max_keys)
    };
    let owner = (input.fetch_owner == Some(true)).then(|| s3.owner());
    let listed = listed(run(s3, query, Scope::Current).await?, wording, owner.as_ref());
    Ok(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(wording.word(&input.prefix.unwrap_or_default())),
        max_keys: Some(max_keys),
        key_count: i32::try_from(listed.objects.len() + listed.prefixes.len()).ok(),
        continuation_token: input.continuation_token,
        is_truncated: Some(listed.next.is_some()),
        next_continuation_token: listed.next.map(|next| TOKEN.encode_to_string(next)),
        contents: Some(listed.objects),
        common_prefixes: Some(listed.prefixes),
        delimiter: input.delimiter.map(|delimiter| wording.word(&delimiter)),
        encoding_type: input.encoding_type,
        start_after: input.start_after.map(|after| wording.word(&after)),
        request_charged: None,
    })
}

fn from_token(token: &str) -> S3Result<String> {
    let decoded = TOKEN
        .decode_to_vec(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .filter(|marker| !marker.is_empty())
        .ok_or_else(|| invalid_argument("The continuation token provided is incorrect"))
}

pub(super) async fn list_object_versions(
    s3: &Arc<S3>,
    input: ListObjectVersionsInput,
) -> S3Result<ListObjectVersionsOutput> {
    let max_keys = limit(input.max_keys, "max-keys")?;
    let wording = Wording::new(input.encoding_type.as_ref())?;
    let key_marker = input.key_marker.clone().filter(|marker| !marker.is_empty());
    let version_marker = input.version_id_marker.clone().filter(|marker| !marker.is_empty());
    if key_marker.is_none() && version_marker.is_some() {
        let message = "A version-id marker cannot be specified without a key marker.";
        return Err(error(S3ErrorCode::InvalidArgument, message));
    }
    let query = Query {
        marker: key_marker,
        version_marker,
        ..query(&input.bucket, input.prefix.as_ref(), input.delimiter.as_ref(), max_keys)
    };
    let page = run(s3, query, Scope::Versions).await?;
    let (mut next_key, mut next_version) = (None, None);
    if page.truncated {
        match page.items.last() {
            Some(Item::Key { key, version, .. }) => {
                (next_key, next_version) = (Some(wording.word(key)), Some(version.id.clone()));
            }
            Some(Item::Prefix(prefix)) => next_key = Some(wording.word(prefix)),
            None => {}
        }
    }
    let mut output = ListObjectVersionsOutput {
        is_truncated: Some(page.truncated),
        next_key_marker: next_key,
        next_version_id_marker: next_version,
        name: Some(input.bucket),
        prefix: Some(wording.word(&input.prefix.unwrap_or_default())),
        key_marker: Some(wording.word(&input.key_marker.unwrap_or_default())),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        max_keys: Some(max_keys),
        delimiter: input.delimiter.map(|delimiter| wording.word(&delimiter)),
        encoding_type: input.encoding_type,
        versions: Some(Vec::new()),
        delete_markers: Some(Vec::new()),
        common_prefixes: Some(Vec::new()),
        request_charged: None,
    };
    for item in page.items {
        add_version(&mut output, item, wording, &s3.owner());
    }
    Ok(output)
}

fn add_version(output: &mut ListObjectVersionsOutput, item: Item, wording: Wording, owner: &Owner) {
    match item {
        Item::Prefix(prefix) => output.common_prefixes.get_or_insert_default().push(CommonPrefix {
            prefix: Some(wording.word(&prefix)),
        }),
        Item::Key { key, version, newest } => {
            let modified = version.last_modified();
            let key = wording.word(&key);
            match version.object {
                None => output.delete_markers.get_or_insert_default().push(DeleteMarkerEntry {
                    is_latest: Some(newest),
                    key: Some(key),
                    last_modified: Some(modified),
                    owner: Some(owner.clone()),
                    version_id: Some(version.id),
                }),
                Some(object) => {
                    let entry = entry(key, object, modified, Some(owner));
                    output.versions.get_or_insert_default().push(ObjectVersion {
                        checksum_algorithm: entry.checksum_algorithm,
                        checksum_type: entry.checksum_type,
                        e_tag: entry.e_tag,
                        is_latest: Some(newest),
                        key: entry.key,
                        last_modified: entry.last_modified,
                        owner: entry.owner,
                        restore_status: None,
                        size: entry.size,
                        storage_class: entry
                            .storage_class
                            .map(|class| ObjectVersionStorageClass::from(class.as_str().to_owned())),
                        version_id: Some(version.id),
                    });
                }
            }
        }
    }
}
