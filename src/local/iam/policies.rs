//! Managed policies of the account. Each has one version, `v1`.

use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::store::{Reads, Write};
use crate::local::xml::Xml;

use super::constraints::{self, invalid_input};
use super::model::{POLICIES, Policy, ROLES, encoded, timestamp, unique_id, write_tags};
use super::paging::Page;
use super::role_policies::policy_arn;
use super::roles::tag_page;
use super::{Iam, already_exists, delete_conflict, document, no_such_entity};

/// Whose policy an ARN names, with the policy's name.
pub(super) enum Managed<'a> {
    Aws(&'a str),
    Ours(&'a str),
}

/// Paths and names of AWS's own managed policies, one a line, as moto 5.2.5 (Apache-2.0) lists them.
const AWS_POLICIES: &str = include_str!("aws-managed-policies.txt");

/// Reads `arn:aws:iam::aws:policy/...` and `arn:aws:iam::<account>:policy/...`; `None` for anything else.
pub(super) fn managed_name<'a>(arn: &'a str, account: &str) -> Option<Managed<'a>> {
    let (owner, path) = arn.strip_prefix("arn:aws:iam::")?.split_once(":policy/")?;
    let name = path.rsplit('/').next()?;
    let valid = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    match owner {
        "aws" => AWS_POLICIES
            .lines()
            .any(|known| known == path)
            .then_some(Managed::Aws(name)),
        owner if valid && owner == account => Some(Managed::Ours(name)),
        _ => None,
    }
}

impl Iam {
    pub(super) fn create_policy(&self, params: &Params) -> Result<String, AwsError> {
        let name = constraints::policy_name(params)?;
        let path = constraints::path(params)?;
        let text = params.required("PolicyDocument")?;
        let description = constraints::description(params)?;
        let tags = constraints::tags(params)?;
        document::check_managed(text)?;
        let policy = Policy {
            name: name.to_owned(),
            path: path.to_owned(),
            id: unique_id("ANPA", 17),
            arn: self.arn("policy", path, name),
            created: self.env.now(),
            description: description.map(str::to_owned),
            document: text.to_owned(),
            tags,
        };
        self.env.store.write(|tx| {
            let key = name.to_lowercase();
            if POLICIES.get(tx, &key)?.is_some() {
                return Err(already_exists(format!(
                    "A policy called {name} already exists. Duplicate names are not allowed."
                )));
            }
            POLICIES.put(tx, &key, &policy).map_err(AwsError::from)
        })?;
        let write = |xml: &mut Xml| {
            policy.write_summary(xml, 0, 0);
            if !policy.tags.is_empty() {
                write_tags(xml, &policy.tags);
            }
        };
        Ok(Xml::new().element("Policy", write).finish())
    }

    pub(super) fn get_policy(&self, params: &Params) -> Result<String, AwsError> {
        let tx = self.env.store.read()?;
        let policy = self.policy(&tx, policy_arn(params)?)?;
        let (attached, boundaries) = uses(&tx, &policy.arn)?;
        let write = |xml: &mut Xml| policy.write(xml, attached, boundaries);
        Ok(Xml::new().element("Policy", write).finish())
    }

    /// Policies of the account. AWS's own are not listed, and `Scope=AWS` is refused.
    pub(super) fn list_policies(&self, params: &Params) -> Result<String, AwsError> {
        let prefix = constraints::path_prefix(params)?;
        if params.get("PolicyUsageFilter").is_some() {
            return Err(AwsError::not_implemented("PolicyUsageFilter of IAM's ListPolicies"));
        }
        if let Some(scope) = params.get("Scope") {
            constraints::constrain(|constraints| constraints.one_of("scope", scope, &["All", "AWS", "Local"]))?;
            if scope == "AWS" {
                return Err(AwsError::not_implemented("the list of AWS's own managed policies"));
            }
        }
        let only_attached = params.get("OnlyAttached") == Some("true");
        let tx = self.env.store.read()?;
        let mut listed = Vec::new();
        for (key, policy) in POLICIES.all(&tx, "")? {
            let (attached, boundaries) = uses(&tx, &policy.arn)?;
            if policy.path.starts_with(prefix) && (!only_attached || attached > 0) {
                listed.push((key, (policy, attached, boundaries)));
            }
        }
        let page = Page::of(params, listed)?;
        let mut xml = Xml::new();
        xml.list("Policies", &page.items, |xml, (policy, attached, boundaries)| {
            policy.write_summary(xml, *attached, *boundaries);
        });
        page.write(&mut xml);
        Ok(xml.finish())
    }

    pub(super) fn delete_policy(&self, params: &Params) -> Result<String, AwsError> {
        let arn = policy_arn(params)?;
        self.env.store.write(|tx| {
            let policy = self.policy(tx, arn)?;
            if uses(tx, arn)? != (0, 0) {
                return Err(delete_conflict("Cannot delete a policy attached to entities."));
            }
            POLICIES.remove(tx, &policy.name.to_lowercase())?;
            Ok(String::new())
        })
    }

