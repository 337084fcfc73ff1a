//! Who may do what with a resource.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Members;
use crate::aws::{self, ErrorKind};
use crate::resources::handler::Scope;

/// <https://docs.aws.amazon.com/quicksight/latest/APIReference/API_ResourcePermission.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Permission {
    principal: String,
    actions: Vec<String>,
}

/// Defines `permissions`, which reads who may do what with a resource, and `permit`, which makes that what is wanted: the
/// SDK has calls of their own for every kind of resource.
macro_rules! permissions_by {
    ($describe:ident as $described:literal, $update:ident as $updated:literal, $id:ident) => {
        async fn permissions(
            scope: &Scope,
            account: &str,
            id: &str,
            wanted: Option<&Vec<Permission>>,
        ) -> Result<Vec<Permission>, $crate::aws::Error> {
            let request = scope
                .clients
                .quicksight
                .$describe()
                .aws_account_id(account)
                .$id(id);
            permissions::told(scope, described!($described, id, request), wanted)
        }

        async fn permit(
            scope: &Scope,
            account: &str,
            id: &str,
            wanted: Option<&Vec<Permission>>,
            cx: &Cx,
        ) -> Result<(), Error> {
            let Some(list) = wanted else { return Ok(()) };
            let live = permissions(scope, account, id, wanted).await?;
            if let Some(body) = permissions::changes(&live, list) {
                let request = || scope.clients.quicksight.$update().aws_account_id(account).$id(id);
                exchange!(scope, cx, $updated, id, request(), body)?;
            }
            Ok(())
        }
    };
}
pub(super) use permissions_by;

/// One entry a principal, principals and actions in order: the service answers them in any.
pub(super) fn normalise(permissions: &mut Option<Vec<Permission>>) {
    if let Some(list) = permissions {
        *list = by_principal(list)
            .into_iter()
            .map(|(principal, actions)| Permission {
                principal: principal.to_owned(),
                actions: actions.into_iter().map(str::to_owned).collect(),
            })
            .collect();
    }
}

fn by_principal(list: &[Permission]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for permission in list {
        let actions = found.entry(&permission.principal).or_default();
        actions.extend(permission.actions.iter().map(String::as_str));
    }
    found
}

/// The body of an Update*Permissions that makes `live` what is wanted; nothing where it is.
///
/// Whole sets of actions are granted, since the service knows sets (owner, reader) and refuses parts of them; what a
/// principal has beyond its set is revoked.
pub(super) fn changes(live: &[Permission], wanted: &[Permission]) -> Option<Members> {
    let (live, wanted) = (by_principal(live), by_principal(wanted));
    let grant: Vec<Value> = wanted
        .iter()
        .filter(|(principal, actions)| live.get(*principal) != Some(actions))
        .map(|(principal, actions)| json!({"Principal": principal, "Actions": actions}))
        .collect();
    let revoke: Vec<Value> = live
        .iter()
        .filter_map(|(principal, actions)| {
            let kept = wanted.get(principal).cloned().unwrap_or_default();
            let surplus: Vec<_> = actions.difference(&kept).collect();
            (!surplus.is_empty()).then(|| json!({"Principal": principal, "Actions": surplus}))
        })
        .collect();
    let mut body = Members::new();
    for (name, list) in [("GrantPermissions", grant), ("RevokePermissions", revoke)] {
        if !list.is_empty() {
            body.insert(name.into(), list.into());
        }
    }
    (!body.is_empty()).then_some(body)
}

/// What a Describe*Permissions of something that exists answered. An emulator may lack the call: then permissions are
/// taken to be those wanted, since no run could ever make them so.
pub(super) fn told(
    scope: &Scope,
    answer: Result<Option<Value>, aws::Error>,
    wanted: Option<&Vec<Permission>>,
) -> Result<Vec<Permission>, aws::Error> {
    let wanted = || wanted.cloned().unwrap_or_default();
    match answer {
        Err(error) if matches!(error.kind, ErrorKind::Unsupported | ErrorKind::Unreadable) => Ok(wanted()),
        Ok(None) if scope.clients.emulated => Ok(wanted()),
        answer => Ok(read(answer?.as_ref())),
    }
}

/// The list of an answer; nothing where the answer has none.
fn read(answer: Option<&Value>) -> Vec<Permission> {
    let list = answer.and_then(|answer| answer["Permissions"].as_array());
    let texts = |value: &Value| -> Vec<String> {
        let items = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        items.map(str::to_owned).collect()
    };
    list.into_iter()
        .flatten()
        .map(|one| Permission {
            principal: one["Principal"].as_str().unwrap_or_default().to_owned(),
            actions: texts(&one["Actions"]),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permission(principal: &str, actions: &[&str]) -> Permission {
        Permission {
            principal: principal.into(),
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        }
    }

    #[test]
    fn order_does_not_count() {
        let live = [permission("b", &["y", "x"]), permission("a", &["x"])];
        let wanted = [permission("a", &["x"]), permission("b", &["x", "y"])];
        assert_eq!(changes(&live, &wanted), None);
        let mut normal = Some(live.to_vec());
        normalise(&mut normal);
        assert_eq!(normal.unwrap(), wanted);
    }

    #[test]
    fn whole_sets_are_granted_and_the_surplus_is_revoked() {
        let live = [permission("a", &["x", "y"]), permission("gone", &["x"])];
        let wanted = [permission("a", &["x", "z"]), permission("new", &["x"])];
        let expected = json!({
            "GrantPermissions": [{"Principal": "a", "Actions": ["x", "z"]}, {"Principal": "new", "Actions": ["x"]}],
            "RevokePermissions": [{"Principal": "a", "Actions": ["y"]}, {"Principal": "gone", "Actions": ["x"]}]
        });
        assert_eq!(changes(&live, &wanted).map(Value::Object), Some(expected));
    }
}
