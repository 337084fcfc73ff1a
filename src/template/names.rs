//! Names for resources that the configs leave without one. They follow from pipeline, environment and logical id
//! alone, so that a later run finds the same resource again.

use md5::{Digest, Md5};

use super::node::{Data, Member, Node};
use super::project::Environment;
use super::schema::ResourceSchema;
use super::scope::stack_name;
use super::source::Span;

/// Adds the name property where it is missing.
pub(super) fn complete(
    properties: &mut Node,
    schema: &ResourceSchema,
    id: (&str, Span),
    pipeline: &str,
    environment: &Environment,
) {
    let (id, span) = id;
    let Some(name) = default_name(schema, id, pipeline, environment) else {
        return;
    };
    if let Data::Map(members) = &mut properties.data
        && !members.iter().any(|member| member.key == name.0)
    {
        let value = Node {
            span,
            data: Data::Text(name.1),
        };
        members.push(Member {
            key: name.0,
            key_span: span,
            value,
        });
    }
}

/// The property that holds the name, and the name.
pub(super) fn default_name(
    schema: &ResourceSchema,
    id: &str,
    pipeline: &str,
    environment: &Environment,
) -> Option<(String, String)> {
    let (property, limit) = schema.name_property()?;
    let mut name = format!("{}-{}", stack_name(pipeline, &environment.name), kebab(id));
    if schema.kind == "AWS::S3::Bucket" {
        // Bucket names are shared by all accounts of a partition (S3 user guide, "Bucket naming rules").
        name = format!("{name}-{}-{}", environment.account, environment.region);
    }
    Some((property.to_owned(), shortened(name, limit)))
}

/// The name of a resource whose type takes none from the configs: `demo-dev-employee-subnets`.
pub fn default_name_of(pipeline: &str, environment: &str, id: &str) -> String {
    shortened(format!("{}-{}", stack_name(pipeline, environment), kebab(id)), 255)
}

/// `EmployeeRawBucket` -> `employee-raw-bucket`, `KMSKey2` -> `kms-key2`.
pub(super) fn kebab(id: &str) -> String {
    let chars: Vec<char> = id.chars().collect();
    let mut out = String::with_capacity(id.len() + 4);
    for (at, c) in chars.iter().enumerate() {
        let after_lower = at > 0 && !chars[at - 1].is_ascii_uppercase();
        let before_lower = at > 0 && chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && (after_lower || before_lower) {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// A name over the limit keeps its start and ends in a hash of the whole, so that two long names stay apart.
fn shortened(name: String, limit: usize) -> String {
    if name.len() <= limit {
        return name;
    }
    let hash: String = Md5::digest(name.as_bytes())
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let start = name[..limit - hash.len() - 1].trim_end_matches('-');
    format!("{start}-{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_kebab_case() {
        let cases = [
            ("RawBucket", "raw-bucket"),
            ("EmployeeStream2", "employee-stream2"),
            ("KMSKey", "kms-key"),
            ("rawBucket", "raw-bucket"),
            ("S3", "s3"),
            ("Stage2Bucket", "stage2-bucket"),
        ];
        for (id, expected) in cases {
            assert_eq!(kebab(id), expected);
        }
    }

    #[test]
    fn long_names_are_shortened_stably_and_stay_apart() {
        let long = |last: &str| shortened(format!("{}{last}", "a".repeat(70)), 64);
        assert_eq!(long("x").len(), 64);
        assert_eq!(long("x"), long("x"));
        assert_ne!(long("x"), long("y"));
        assert_eq!(shortened("short".into(), 64), "short");
    }
}
