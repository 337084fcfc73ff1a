//! The checksums of "Checking object integrity" in the S3 user guide.

use base64_simd::STANDARD as BASE64;
use s3s::S3Result;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::Checksum as _;
use s3s::crypto::{Crc32c, Crc64Nvme, Sha1, Sha256};
use serde::{Deserialize, Serialize};

use super::error::{error, invalid_argument};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// A checksum of an object or a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sum {
    pub algorithm: Algorithm,
    /// Base64; `-N` follows for a composite one.
    pub value: String,
    /// Of the parts' checksums rather than of the bytes.
    pub composite: bool,
}

impl Algorithm {
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// As `x-amz-sdk-checksum-algorithm` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    pub fn parse(name: &str) -> S3Result<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| {
                let message = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";
                error(s3s::S3ErrorCode::InvalidRequest, message)
            })
    }

    /// From a header's name, `x-amz-checksum-crc32`.
    pub fn from_header(name: &str) -> Option<Self> {
        let suffix = name.strip_prefix("x-amz-checksum-")?;
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(suffix))
    }

    fn digest_bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Decodes a declared checksum.
    pub fn decode(self, value: &str) -> S3Result<Vec<u8>> {
        let decoded = BASE64.decode_to_vec(value).ok();
        decoded
            .filter(|bytes| bytes.len() == self.digest_bytes())
            .ok_or_else(|| {
                let header = self.name().to_lowercase();
                error(
                    s3s::S3ErrorCode::InvalidRequest,
                    format!("Value for x-amz-checksum-{header} header is invalid."),
                )
            })
    }

    pub fn hasher(self) -> Hasher {
        let mut other = ChecksumHasher::default();
        match self {
            Self::Crc32 => return Hasher::Crc32(crc32fast::Hasher::new()),
            Self::Crc32c => other.crc32c = Some(Crc32c::new()),
            Self::Crc64Nvme => other.crc64nvme = Some(Crc64Nvme::new()),
            Self::Sha1 => other.sha1 = Some(Sha1::new()),
            Self::Sha256 => other.sha256 = Some(Sha256::new()),
        }
        Hasher::Other(Box::new(other))
    }

    /// The composite checksum: of the parts' checksums, one after the other, with the number of parts.
    pub fn composite(self, parts: &[String]) -> S3Result<Sum> {
        let mut hasher = self.hasher();
        for part in parts {
            hasher.update(&self.decode(part)?);
        }
        Ok(Sum {
            algorithm: self,
            value: format!("{}-{}", hasher.finish(), parts.len()),
            composite: true,
        })
    }
}

/// A running checksum. CRC-32, which every current SDK sends by default, has its own fast path.
pub(super) enum Hasher {
    Crc32(crc32fast::Hasher),
    Other(Box<ChecksumHasher>),
}

impl Hasher {
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(hasher) => hasher.update(bytes),
            Self::Other(hasher) => hasher.update(bytes),
        }
    }

    /// Base64.
    pub fn finish(self) -> String {
        match self {
            Self::Crc32(hasher) => BASE64.encode_to_string(hasher.finalize().to_be_bytes()),
            Self::Other(hasher) => {
                let sum = hasher.finalize();
                let values = [
                    sum.checksum_crc32c,
                    sum.checksum_crc64nvme,
                    sum.checksum_sha1,
                    sum.checksum_sha256,
                ];
                values.into_iter().flatten().next().unwrap_or_default()
            }
        }
    }
}

/// The one checksum a request declares in its headers.
///
/// # Errors
/// `InvalidRequest` if there are several, as AWS answers.
pub(super) fn declared(fields: [&Option<String>; 5]) -> S3Result<Option<(Algorithm, String)>> {
    let mut given = Algorithm::ALL
        .into_iter()
        .zip(fields)
        .filter_map(|(algorithm, value)| Some((algorithm, value.clone()?)));
    let first = given.next();
    if given.next().is_some() {
        let message = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
        return Err(error(s3s::S3ErrorCode::InvalidRequest, message));
    }
    Ok(first)
}

/// The five checksum members of an input, in the order of [`Algorithm::ALL`].
macro_rules! checksum_fields {
    ($input:expr) => {
        [
            &$input.checksum_crc32,
            &$input.checksum_crc32c,
            &$input.checksum_crc64nvme,
            &$input.checksum_sha1,
            &$input.checksum_sha256,
        ]
    };
}

/// Sets the checksum member of an output that has the five.
macro_rules! set_checksum {
    ($output:expr, $algorithm:expr, $value:expr) => {
        match $algorithm {
            $crate::local::s3::checksum::Algorithm::Crc32 => $output.checksum_crc32 = Some($value),
            $crate::local::s3::checksum::Algorithm::Crc32c => $output.checksum_crc32c = Some($value),
            $crate::local::s3::checksum::Algorithm::Crc64Nvme => $output.checksum_crc64nvme = Some($value),
            $crate::local::s3::checksum::Algorithm::Sha1 => $output.checksum_sha1 = Some($value),
            $crate::local::s3::checksum::Algorithm::Sha256 => $output.checksum_sha256 = Some($value),
        }
    };
}

/// Sets checksum and checksum type of an output, if the object has a checksum.
macro_rules! set_sum {
    ($output:expr, $sum:expr) => {
        if let Some(sum) = $sum {
            $crate::local::s3::checksum::set_checksum!($output, sum.algorithm, sum.value.clone());
            $output.checksum_type = Some($crate::local::s3::checksum::kind(sum.composite));
        }
    };
}

pub(super) use {checksum_fields, set_checksum, set_sum};

pub(super) fn kind(composite: bool) -> s3s::dto::ChecksumType {
    use s3s::dto::ChecksumType;
    ChecksumType::from_static(if composite {
        ChecksumType::COMPOSITE
    } else {
        ChecksumType::FULL_OBJECT
    })
}

pub(super) fn dto(algorithm: Algorithm) -> s3s::dto::ChecksumAlgorithm {
    s3s::dto::ChecksumAlgorithm::from_static(algorithm.name())
}

/// Decodes a `Content-MD5` header (RFC 1864).
pub(super) fn content_md5(value: &str) -> S3Result<Vec<u8>> {
    let decoded = BASE64.decode_to_vec(value).ok();
    decoded.filter(|bytes| bytes.len() == 16).ok_or_else(|| {
        error(
            s3s::S3ErrorCode::InvalidDigest,
            "The Content-MD5 you specified was invalid.",
        )
    })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of a hexadecimal MD5.
pub(super) fn unhex(text: &str) -> S3Result<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        u8::from_str_radix(pair, 16)
    });
    digits
        .collect::<Result<_, _>>()
        .map_err(|_| invalid_argument("not a hexadecimal digest"))
}
