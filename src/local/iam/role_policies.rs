//! Policies of roles: inline and attached.

use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::store::Reads;
use crate::local::xml::Xml;

use super::constraints::{self, invalid_input};
use super::model::{POLICIES, encoded};
use super::paging::Page;
use super::policies::{Managed, managed_name};
use super::{Iam, document, limit_exceeded, no_such_entity, role};

/// "Managed policies attached to an IAM role", default.
const MAX_ATTACHED: usize = 10;

impl Iam {
    pub(super) fn put_role_policy(&self, params: &Params) -> Result<String, AwsError> {
        let policy = constraints::policy_name(params)?;
        let text = params.required("PolicyDocument")?;
        self.change_role(params, |_, role| {
            let others = role.inline.iter().filter(|(name, _)| *name != policy);
            let size = others.map(|(_, text)| document::size(text)).sum();
            document::check_inline(text, size, &role.name)?;
            role.inline.insert(policy.to_owned(), text.to_owned());
            Ok(())
        })?;
        Ok(String::new())
    }

    pub(super) fn get_role_policy(&self, params: &Params) -> Result<String, AwsError> {
        let policy = constraints::policy_name(params)?;
        let role = role(&self.env.store.read()?, constraints::role_name(params)?)?;
        let text = role.inline.get(policy).ok_or_else(|| no_inline(policy))?;
        Ok(Xml::new()
            .text("RoleName", &role.name)
            .text("PolicyName", policy)
            .text("PolicyDocument", encoded(text))
            .finish())
    }

    pub(super) fn list_role_policies(&self, params: &Params) -> Result<String, AwsError> {
        let role = role(&self.env.store.read()?, constraints::role_name(params)?)?;
        let page = Page::of(params, role.inline.into_keys().map(|name| (name.clone(), name)))?;
        let mut xml = Xml::new();
        xml.values("PolicyNames", &page.items);
        page.write(&mut xml);
        Ok(xml.finish())
    }

    pub(super) fn delete_role_policy(&self, params: &Params) -> Result<String, AwsError> {
        let policy = constraints::policy_name(params)?;
        self.change_role(params, |_, role| match role.inline.remove(policy) {
            Some(_) => Ok(()),
            None => Err(no_inline(policy)),
        })?;
        Ok(String::new())
    }

    /// Attaching again what is attached changes nothing.
    pub(super) fn attach_role_policy(&self, params: &Params) -> Result<String, AwsError> {
        let arn = policy_arn(params)?;
        self.change_role(params, |tx, role| {
            let name = self.attachable(tx, arn)?;
            if !role.attached.contains_key(arn) && role.attached.len() >= MAX_ATTACHED {
                return Err(limit_exceeded("PoliciesPerRole", MAX_ATTACHED));
            }
            role.attached.insert(arn.to_owned(), name);
            Ok(())
        })?;
        Ok(String::new())
    }

    pub(super) fn detach_role_policy(&self, params: &Params) -> Result<String, AwsError> {
        let arn = policy_arn(params)?;
        self.change_role(params, |_, role| match role.attached.remove(arn) {
            Some(_) => Ok(()),
            None => Err(no_such_entity(format!("Policy {arn} was not found."))),
        })?;
        Ok(String::new())
    }

    pub(super) fn list_attached_role_policies(&self, params: &Params) -> Result<String, AwsError> {
        let prefix = constraints::path_prefix(params)?;
        let role = role(&self.env.store.read()?, constraints::role_name(params)?)?;
        let path = |arn: &str| {
            arn.split_once(":policy")
                .is_some_and(|(_, path)| path.starts_with(prefix))
        };
        let attached = role.attached.into_iter().filter(|(arn, _)| path(arn));
        let page = Page::of(params, attached.map(|(arn, name)| (arn.clone(), (arn, name))))?;
        let mut xml = Xml::new();
        xml.list("AttachedPolicies", &page.items, |xml, (arn, name)| {
            xml.text("PolicyName", name).text("PolicyArn", arn);
        });
        page.write(&mut xml);
        Ok(xml.finish())
    }

    /// The name of a policy that can be attached.
    fn attachable(&self, tx: &impl Reads, arn: &str) -> Result<String, AwsError> {
        let found = match managed_name(arn, self.env.account()) {
            Some(Managed::Aws(name)) => Some(name.to_owned()),
            Some(Managed::Ours(name)) => {
                let policy = POLICIES.get(tx, &name.to_lowercase())?;
                policy.filter(|policy| policy.arn == arn).map(|policy| policy.name)
            }
            None => None,
        };
        found.ok_or_else(|| no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
    }
}

/// `PolicyArn`, checked for its form.
pub(super) fn policy_arn(params: &Params) -> Result<&str, AwsError> {
    let arn = params.required("PolicyArn")?;
    constraints::length(arn, "policyArn", 20, 2048)?;
    if !arn.starts_with("arn:") || arn.splitn(6, ':').count() != 6 {
        return Err(invalid_input(format!("ARN {arn} is not valid.")));
    }
    Ok(arn)
}

fn no_inline(policy: &str) -> AwsError {
    no_such_entity(format!("The role policy with name {policy} cannot be found."))
}
