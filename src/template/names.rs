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
    let Some(default) = default_name(schema, id, pipeline, environment) else {
        return;
    };
    let elsewhere = default.input.and_then(|input| properties.at(&[input, "Name"]));
    let value = elsewhere.cloned().unwrap_or(Node {
        span,
        data: Data::Text(default.name),
    });
    if let Data::Map(members) = &mut properties.data
        && !members.iter().any(|member| member.key == default.property)
    {
        members.push(Member {
            key: default.property,
            key_span: span,
            value,
        });
    }
}

/// The name of a resource that the configs leave without one.
pub(super) struct DefaultName {
    /// The property that holds it.
    pub property: String,
    /// The property with a `Name` in which configs usually have it.
    pub input: Option<&'static str>,
    pub name: String,
}

pub(super) fn default_name(
    schema: &ResourceSchema,
    id: &str,
    pipeline: &str,
    environment: &Environment,
) -> Option<DefaultName> {
    let (property, limit) = schema.name_property()?;
    let input = input(schema.kind);
    let mut name = format!("{}-{}", stack_name(pipeline, &environment.name), kebab(id));
    if schema.kind == "AWS::S3::Bucket" {
        // Bucket names are shared by all accounts of a partition (S3 user guide, "Bucket naming rules").
        name = format!("{name}-{}-{}", environment.account, environment.region);
    }
    name = shortened(name, limit);
    if input.is_some() {
        // The only special character that Athena takes in names
        // (<https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html>).
        name = name.replace('-', "_");
    }
    Some(DefaultName {
        property: property.to_owned(),
        input,
        name,
    })
}

/// Databases and tables of the Data Catalog have their names in one of two places: CloudFormation added a property for
/// it beside the API's own structure later.
pub(super) fn input(kind: &str) -> Option<&'static str> {
    match kind {
        "AWS::Glue::Database" => Some("DatabaseInput"),
        "AWS::Glue::Table" => Some("TableInput"),
        _ => None,
    }
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