    pub(super) fn get_policy_version(&self, params: &Params) -> Result<String, AwsError> {
        let version = params.required("VersionId")?;
        let policy = self.policy(&self.env.store.read()?, policy_arn(params)?)?;
        if version != "v1" {
            return Err(no_such_entity(format!(
                "Policy {} version {version} does not exist or is not attachable.",
                policy.arn
            )));
        }
        let write = |xml: &mut Xml| {
            xml.text("Document", encoded(&policy.document));
            write_version(xml, &policy);
        };
        Ok(Xml::new().element("PolicyVersion", write).finish())
    }

    pub(super) fn list_policy_versions(&self, params: &Params) -> Result<String, AwsError> {
        let policy = self.policy(&self.env.store.read()?, policy_arn(params)?)?;
        let page = Page::of(params, [("v1".to_owned(), policy)])?;
        let mut xml = Xml::new();
        xml.list("Versions", &page.items, write_version);
        page.write(&mut xml);
        Ok(xml.finish())
    }

    /// The roles that use a policy; there are no users and groups.
    pub(super) fn list_entities_for_policy(&self, params: &Params) -> Result<String, AwsError> {
        for filter in ["EntityFilter", "PolicyUsageFilter", "PathPrefix"] {
            if params.get(filter).is_some() {
                return Err(AwsError::not_implemented(format_args!(
                    "{filter} of IAM's ListEntitiesForPolicy"
                )));
            }
        }
        let arn = policy_arn(params)?;
        let tx = self.env.store.read()?;
        if !matches!(managed_name(arn, self.env.account()), Some(Managed::Aws(_))) {
            self.policy(&tx, arn)?;
        }
        let uses = |(_, role): &(String, super::Role)| {
            role.attached.contains_key(arn) || role.boundary.as_deref() == Some(arn)
        };
        let page = Page::of(params, ROLES.all(&tx, "")?.into_iter().filter(uses))?;
        let mut xml = Xml::new();
        xml.element("PolicyGroups", |_| {}).element("PolicyUsers", |_| {});
        xml.list("PolicyRoles", &page.items, |xml, role| {
            xml.text("RoleName", &role.name).text("RoleId", &role.id);
        });
        page.write(&mut xml);
        Ok(xml.finish())
    }

    pub(super) fn tag_policy(&self, params: &Params) -> Result<String, AwsError> {
        let new = constraints::tags(params)?;
        self.change_policy(params, |policy| constraints::merge_tags(&mut policy.tags, new))
    }

    pub(super) fn untag_policy(&self, params: &Params) -> Result<String, AwsError> {
        let keys = constraints::tag_keys(params);
        self.change_policy(params, |policy| {
            policy.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    pub(super) fn list_policy_tags(&self, params: &Params) -> Result<String, AwsError> {
        tag_page(params, self.policy(&self.env.store.read()?, policy_arn(params)?)?.tags)
    }

    fn change_policy(
        &self,
        params: &Params,
        change: impl FnOnce(&mut Policy) -> Result<(), AwsError>,
    ) -> Result<String, AwsError> {
        let arn = policy_arn(params)?;
        self.env.store.write(|tx: &Write| {
            let mut policy = self.policy(tx, arn)?;
            change(&mut policy)?;
            POLICIES.put(tx, &policy.name.to_lowercase(), &policy)?;
            Ok(String::new())
        })
    }

    fn policy(&self, tx: &impl Reads, arn: &str) -> Result<Policy, AwsError> {
        let found = match managed_name(arn, self.env.account()) {
            Some(Managed::Aws(_)) => {
                return Err(AwsError::not_implemented("the documents of AWS's own managed policies"));
            }
            Some(Managed::Ours(name)) => POLICIES.get(tx, &name.to_lowercase())?,
            None if arn.contains(":policy/") => None,
            None => return Err(invalid_input(format!("ARN {arn} is not valid."))),
        };
        let found = found.filter(|policy| policy.arn == arn);
        found.ok_or_else(|| no_such_entity(format!("Policy {arn} was not found.")))
    }
}

fn write_version(xml: &mut Xml, policy: &Policy) {
    xml.text("VersionId", "v1")
        .text("IsDefaultVersion", true)
        .text("CreateDate", timestamp(policy.created));
}

/// How many roles have the policy attached, and how many as their boundary.
fn uses(tx: &impl Reads, arn: &str) -> Result<(usize, usize), AwsError> {
    let roles = ROLES.all(tx, "")?;
    let attached = roles.iter().filter(|(_, role)| role.attached.contains_key(arn));
    let boundaries = roles.iter().filter(|(_, role)| role.boundary.as_deref() == Some(arn));
    Ok((attached.count(), boundaries.count()))
}
