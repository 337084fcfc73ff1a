//! Which shard a partition key belongs to.

use md5::{Digest, Md5};

/// An open shard: the inclusive range of 128-bit hash keys it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    pub id: String,
    pub first_hash: u128,
    pub last_hash: u128,
}

/// The open shards of a stream, by hash range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardMap {
    shards: Vec<Shard>,
}

impl ShardMap {
    /// `shards` are the stream's open shards in any order. An empty list becomes one shard with every hash key.
    pub fn new(mut shards: Vec<Shard>) -> Self {
        if shards.is_empty() {
            shards.push(Shard {
                id: "shardId-000000000000".into(),
                first_hash: 0,
                last_hash: u128::MAX,
            });
        }
        shards.sort_by_key(|shard| shard.first_hash);
        Self { shards }
    }

    /// `count` shards of equal ranges, as Kinesis splits a new provisioned stream.
    pub fn even(count: u32) -> Self {
        let count = u128::from(count.max(1));
        let width = u128::MAX / count;
        let shard = |index: u128| Shard {
            id: format!("shardId-{index:012}"),
            first_hash: index * width,
            last_hash: if index + 1 == count {
                u128::MAX
            } else {
                (index + 1) * width - 1
            },
        };
        Self::new((0..count).map(shard).collect())
    }

    pub fn len(&self) -> usize {
        self.shards.len()
    }

    pub fn is_empty(&self) -> bool {
        self.shards.is_empty()
    }

    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// Index of the shard that takes `hash`.
    pub fn index_of(&self, hash: u128) -> usize {
        self.shards
            .partition_point(|shard| shard.first_hash <= hash)
            .saturating_sub(1)
    }
}

/// The hash key of a partition key: its MD5 as a big-endian 128-bit number (Kinesis API, PutRecords, `PartitionKey`).
pub fn hash_key(partition_key: &[u8]) -> u128 {
    u128::from_be_bytes(Md5::digest(partition_key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_has_exactly_the_shard_whose_range_holds_it() {
        for count in [1, 2, 3, 7, 64] {
            let map = ShardMap::even(count);
            assert_eq!(map.len(), count as usize);
            for (index, shard) in map.shards().iter().enumerate() {
                for hash in [
                    shard.first_hash,
                    shard.last_hash,
                    shard.first_hash / 2 + shard.last_hash / 2,
                ] {
                    assert_eq!(map.index_of(hash), index, "{count} shards, hash {hash}");
                }
            }
            assert_eq!(map.shards().last().map(|shard| shard.last_hash), Some(u128::MAX));
        }
    }

    #[test]
    fn hash_of_a_partition_key_is_its_md5() {
        assert_eq!(hash_key(b"a"), 0x0cc175b9c0f1b6a831c399e269772661);
    }
}
