//! Values as requests carry them, and random passwords.

use rand::RngExt;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::errors::{constrain, invalid_parameter, invalid_request};
use super::model::Value;
use crate::local::error::AwsError;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// What `SecretString` and `SecretBinary` say together; at most one of them may be there.
pub(super) fn given(text: Option<String>, binary: Option<String>) -> Result<Option<Value>, AwsError> {
    match (text, binary) {
        (Some(_), Some(_)) => Err(invalid_parameter(
            "You can't specify both a binary secret value and a string secret value in the same secret.",
        )),
        (Some(text), None) => {
            check_length("secretString", text.len())?;
            Ok(Some(Value::Text(text)))
        }
        (None, Some(binary)) => {
            let bytes = base64_simd::STANDARD.decode_to_vec(&binary);
            let bytes = bytes.map_err(|_| {
                AwsError::bad_request("SerializationException", "SecretBinary is not encoded in base64")
            })?;
            check_length("secretBinary", bytes.len())?;
            Ok(Some(Value::Binary(binary)))
        }
        (None, None) => Ok(None),
    }
}

/// 1 to 65,536 bytes. The value itself stays out of the message: the model marks it sensitive.
fn check_length(member: &str, bytes: usize) -> Result<(), AwsError> {
    constrain(|constraints| constraints.count(member, bytes, 1, 65_536))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetRandomPassword {
    password_length: Option<i64>,
    exclude_characters: Option<String>,
    #[serde(default)]
    exclude_numbers: bool,
    #[serde(default)]
    exclude_punctuation: bool,
    #[serde(default)]
    exclude_uppercase: bool,
    #[serde(default)]
    exclude_lowercase: bool,
    #[serde(default)]
    include_space: bool,
    require_each_included_type: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RandomPassword {
    random_password: String,
}

pub(super) fn random_password(input: &GetRandomPassword) -> Result<RandomPassword, AwsError> {
    let length = input.password_length.unwrap_or(32);
    constrain(|constraints| constraints.range("passwordLength", length, 1, 4096))?;
    let excluded = input.exclude_characters.as_deref().unwrap_or_default();
    let kinds = [
        (LOWER, input.exclude_lowercase),
        (UPPER, input.exclude_uppercase),
        (DIGITS, input.exclude_numbers),
        (PUNCTUATION, input.exclude_punctuation),
        (" ", !input.include_space),
    ];
    let allowed = |kind: &str| kind.chars().filter(|c| !excluded.contains(*c)).collect::<Vec<_>>();
    let kinds = kinds.iter().filter(|(_, left_out)| !left_out);
    let kinds: Vec<_> = kinds.map(|(kind, _)| allowed(kind)).filter(|k| !k.is_empty()).collect();
    if kinds.is_empty() {
        return Err(invalid_request(
            "The password can't be generated because all the characters are excluded.",
        ));
    }
    let each = input.require_each_included_type.unwrap_or(true);
    if each && (length as usize) < kinds.len() {
        return Err(invalid_parameter(
            "PasswordLength is too short for the number of required character types.",
        ));
    }
    Ok(RandomPassword {
        random_password: random(&kinds, length as usize, each),
    })
}

/// Characters drawn from all kinds, with at least one of each if `each`.
pub(super) fn random(kinds: &[Vec<char>], length: usize, each: bool) -> String {
    let mut rng = rand::rng();
    let mut pick = |from: &[char]| from[rng.random_range(0..from.len())];
    let mut password: Vec<char> = match each {
        true => kinds.iter().map(|kind| pick(kind)).collect(),
        false => Vec::new(),
    };
    let all = kinds.concat();
    while password.len() < length {
        password.push(pick(&all));
    }
    password.shuffle(&mut rand::rng());
    password.into_iter().collect()
}

/// As Redshift wants an admin password: 32 characters with upper case, lower case and digits. Punctuation that its
/// rules forbid (`'`, `"`, `\`, `/`, `@`) is left out.
pub(super) fn admin_password() -> String {
    let kinds = [LOWER, UPPER, DIGITS, "!#$%&()*+,-.:;<=>?[]^_{|}~"];
    let kinds = kinds.map(|kind| kind.chars().collect::<Vec<_>>());
    random(&kinds, 32, true)
}
