//! The index of unfinished multipart uploads, and its listings.

use s3s::dto::{self, *};
use s3s::{S3ErrorCode, S3Result};
use serde::{Deserialize, Serialize};

use super::S3;
use super::blob::Change;
use super::checksum::{self, Algorithm, Sum, set_checksum};
use super::error::error;
use super::index;
use super::listings::{Wording, limit};
use super::record::{Encryption, Headers, Tags, etag, timestamp};
use crate::local::store::{Reads, StoreError, Table};

/// `bucket \0 key \0 upload id`
pub(super) const UPLOADS: Table<Upload> = Table::new("s3.uploads");
/// `upload id \0 part number`
pub(super) const PARTS: Table<Part> = Table::new("s3.parts");

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Upload {
    /// Milliseconds since 1970.
    pub initiated: i64,
    pub headers: Headers,
    pub tags: Tags,
    pub encryption: Encryption,
    pub algorithm: Option<Algorithm>,
    /// The object's checksum will be of its parts' checksums.
    pub composite: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Part {
    pub blob: String,
    /// Bytes.
    pub size: u64,
    /// Hexadecimal.
    pub md5: String,
    pub sum: Option<Sum>,
    /// Milliseconds since 1970.
    pub modified: i64,
}

pub(super) fn entry(bucket: &str, key: &str, upload_id: &str) -> String {
    format!("{bucket}\0{key}\0{upload_id}")
}

pub(super) fn part_entry(upload_id: &str, number: i32) -> String {
    format!("{upload_id}\0{number:05}")
}

fn part_number(entry: &str) -> i32 {
    entry
        .rsplit_once('\0')
        .and_then(|(_, number)| number.parse().ok())
        .unwrap_or(0)
}

pub(super) fn find(tx: &impl Reads, bucket: &str, entry: &str) -> S3Result<Upload> {
    index::bucket(tx, bucket)?;
    UPLOADS.get(tx, entry)?.ok_or_else(|| {
        let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
        error(S3ErrorCode::NoSuchUpload, message)
    })
}

/// All parts that came, by number.
pub(super) fn parts(tx: &impl Reads, upload_id: &str) -> Result<Vec<(i32, Part)>, StoreError> {
    let parts = PARTS.all(tx, &format!("{upload_id}\0"))?;
    Ok(parts.into_iter().map(|(at, part)| (part_number(&at), part)).collect())
}

/// Removes an upload, and the bodies of those parts that `discard` chooses.
pub(super) fn remove(
    change: &Change,
    entry: &str,
    upload_id: &str,
    discard: impl Fn(&Part) -> bool,
) -> Result<(), StoreError> {
    for (number, part) in parts(change.tx, upload_id)? {
        PARTS.remove(change.tx, &part_entry(upload_id, number))?;
        if discard(&part) {
            change.discard(&part.blob)?;
        }
    }
    UPLOADS.remove(change.tx, entry)?;
    Ok(())
}

/// Gives up every upload of a bucket.
pub(super) fn remove_all(change: &Change, bucket: &str) -> Result<(), StoreError> {
    for (at, _) in UPLOADS.all(change.tx, &format!("{bucket}\0"))? {
        let (_, upload_id) = index::split(&at, bucket.len() + 1);
        remove(change, &at, upload_id, |_| true)?;
    }
    Ok(())
}

fn initiator(s3: &S3) -> Initiator {
    Initiator {
        display_name: None,
        id: Some(s3.owner_id()),
    }
}

pub(super) fn list_parts(s3: &S3, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    let max_parts = limit(input.max_parts, "max-parts")?;
    let most = usize::try_from(max_parts).unwrap_or(0);
    let tx = s3.env.store.read()?;
    let upload = find(&tx, &input.bucket, &entry(&input.bucket, &input.key, &input.upload_id))?;
    let marker = input.part_number_marker.unwrap_or(0);
    let mut listed = Vec::new();
    let mut truncated = false;
    let after = part_entry(&input.upload_id, marker);
    let prefix = format!("{}\0", input.upload_id);
    PARTS.scan(&tx, &prefix, Some(after.as_str()), |at, part| {
        truncated = listed.len() == most;
        if !truncated {
            listed.push(shown(part_number(at), part));
        }
        !truncated
    })?;
    let last = listed.last().and_then(|part| part.part_number);
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        checksum_algorithm: upload.algorithm.map(checksum::dto),
        checksum_type: upload.algorithm.map(|_| checksum::kind(upload.composite)),
        initiator: Some(initiator(s3)),
        owner: Some(s3.owner()),
        is_truncated: Some(truncated),
        max_parts: Some(max_parts),
        part_number_marker: Some(marker),
        next_part_number_marker: Some(last.unwrap_or(0)),
        parts: Some(listed),
        storage_class: Some(StorageClass::from(
            upload.headers.storage_class.unwrap_or_else(|| "STANDARD".into()),
        )),
        ..Default::default()
    })
}

