//! Sequence numbers: where a record lies, as a decimal number.
//!
//! ```text
//! bits 120..128  1, so that every number has 37 digits
//! bits  88..120  shard
//! bits  24..88   position of the record in the shard's log
//! bits   0..24   stream
//! ```
//! They grow with every record of a shard, are unique in the stream, and a child shard's are above its parent's,
//! as AWS's are. The stream's bits tell a number of an older stream of the same name.

use std::fmt;

/// A decoded sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sequence {
    pub shard: u32,
    pub position: u64,
    /// 24 bits.
    pub stream: u32,
}

const VERSION: u128 = 1;

impl Sequence {
    fn number(self) -> u128 {
        VERSION << 120
            | u128::from(self.shard) << 88
            | u128::from(self.position) << 24
            | u128::from(self.stream & 0xff_ffff)
    }

    /// `None` if no stream of this service has ever given out such a number.
    pub fn parse(text: &str) -> Option<Self> {
        let number: u128 = text.parse().ok()?;
        (number >> 120 == VERSION).then_some(Self {
            shard: (number >> 88) as u32,
            position: (number >> 24) as u64,
            stream: (number & 0xff_ffff) as u32,
        })
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_grows_with_shard_and_position() {
        let of = |shard, position| Sequence {
            shard,
            position,
            stream: 0xabcdef,
        };
        for (shard, position) in [(0, 0), (7, 1), (u32::MAX, u64::MAX)] {
            assert_eq!(
                Sequence::parse(&of(shard, position).to_string()),
                Some(of(shard, position))
            );
        }
        let numbers: Vec<_> = [(0, 1), (0, 2), (1, 0), (2, 9)]
            .map(|(s, p)| of(s, p).to_string())
            .into();
        assert!(numbers.iter().all(|n| n.len() == 37));
        assert!(numbers.is_sorted());
        for other in ["0", "49594189147623985939251953501666965394405037144469929986", "x"] {
            assert_eq!(Sequence::parse(other), None);
        }
    }
}
