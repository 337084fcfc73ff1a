//! GetObjectAttributes.

use s3s::S3Result;
use s3s::dto::*;

use super::checksum::{set_checksum, set_sum};
use super::listings::limit;
use super::record::Object;
use super::{S3, get};

pub(super) fn get_attributes(s3: &S3, input: &GetObjectAttributesInput) -> S3Result<GetObjectAttributesOutput> {
    let tx = s3.env.store.read()?;
    let found = get::find(&tx, &input.bucket, &input.key, input.version_id.as_deref())?;
    let object = &found.object;
    let wants = |attribute: &str| {
        input
            .object_attributes
            .iter()
            .any(|wanted| wanted.as_str() == attribute)
    };
    let mut output = GetObjectAttributesOutput {
        last_modified: Some(found.version.last_modified()),
        version_id: found.shown_id(),
        ..Default::default()
    };
    if wants(ObjectAttributes::ETAG) {
        // AWS leaves the quotes out in this one answer; `s3s` always writes them.
        output.e_tag = Some(super::record::etag(&object.etag));
    }
    if wants(ObjectAttributes::OBJECT_SIZE) {
        output.object_size = i64::try_from(object.size).ok();
    }
    if wants(ObjectAttributes::STORAGE_CLASS) {
        output.storage_class = Some(StorageClass::from(object.storage_class()));
    }
    if wants(ObjectAttributes::CHECKSUM) && object.sum.is_some() {
        let mut checksum = Checksum::default();
        set_sum!(checksum, &object.sum);
        output.checksum = Some(checksum);
    }
    if wants(ObjectAttributes::OBJECT_PARTS)
        && let Some(count) = object.parts
    {
        output.object_parts = Some(parts(object, count, input)?);
    }
    Ok(output)
}

/// Parts are listed one by one only if they have checksums.
fn parts(object: &Object, count: u32, input: &GetObjectAttributesInput) -> S3Result<GetObjectAttributesParts> {
    let max_parts = limit(input.max_parts, "max-parts")?;
    let marker = input.part_number_marker.unwrap_or(0);
    let total_parts_count = i32::try_from(count).ok();
    let Some(sum) = object.sum.as_ref().filter(|sum| sum.composite) else {
        return Ok(GetObjectAttributesParts {
            total_parts_count,
            ..Default::default()
        });
    };
    let start = usize::try_from(marker).unwrap_or(0);
    let most = usize::try_from(max_parts).unwrap_or(0);
    let rest = object.segments.get(start..).unwrap_or_default();
    let listed: Vec<ObjectPart> = rest
        .iter()
        .take(most)
        .enumerate()
        .map(|(n, segment)| {
            let mut part = ObjectPart {
                part_number: i32::try_from(start + n + 1).ok(),
                size: i64::try_from(segment.size).ok(),
                ..Default::default()
            };
            if let Some(value) = &segment.sum {
                set_checksum!(part, sum.algorithm, value.clone());
            }
            part
        })
        .collect();
    Ok(GetObjectAttributesParts {
        is_truncated: Some(rest.len() > listed.len()),
        max_parts: Some(max_parts),
        next_part_number_marker: i32::try_from(start + listed.len()).ok(),
        part_number_marker: Some(marker),
        parts: Some(listed),
        total_parts_count,
    })
}
