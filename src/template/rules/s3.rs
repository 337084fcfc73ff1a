//! S3 buckets.

use super::Subject;
use super::policy::{Policy, check};
use crate::template::sink::{Finding, Sink};

const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// General purpose bucket naming rules
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>).
pub(super) fn bucket_name(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("BucketName") else {
        return;
    };
    if let Some(reason) = node.text().and_then(breach) {
        let message = format!(
            "a bucket cannot be named `{}`: {reason}",
            node.text().unwrap_or_default()
        );
        sink.push(Finding::error("bad-bucket-name", node.span, message));
    }
}

/// What is wrong with a bucket's name; the schema checks characters, first, last and greatest length.
fn breach(name: &str) -> Option<String> {
    let address = name.split('.').count() == 4 && name.split('.').all(|part| part.parse::<u8>().is_ok());
    let prefix = RESERVED_PREFIXES.iter().find(|prefix| name.starts_with(**prefix));
    let suffix = RESERVED_SUFFIXES.iter().find(|suffix| name.ends_with(**suffix));
    match (prefix, suffix) {
        _ if name.len() < 3 => Some("it must have 3 to 63 characters".into()),
        _ if name.contains("..") => Some("two dots cannot stand next to each other".into()),
        _ if address => Some("it looks like an IP address".into()),
        (Some(prefix), _) => Some(format!("the prefix `{prefix}` is reserved")),
        (_, Some(suffix)) => Some(format!("the suffix `{suffix}` is reserved")),
        _ => None,
    }
}

/// A bucket policy names principals and resources.
pub(super) fn policy(subject: &Subject<'_>, sink: &mut Sink) {
    if let Some(document) = subject.properties.get("PolicyDocument") {
        check(document, Policy::Resource, sink);
    }
}

#[cfg(test)]
mod tests {
    use super::breach;

    #[test]
    fn bucket_names() {
        for good in ["abc", "my.bucket-1", "192.168.5.256", "1.2.3", "sthree"] {
            assert_eq!(breach(good), None, "{good}");
        }
        for bad in [
            "ab",
            "a..b",
            "192.168.5.4",
            "xn--a",
            "sthree-x",
            "amzn-s3-demo-b",
            "a-s3alias",
            "a--ol-s3",
            "a.mrap",
        ] {
            assert!(breach(bad).is_some(), "{bad}");
        }
    }
}
