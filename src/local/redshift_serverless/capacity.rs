//! Which RPUs a workgroup may have.
//! Source: Redshift management guide, "Compute capacity for Amazon Redshift Serverless".

use super::errors::validation;
use crate::local::error::AwsError;

/// What a workgroup has if nobody says: 128 RPUs.
pub(super) const DEFAULT_BASE: i64 = 128;

/// Base capacity is 4, 8 to 512 in steps of 8, and 512 to 1,024 in steps of 32.
pub(super) fn check_base(base: i64) -> Result<(), AwsError> {
    let valid = match base {
        4 => true,
        8..=512 => base % 8 == 0,
        513..=1_024 => base % 32 == 0,
        _ => false,
    };
    match valid {
        true => Ok(()),
        false => Err(validation(format!(
            "Invalid base capacity {base}. It can be 4 RPUs, 8-512 RPUs in increments of 8, and 512-1024 RPUs in increments of 32."
        ))),
    }
}

/// Max capacity is the base at least and 5,632 at most, in steps of 8. -1 removes it.
pub(super) fn check_max(max: i64, base: i64) -> Result<Option<i64>, AwsError> {
    if max == -1 {
        return Ok(None);
    }
    if max < base {
        return Err(validation(format!(
            "The max capacity {max} must be greater than or equal to the base capacity {base}."
        )));
    }
    match max <= 5_632 && (max % 8 == 0 || max == 4) {
        true => Ok(Some(max)),
        false => Err(validation(format!(
            "Invalid max capacity {max}. It can be up to 5632 RPUs, in increments of 8."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_capacity_comes_in_steps() {
        for base in [4, 8, 24, 512, 544, 1_024] {
            assert!(check_base(base).is_ok(), "{base}");
        }
        for base in [0, 5, 12, 520, 1_032, -8] {
            assert_eq!(check_base(base).unwrap_err().code, "ValidationException", "{base}");
        }
    }

    #[test]
    fn max_capacity_is_not_below_the_base_and_can_be_removed() {
        assert_eq!(check_max(256, 128).unwrap(), Some(256));
        assert_eq!(check_max(-1, 128).unwrap(), None);
        assert!(check_max(64, 128).is_err());
        assert!(check_max(132, 128).is_err());
    }
}
