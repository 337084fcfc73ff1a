//! The fingerprint of a partition: what it holds, and what it is processed with.

use sha2::{Digest, Sha256};

use super::objects::Object;
use super::raw::Partition;

/// Hexadecimal digits of a batch.
const DIGITS: usize = 32;

/// The batch of a partition: the first 32 hex digits of the SHA-256 over a line `<key>\t<etag>\n` for each raw object, by
/// key, then for the contract and for the transformation. The Glue job computes the same.
pub(super) fn batch(partition: &Partition, contract: &Object, transform: &Object) -> String {
    let mut hash = Sha256::new();
    for object in partition.objects.iter().chain([contract, transform]) {
        hash.update(object.key.as_bytes());
        hash.update(b"\t");
        hash.update(object.etag.as_bytes());
        hash.update(b"\n");
    }
    hex(&hash.finalize(), DIGITS)
}

/// Whether it looks like a batch: it becomes part of keys and SQL.
pub(super) fn is_batch(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The first `digits` hexadecimal digits of a text's SHA-256.
pub(super) fn fingerprint(parts: &[&[u8]], digits: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // Each with its length, so that no two lists of parts run together into the same bytes.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize(), digits)
}

fn hex(bytes: &[u8], digits: usize) -> String {
    let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(digits);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str, etag: &str) -> Object {
        Object {
            key: key.into(),
            etag: etag.into(),
            bytes: 1,
        }
    }

    /// The expected value is that of sha256sum over the same four lines.
    #[test]
    fn a_batch_is_what_sha256sum_says() {
        let partition = Partition {
            date: "2026-11-25".parse().unwrap(),
            objects: vec![
                object("raw/e/dt=2026-11-25/a.gz", "aaa"),
                object("raw/e/dt=2026-11-25/b.gz", "bbb-2"),
            ],
        };
        let (contract, transform) = (object("contract/source.json", "ccc"), object("code/e.sql", "ddd"));
        let found = batch(&partition, &contract, &transform);
        assert_eq!(found, "03343a647198849746cd1a30ed3bd77a");
        assert!(is_batch(&found));
        assert_ne!(found, batch(&partition, &contract, &object("code/e.sql", "new")));
    }
}