fn shown(number: i32, part: Part) -> dto::Part {
    let mut shown = dto::Part {
        e_tag: Some(etag(&part.md5)),
        last_modified: Some(timestamp(part.modified)),
        part_number: Some(number),
        size: i64::try_from(part.size).ok(),
        ..Default::default()
    };
    if let Some(sum) = part.sum {
        set_checksum!(shown, sum.algorithm, sum.value);
    }
    shown
}

/// By key, then by upload id. Unfinished uploads are few, so this reads all below the prefix.
pub(super) fn list(s3: &S3, input: ListMultipartUploadsInput) -> S3Result<ListMultipartUploadsOutput> {
    let max_uploads = limit(input.max_uploads, "max-uploads")?;
    let wording = Wording::new(input.encoding_type.as_ref())?;
    let tx = s3.env.store.read()?;
    index::bucket(&tx, &input.bucket)?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let delimiter = input.delimiter.clone().filter(|delimiter| !delimiter.is_empty());
    let mut page = UploadPage::new(&input, usize::try_from(max_uploads).unwrap_or(0));
    for (at, upload) in UPLOADS.all(&tx, &format!("{}\0{prefix}", input.bucket))? {
        let (key, id) = index::split(&at, input.bucket.len() + 1);
        let common = delimiter.as_ref().and_then(|delimiter| {
            let end = key[prefix.len()..].find(delimiter.as_str())?;
            Some(key[..prefix.len() + end + delimiter.len()].to_owned())
        });
        if page.passed(common.as_deref().unwrap_or(key), id, common.is_some()) {
            continue;
        }
        if page.full() {
            page.truncated = true;
            break;
        }
        match common {
            Some(common) => page.add_prefix(common, wording),
            None => page.add(key, id, s3, &upload, wording),
        }
    }
    let UploadPage {
        uploads,
        prefixes,
        last,
        truncated,
        ..
    } = page;
    let (next_key, next_id) = last.filter(|_| truncated).unzip();
    Ok(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        common_prefixes: Some(prefixes),
        delimiter: input.delimiter.map(|delimiter| wording.word(&delimiter)),
        encoding_type: input.encoding_type,
        is_truncated: Some(truncated),
        key_marker: Some(wording.word(&input.key_marker.unwrap_or_default())),
        max_uploads: Some(max_uploads),
        next_key_marker: next_key.map(|key| wording.word(&key)),
        next_upload_id_marker: next_id,
        prefix: Some(wording.word(&prefix)),
        upload_id_marker: input.upload_id_marker,
        uploads: Some(uploads),
        request_charged: None,
    })
}

struct UploadPage {
    key_marker: Option<String>,
    id_marker: Option<String>,
    most: usize,
    uploads: Vec<MultipartUpload>,
    prefixes: Vec<CommonPrefix>,
    /// Key or common prefix, and upload id, of the last item.
    last: Option<(String, String)>,
    truncated: bool,
}

impl UploadPage {
    fn new(input: &ListMultipartUploadsInput, most: usize) -> Self {
        Self {
            key_marker: input.key_marker.clone().filter(|marker| !marker.is_empty()),
            id_marker: input.upload_id_marker.clone().filter(|marker| !marker.is_empty()),
            most,
            uploads: Vec::new(),
            prefixes: Vec::new(),
            last: None,
            truncated: false,
        }
    }

    /// At or before the markers, or a common prefix that is listed already.
    fn passed(&self, item: &str, id: &str, common: bool) -> bool {
        let listed = common && self.last.as_ref().is_some_and(|(last, _)| last == item);
        let before = match (&self.key_marker, &self.id_marker) {
            (None, _) => false,
            (Some(key), Some(marker)) if item == key && !common => id <= marker.as_str(),
            (Some(key), _) => item <= key.as_str(),
        };
        listed || before
    }

    fn full(&self) -> bool {
        self.uploads.len() + self.prefixes.len() >= self.most
    }

    fn add_prefix(&mut self, prefix: String, wording: Wording) {
        self.prefixes.push(CommonPrefix {
            prefix: Some(wording.word(&prefix)),
        });
        self.last = Some((prefix, String::new()));
    }

    fn add(&mut self, key: &str, id: &str, s3: &S3, upload: &Upload, wording: Wording) {
        let class = upload.headers.storage_class.clone();
        self.uploads.push(MultipartUpload {
            checksum_algorithm: upload.algorithm.map(checksum::dto),
            checksum_type: upload.algorithm.map(|_| checksum::kind(upload.composite)),
            initiated: Some(timestamp(upload.initiated)),
            initiator: Some(initiator(s3)),
            key: Some(wording.word(key)),
            owner: Some(s3.owner()),
            storage_class: Some(StorageClass::from(class.unwrap_or_else(|| "STANDARD".into()))),
            upload_id: Some(id.to_owned()),
        });
        self.last = Some((key.to_owned(), id.to_owned()));
    }
}
