//! Instance profiles: they keep a role from being deleted.

use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::store::Reads;
use crate::local::xml::Xml;

use super::model::{InstanceProfile, PROFILES, ROLES, Role, unique_id};
use super::paging::Page;
use super::{Iam, already_exists, constraints, delete_conflict, limit_exceeded, no_such_entity, role};

impl Iam {
    pub(super) fn create_instance_profile(&self, params: &Params) -> Result<String, AwsError> {
        let name = profile_name(params)?;
        let path = constraints::path(params)?;
        let profile = InstanceProfile {
            name: name.to_owned(),
            path: path.to_owned(),
            id: unique_id("AIPA", 17),
            arn: self.arn("instance-profile", path, name),
            created: self.env.now(),
            role: None,
            tags: constraints::tags(params)?,
        };
        self.env.store.write(|tx| {
            let key = name.to_lowercase();
            if PROFILES.get(tx, &key)?.is_some() {
                return Err(already_exists(format!("Instance Profile {name} already exists.")));
            }
            PROFILES.put(tx, &key, &profile).map_err(AwsError::from)
        })?;
        let write = |xml: &mut Xml| profile.write(xml, None);
        Ok(Xml::new().element("InstanceProfile", write).finish())
    }

    pub(super) fn get_instance_profile(&self, params: &Params) -> Result<String, AwsError> {
        let tx = self.env.store.read()?;
        let profile = profile(&tx, profile_name(params)?)?;
        let role = role_of(&tx, &profile)?;
        let write = |xml: &mut Xml| profile.write(xml, role.as_ref());
        Ok(Xml::new().element("InstanceProfile", write).finish())
    }

    pub(super) fn delete_instance_profile(&self, params: &Params) -> Result<String, AwsError> {
        let name = profile_name(params)?;
        self.env.store.write(|tx| {
            if profile(tx, name)?.role.is_some() {
                return Err(delete_conflict(
                    "Cannot delete entity, must remove roles from instance profile first.",
                ));
            }
            PROFILES.remove(tx, &name.to_lowercase())?;
            Ok(String::new())
        })
    }

    pub(super) fn add_role_to_instance_profile(&self, params: &Params) -> Result<String, AwsError> {
        let name = profile_name(params)?;
        let role_name = constraints::role_name(params)?;
        self.env.store.write(|tx| {
            let mut profile = profile(tx, name)?;
            role(tx, role_name)?;
            if profile.role.is_some() {
                return Err(limit_exceeded("InstanceSessionsPerInstanceProfile", 1));
            }
            profile.role = Some(role_name.to_owned());
            PROFILES.put(tx, &name.to_lowercase(), &profile)?;
            Ok(String::new())
        })
    }

    pub(super) fn remove_role_from_instance_profile(&self, params: &Params) -> Result<String, AwsError> {
        let name = profile_name(params)?;
        let role_name = constraints::role_name(params)?;
        self.env.store.write(|tx| {
            let mut profile = profile(tx, name)?;
            if profile.role.as_deref() != Some(role_name) {
                return Err(no_such_entity(format!(
                    "The role with name {role_name} cannot be found."
                )));
            }
            profile.role = None;
            PROFILES.put(tx, &name.to_lowercase(), &profile)?;
            Ok(String::new())
        })
    }

    pub(super) fn list_instance_profiles(&self, params: &Params) -> Result<String, AwsError> {
        let prefix = constraints::path_prefix(params)?;
        self.profile_page(params, |profile| profile.path.starts_with(prefix))
    }

    pub(super) fn list_instance_profiles_for_role(&self, params: &Params) -> Result<String, AwsError> {
        let name = constraints::role_name(params)?;
        role(&self.env.store.read()?, name)?;
        self.profile_page(params, |profile| profile.role.as_deref() == Some(name))
    }

    fn profile_page(&self, params: &Params, wanted: impl Fn(&InstanceProfile) -> bool) -> Result<String, AwsError> {
        let tx = self.env.store.read()?;
        let mut listed = Vec::new();
        for (key, profile) in PROFILES.all(&tx, "")? {
            if wanted(&profile) {
                let role = role_of(&tx, &profile)?;
                listed.push((key, (profile, role)));
            }
        }
        let page = Page::of(params, listed)?;
        let mut xml = Xml::new();
        xml.list("InstanceProfiles", &page.items, |xml, (profile, role)| {
            profile.write(xml, role.as_ref());
        });
        page.write(&mut xml);
        Ok(xml.finish())
    }
}

fn profile_name(params: &Params) -> Result<&str, AwsError> {
    constraints::name(params, "InstanceProfileName", 128)
}

fn profile(tx: &impl Reads, name: &str) -> Result<InstanceProfile, AwsError> {
    let profile = PROFILES
        .get(tx, &name.to_lowercase())?
        .filter(|profile| profile.name == name);
    profile.ok_or_else(|| no_such_entity(format!("Instance Profile {name} cannot be found.")))
}

fn role_of(tx: &impl Reads, profile: &InstanceProfile) -> Result<Option<Role>, AwsError> {
    match &profile.role {
        Some(name) => Ok(ROLES.get(tx, &name.to_lowercase())?),
        None => Ok(None),
    }
}
