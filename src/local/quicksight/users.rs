//! Users. `default/admin` is there from the start, and again at the next start if all users were deleted: an account
//! cannot be without an administrator.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::local::error::AwsError;
use crate::local::rest::{Input, Reply};

use super::QuickSight;
use super::account::{DEFAULT, check_namespace};
use super::document::{ok, reply};
use super::errors::{USER, exists, invalid, not_found, refuse};
use super::model::{USERS, User, user_key};
use super::paging::page;
use super::tags::given_tags;

impl QuickSight {
    pub(super) fn ensure_admin(&self) -> Result<(), AwsError> {
        if !USERS.all(&self.env.store.read()?, "")?.is_empty() {
            return Ok(());
        }
        let admin = User {
            namespace: DEFAULT.into(),
            name: "admin".into(),
            email: "admin@pipectl.invalid".into(),
            role: "ADMIN".into(),
            identity: "IAM".into(),
            active: true,
            principal: principal(),
            tags: BTreeMap::new(),
        };
        self.env
            .store
            .write(|tx| Ok(USERS.put(tx, &user_key(DEFAULT, "admin"), &admin)?))
    }

    pub(super) fn user_arn(&self, user: &User) -> String {
        self.arn(&format!("user/{}/{}", user.namespace, user.name))
    }

    fn user_json(&self, user: &User) -> Value {
        json!({
            "Arn": self.user_arn(user),
            "UserName": user.name,
            "Email": user.email,
            "Role": user.role,
            "IdentityType": user.identity,
            "Active": user.active,
            "PrincipalId": user.principal,
        })
    }

    /// "For IAM users, the user name is derived: the role's name, a slash, the session's; or the IAM user's name."
    /// Source: RegisterUser's API reference.
    pub(super) fn register_user(&self, input: &Input) -> Result<Reply, AwsError> {
        check_namespace(input)?;
        refuse(
            input,
            &[
                ("CustomPermissionsName", "custom permissions"),
                ("ExternalLoginFederationProviderType", "federated users"),
            ],
        )?;
        let identity = input.text("IdentityType");
        let name = match identity {
            "QUICKSIGHT" => input.optional("UserName").map(str::to_owned),
            "IAM" => iam_name(input),
            other => return Err(AwsError::not_implemented(format_args!("QuickSight users of {other}"))),
        };
        let needed = "IdentityType QUICKSIGHT needs UserName, IAM needs IamArn (and SessionName for a role)";
        let name = name.ok_or_else(|| invalid(needed))?;
        let user = User {
            namespace: DEFAULT.into(),
            name,
            email: input.text("Email").to_owned(),
            role: input.text("UserRole").to_owned(),
            identity: identity.to_owned(),
            // A user of QuickSight's own is inactive until the first sign-in, which there is none of here.
            active: identity == "IAM",
            principal: principal(),
            tags: given_tags(input)?,
        };
        let key = user_key(DEFAULT, &user.name);
        self.env.store.write(|tx| {
            if USERS.get(tx, &key)?.is_some() {
                return Err(exists(format!("User {} already exists.", user.name)).about(USER));
            }
            Ok(USERS.put(tx, &key, &user)?)
        })?;
        Ok(reply(StatusCode::CREATED, json!({"User": self.user_json(&user)})))
    }

    pub(super) fn describe_user(&self, input: &Input) -> Result<Reply, AwsError> {
        check_namespace(input)?;
        let name = input.text("UserName");
        let user = USERS.get(&self.env.store.read()?, &user_key(DEFAULT, name))?;
        let user = user.ok_or_else(|| no_user(name))?;
        Ok(ok(json!({"User": self.user_json(&user)})))
    }

    pub(super) fn list_users(&self, input: &Input) -> Result<Reply, AwsError> {
        check_namespace(input)?;
        let users = USERS.all(&self.env.store.read()?, "")?;
        let (users, next) = page(users, false, input)?;
        let users: Vec<_> = users.iter().map(|user| self.user_json(user)).collect();
        Ok(ok(json!({"UserList": users, "NextToken": next})))
    }

    pub(super) fn delete_user(&self, input: &Input) -> Result<Reply, AwsError> {
        check_namespace(input)?;
        let name = input.text("UserName");
        let removed = self
            .env
            .store
            .write(|tx| Ok::<_, AwsError>(USERS.remove(tx, &user_key(DEFAULT, name))?))?;
        match removed {
            true => Ok(ok(json!({}))),
            false => Err(no_user(name)),
        }
    }
}

/// `role/session` or the user's name, of the ARN of an IAM role or user.
fn iam_name(input: &Input) -> Option<String> {
    let arn = input.optional("IamArn")?;
    let (_, resource) = arn.split_once(":iam::")?.1.split_once(':')?;
    let (kind, path) = resource.split_once('/')?;
    let name = path.rsplit('/').next()?;
    match kind {
        "role" => Some(format!("{name}/{}", input.optional("SessionName")?)),
        "user" => Some(name.to_owned()),
        _ => None,
    }
}

fn principal() -> String {
    format!("user/{}", Uuid::new_v4())
}

fn no_user(name: &str) -> AwsError {
    not_found(format!("User {name} does not exist in namespace {DEFAULT}.")).about(USER)
}
