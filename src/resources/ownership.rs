//! Tags that say whose a resource is.

use std::collections::BTreeMap;

use super::handler::Scope;
use super::properties::Tag;
use crate::engine::Owner;

pub const PIPELINE_TAG: &str = "pipectl:pipeline";
pub const ENVIRONMENT_TAG: &str = "pipectl:env";
/// The logical id.
pub const RESOURCE_TAG: &str = "pipectl:resource";

/// Start of the tags by which a warehouse remembers the SQL that ran in it (`Pipectl::Redshift::Sql`).
pub(super) const SQL_TAG: &str = "pipectl:sql:";

/// Tags by key.
pub(super) type Tags = BTreeMap<String, String>;

/// The config's tags and the ownership tags, as a resource of this scope should carry them.
pub(super) fn all_tags(scope: &Scope, tags: &[Tag]) -> Tags {
    let own = [
        (PIPELINE_TAG, &scope.pipeline),
        (ENVIRONMENT_TAG, &scope.environment),
        (RESOURCE_TAG, &scope.id),
    ];
    let configured = tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()));
    configured
        .chain(own.map(|(key, value)| (key.to_owned(), value.clone())))
        .collect()
}

/// Those of [`all_tags`] that `live` lacks or has with another value. Further live tags stay: others may have set them.
pub(super) fn missing_tags(scope: &Scope, wanted: &[Tag], live: &Tags) -> Tags {
    all_tags(scope, wanted)
        .into_iter()
        .filter(|(key, value)| live.get(key) != Some(value))
        .collect()
}

/// The live tags without those that pipectl sets.
pub(super) fn config_tags(live: &Tags) -> Vec<Tag> {
    let own = [PIPELINE_TAG, ENVIRONMENT_TAG, RESOURCE_TAG];
    let others = live
        .iter()
        .filter(|(key, _)| !own.contains(&key.as_str()) && !key.starts_with(SQL_TAG));
    others
        .map(|(key, value)| Tag {
            key: key.clone(),
            value: value.clone(),
        })
        .collect()
}

/// Whose these tags say the resource is. A logical id that was renamed is still ours.
pub(super) fn owner(scope: &Scope, tags: &Tags) -> Owner {
    let claim = |key: &str| tags.get(key).map(String::as_str);
    match (claim(PIPELINE_TAG), claim(ENVIRONMENT_TAG)) {
        (Some(pipeline), Some(environment)) if pipeline == scope.pipeline && environment == scope.environment => {
            Owner::Ours
        }
        (None, None) => Owner::Foreign {
            claim: "no pipectl tags".into(),
        },
        (pipeline, environment) => {
            let pipeline = pipeline.unwrap_or("(none)");
            let environment = environment.unwrap_or("(none)");
            Owner::Foreign {
                claim: format!("{PIPELINE_TAG}={pipeline}, {ENVIRONMENT_TAG}={environment}"),
            }
        }
    }
}
