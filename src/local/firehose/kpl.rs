//! Records that a producer packed into one Kinesis record.
//! Source: "KPL Aggregated Record Format" in awslabs/amazon-kinesis-producer, aggregation-format.md:
//! 4 bytes of magic, a protobuf message, the MD5 of the message.

use bytes::Bytes;
use md5::{Digest, Md5};
use prost::Message;

const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];
const DIGEST: usize = 16;

#[derive(Clone, PartialEq, Message)]
pub(super) struct AggregatedRecord {
    #[prost(string, repeated, tag = "1")]
    pub partition_key_table: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub explicit_hash_key_table: Vec<String>,
    #[prost(message, repeated, tag = "3")]
    pub records: Vec<UserRecord>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct UserRecord {
    #[prost(uint64, required, tag = "1")]
    pub partition_key_index: u64,
    #[prost(uint64, optional, tag = "2")]
    pub explicit_hash_key_index: Option<u64>,
    #[prost(bytes = "bytes", required, tag = "3")]
    pub data: Bytes,
}

/// The records inside `data`, in order; `None` if it is not an aggregated record, or a damaged one: such are
/// records of their own.
pub(super) fn records(data: &Bytes) -> Option<Vec<UserRecord>> {
    if data.len() < MAGIC.len() + DIGEST || data[..4] != MAGIC {
        return None;
    }
    let message = data.slice(MAGIC.len()..data.len() - DIGEST);
    if Md5::digest(&message)[..] != data[data.len() - DIGEST..] {
        return None;
    }
    AggregatedRecord::decode(message)
        .ok()
        .map(|aggregated| aggregated.records)
}

/// Packs records as a producer does.
#[cfg(test)]
pub(super) fn aggregate(records: &[&str]) -> Vec<u8> {
    let message = AggregatedRecord {
        partition_key_table: vec!["key".into()],
        explicit_hash_key_table: Vec::new(),
        records: records
            .iter()
            .map(|data| UserRecord {
                partition_key_index: 0,
                explicit_hash_key_index: None,
                data: Bytes::copy_from_slice(data.as_bytes()),
            })
            .collect(),
    };
    let message = message.encode_to_vec();
    [&MAGIC[..], &message, &Md5::digest(&message)[..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_another_producer_wrote() {
        // The example of ex_kpl 0.2.0's documentation: partition key "partition_key", data "data".
        let bytes: &[u8] = &[
            243, 137, 154, 194, 10, 13, 112, 97, 114, 116, 105, 116, 105, 111, 110, 95, 107, 101, 121, 26, 8, 8, 0, 26,
            4, 100, 97, 116, 97, 208, 54, 153, 218, 90, 34, 47, 163, 33, 8, 173, 27, 217, 85, 161, 78,
        ];
        let found = records(&Bytes::from_static(bytes)).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(&found[0].data[..], b"data");
    }

    #[test]
    fn takes_only_whole_aggregated_records_apart() {
        let packed = aggregate(&["a", "", "c"]);
        let data: Vec<_> = records(&packed.clone().into())
            .unwrap()
            .into_iter()
            .map(|r| r.data)
            .collect();
        assert_eq!(data, ["a", "", "c"]);
        let mut damaged = packed.clone();
        damaged[6] ^= 1;
        assert_eq!(records(&damaged.into()), None);
        assert_eq!(records(&Bytes::from_static(b"plain")), None);
        assert_eq!(records(&Bytes::copy_from_slice(&packed[..10])), None);
    }
}
