//! Tag sets of buckets and objects.
//! Source: S3 API reference, PutBucketTagging and PutObjectTagging; user guide, "Categorizing objects using tags".

use std::collections::BTreeSet;

use s3s::dto::{Tag, Tagging};
use s3s::xml::{Deserialize, Deserializer};
use s3s::{S3ErrorCode, S3Result};

use super::error::{custom, error};
use super::record::Tags;

pub(super) const MOST_OF_BUCKET: usize = 50;
pub(super) const MOST_OF_OBJECT: usize = 10;

/// CreateBucket's tags, taken from its body.
#[derive(Clone, Debug, Default)]
pub(super) struct NewBucketTags(pub Tags);

/// Checks a tag set: number, lengths, no key twice, none of AWS's own.
pub(super) fn check(tags: &[Tag], most: usize) -> S3Result<Tags> {
    if tags.len() > most {
        let message = match most {
            MOST_OF_OBJECT => format!("Object tags cannot be greater than {most}"),
            _ => format!("Bucket tag count cannot be greater than {most}"),
        };
        return Err(custom(http::StatusCode::BAD_REQUEST, "BadRequest", message));
    }
    let mut seen = BTreeSet::new();
    let mut checked = Tags::new();
    for tag in tags {
        let (key, value) = (
            tag.key.clone().unwrap_or_default(),
            tag.value.clone().unwrap_or_default(),
        );
        let wrong = |message: &str| Err(error(S3ErrorCode::InvalidTag, message));
        if key.is_empty() || key.chars().count() > 128 {
            return wrong("The TagKey you have provided is invalid");
        }
        if value.chars().count() > 256 {
            return wrong("The TagValue you have provided is invalid");
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return wrong("System tags cannot be added/updated by requester");
        }
        if !seen.insert(key.clone()) {
            return wrong("Cannot provide multiple Tags with the same key");
        }
        checked.push((key, value));
    }
    Ok(checked)
}

/// The `x-amz-tagging` header: a query string.
pub(super) fn from_header(header: Option<&str>) -> S3Result<Tags> {
    let pairs = form_urlencoded::parse(header.unwrap_or_default().as_bytes());
    let tags: Vec<Tag> = pairs
        .map(|(key, value)| Tag {
            key: Some(key.into_owned()),
            value: Some(value.into_owned()),
        })
        .collect();
    check(&tags, MOST_OF_OBJECT)
}

pub(super) fn to_dto(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag {
            key: Some(key.clone()),
            value: Some(value.clone()),
        })
        .collect()
}

/// Splits a CreateBucket body into the part that `s3s` knows and the tags.
pub(super) fn split_create_bucket(xml: &[u8]) -> S3Result<(Vec<u8>, NewBucketTags)> {
    let (open, close) = ("<Tags>", "</Tags>");
    let text = String::from_utf8_lossy(xml);
    let parts = text
        .split_once(open)
        .and_then(|(before, rest)| Some((before, rest.split_once(close)?)));
    let Some((before, (inner, after))) = parts else {
        return Ok((xml.to_vec(), NewBucketTags::default()));
    };
    let wrapped = format!("<Tagging><TagSet>{inner}</TagSet></Tagging>");
    let malformed = |_| {
        error(
            S3ErrorCode::MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    };
    let tagging = Tagging::deserialize(&mut Deserializer::new(wrapped.as_bytes())).map_err(malformed)?;
    let tags = check(&tagging.tag_set, MOST_OF_BUCKET)?;
    Ok((format!("{before}{after}").into_bytes(), NewBucketTags(tags)))
}
