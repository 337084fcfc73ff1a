//! What IAM keeps, and how the entities look on the wire.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::local::json::epoch;
use crate::local::store::Table;
use crate::local::xml::Xml;

/// Keys are names in lower case: IAM does not distinguish names by case.
pub(super) const ROLES: Table<Role> = Table::new("iam.roles");
pub(super) const POLICIES: Table<Policy> = Table::new("iam.policies");
pub(super) const PROFILES: Table<InstanceProfile> = Table::new("iam.instance-profiles");

/// Tag keys are unique whatever their case: lower-case key -> (key, value).
pub(super) type Tags = BTreeMap<String, (String, String)>;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Role {
    pub name: String,
    pub path: String,
    pub id: String,
    pub arn: String,
    #[serde(with = "epoch")]
    pub created: Timestamp,
    /// Trust policy as the caller wrote it.
    pub trust: String,
    /// When the trust policy last changed; it takes effect `Timing::iam_propagation` later.
    #[serde(with = "epoch")]
    pub trust_changed: Timestamp,
    pub description: Option<String>,
    pub max_session_seconds: u32,
    pub boundary: Option<String>,
    pub tags: Tags,
    /// Inline policies: name -> document.
    pub inline: BTreeMap<String, String>,
    /// ARNs of managed policies -> their names.
    pub attached: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Policy {
    pub name: String,
    pub path: String,
    pub id: String,
    pub arn: String,
    #[serde(with = "epoch")]
    pub created: Timestamp,
    pub description: Option<String>,
    pub document: String,
    pub tags: Tags,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct InstanceProfile {
    pub name: String,
    pub path: String,
    pub id: String,
    pub arn: String,
    #[serde(with = "epoch")]
    pub created: Timestamp,
    /// At most one role.
    pub role: Option<String>,
    pub tags: Tags,
}

/// A unique id: `AROA`, `ANPA`, `AIPA`, `ASIA` and 17 (credentials: 16) characters of A-Z and 2-7.
/// Source: IAM user guide, "IAM identifiers", "Understanding unique ID prefixes".
pub(crate) fn unique_id(prefix: &str, length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut rng = rand::rng();
    let characters = (0..length).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
    prefix.chars().chain(characters).collect()
}

/// `2026-03-01T12:00:00Z`
pub(crate) fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Percent-encoded as RFC 3986 has it: "policies returned by this operation are URL-encoded" (API_GetRole).
pub(super) fn encoded(document: &str) -> String {
    form_urlencoded::byte_serialize(document.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
        .replace('*', "%2A")
        .replace("%7E", "~")
}

pub(super) fn write_tags(xml: &mut Xml, tags: &Tags) {
    xml.list("Tags", tags.values(), |xml, (key, value)| {
        xml.text("Key", key).text("Value", value);
    });
}

impl Role {
    /// The members that ListRoles gives of a role.
    pub fn write_summary(&self, xml: &mut Xml) {
        xml.text("Path", &self.path)
            .text("RoleName", &self.name)
            .text("RoleId", &self.id)
            .text("Arn", &self.arn)
            .text("CreateDate", timestamp(self.created))
            .text("AssumeRolePolicyDocument", encoded(&self.trust))
            .optional("Description", self.description.as_ref())
            .text("MaxSessionDuration", self.max_session_seconds);
    }

    /// All members: "to view all of the information for a role, see GetRole" (API_ListRoles).
    pub fn write(&self, xml: &mut Xml) {
        self.write_summary(xml);
        if let Some(arn) = &self.boundary {
            xml.element("PermissionsBoundary", |xml| {
                xml.text("PermissionsBoundaryType", "Policy")
                    .text("PermissionsBoundaryArn", arn);
            });
        }
        if !self.tags.is_empty() {
            write_tags(xml, &self.tags);
        }
    }
}

impl Policy {
    /// The members that ListPolicies gives; `attachments` and `boundaries` count the roles that use the policy.
    pub fn write_summary(&self, xml: &mut Xml, attachments: usize, boundaries: usize) {
        xml.text("PolicyName", &self.name)
            .text("PolicyId", &self.id)
            .text("Arn", &self.arn)
            .text("Path", &self.path)
            .text("DefaultVersionId", "v1")
            .text("AttachmentCount", attachments)
            .text("PermissionsBoundaryUsageCount", boundaries)
            .text("IsAttachable", true)
            .text("CreateDate", timestamp(self.created))
            .text("UpdateDate", timestamp(self.created));
    }

    pub fn write(&self, xml: &mut Xml, attachments: usize, boundaries: usize) {
        self.write_summary(xml, attachments, boundaries);
        xml.optional("Description", self.description.as_ref());
        write_tags(xml, &self.tags);
    }
}

impl InstanceProfile {
    pub fn write(&self, xml: &mut Xml, role: Option<&Role>) {
        xml.text("Path", &self.path)
            .text("InstanceProfileName", &self.name)
            .text("InstanceProfileId", &self.id)
            .text("Arn", &self.arn)
            .text("CreateDate", timestamp(self.created))
            .list("Roles", role, |xml, role| role.write_summary(xml));
        write_tags(xml, &self.tags);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_percent_encoded_with_no_plus_signs() {
        assert_eq!(encoded(r#"{"a": "s3:*~-_."}"#), "%7B%22a%22%3A%20%22s3%3A%2A~-_.%22%7D");
    }

    #[test]
    fn ids_have_aws_prefix_and_length() {
        let id = unique_id("AROA", 17);
        assert_eq!(id.len(), 21);
        assert!(id.starts_with("AROA") && id.chars().all(|c| c.is_ascii_uppercase() || ('2'..='7').contains(&c)));
        assert_ne!(id, unique_id("AROA", 17));
    }
}
