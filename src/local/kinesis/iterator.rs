//! Shard iterators: opaque tokens that hold everything GetRecords needs, so that none is kept anywhere.

use base64_simd::URL_SAFE_NO_PAD;

/// How long an iterator is good for, in milliseconds. Source: GetShardIterator's API reference.
pub(super) const LIFETIME: i64 = 300_000;
const VERSION: u8 = 1;
const FIXED: usize = 1 + 4 + 8 + 8 + 24;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShardIterator {
    pub stream: String,
    /// `StreamId`, 24 characters: an iterator of an older stream of the same name is not this one's.
    pub stream_id: String,
    pub shard: u32,
    pub position: u64,
    /// Milliseconds since 1970.
    pub issued: i64,
}

impl ShardIterator {
    pub fn seal(&self) -> String {
        let mut bytes = Vec::with_capacity(FIXED + self.stream.len() + 4);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.shard.to_be_bytes());
        bytes.extend_from_slice(&self.position.to_be_bytes());
        bytes.extend_from_slice(&self.issued.to_be_bytes());
        bytes.extend_from_slice(self.stream_id.as_bytes());
        bytes.extend_from_slice(self.stream.as_bytes());
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        URL_SAFE_NO_PAD.encode_to_string(bytes)
    }

    /// `None` if this is no token of ours.
    pub fn open(token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode_to_vec(token).ok()?;
        let (body, crc) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
        if body.len() < FIXED || body[0] != VERSION || crc32fast::hash(body).to_be_bytes() != crc {
            return None;
        }
        Some(Self {
            shard: u32::from_be_bytes(body[1..5].try_into().ok()?),
            position: u64::from_be_bytes(body[5..13].try_into().ok()?),
            issued: i64::from_be_bytes(body[13..21].try_into().ok()?),
            stream_id: std::str::from_utf8(&body[21..45]).ok()?.to_owned(),
            stream: std::str::from_utf8(&body[45..]).ok()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_round_trip_and_do_not_take_a_change() {
        let iterator = ShardIterator {
            stream: "s".repeat(128),
            stream_id: "abcdefghijklmnopqrst-xyz".into(),
            shard: 3,
            position: 99,
            issued: 1_700_000_000_123,
        };
        let token = iterator.seal();
        assert!(token.len() <= 512);
        assert_eq!(ShardIterator::open(&token), Some(iterator));
        let mut forged = token.into_bytes();
        forged[10] = if forged[10] == b'A' { b'B' } else { b'A' };
        assert_eq!(ShardIterator::open(std::str::from_utf8(&forged).unwrap()), None);
        assert_eq!(ShardIterator::open(""), None);
    }
}
