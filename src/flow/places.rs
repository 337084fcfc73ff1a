//! Where a project's data lies.

/// Physical names of what the data flows through, in one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Name of the record (`employees`).
    pub record: String,
    pub raw_bucket: String,
    /// Below this key Firehose writes; up to the date if the date comes first (`raw/employees/dt=`).
    pub raw_prefix: String,
    pub curated_bucket: String,
    /// Name of the Glue job.
    pub job: String,
}

impl Places {
    /// The fixed part of a Firehose prefix: `raw/employees/dt=` of `raw/employees/dt=!{timestamp:yyyy-MM-dd}/`.
    ///
    /// Expressions start with `!{` (<https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html>).
    pub fn fixed_prefix(prefix: &str) -> &str {
        prefix.split("!{").next().unwrap_or_default()
    }
}

/// An object, or everything below a key, as `s3://bucket/key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct S3Uri {
    pub bucket: String,
    /// Without the slash in front; may be empty.
    pub key: String,
}

impl S3Uri {
    pub fn parse(text: &str) -> Option<Self> {
        let (bucket, key) = text.strip_prefix("s3://")?.split_once('/')?;
        (!bucket.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Whether it names everything below a key, not one object.
    pub fn is_folder(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }
}

impl std::fmt::Display for S3Uri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_fixed_up_to_its_first_expression() {
        for (prefix, fixed) in [
            ("raw/employees/dt=!{timestamp:yyyy-MM-dd}/", "raw/employees/dt="),
            ("raw/!{firehose:random-string}/x/", "raw/"),
            ("raw/employees/", "raw/employees/"),
            ("", ""),
        ] {
            assert_eq!(Places::fixed_prefix(prefix), fixed);
        }
    }

    #[test]
    fn uris_are_taken_apart() {
        let uri = S3Uri::parse("s3://raw/code/employees.sql").unwrap();
        assert_eq!((uri.bucket.as_str(), uri.key.as_str()), ("raw", "code/employees.sql"));
        assert_eq!(uri.to_string(), "s3://raw/code/employees.sql");
        assert_eq!(S3Uri::parse("s3://raw/").map(|uri| uri.key), Some(String::new()));
        for wrong in ["raw/x", "s3://raw", "s3:///x", "https://raw/x"] {
            assert_eq!(S3Uri::parse(wrong), None, "{wrong}");
        }
    }
}
