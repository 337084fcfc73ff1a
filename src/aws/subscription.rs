//! Whether the account has QuickSight, and in an edition that can do what pipelines need.
//!
//! A subscription is never made or ended here: ending one deletes every dashboard of the account in every region
//! (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DeleteAccountSubscription.html>).

use std::sync::Arc;

use aws_sdk_quicksight::Client;
use aws_sdk_quicksight::config::{Builder, Region};
use aws_sdk_quicksight::types::Edition;
use tokio::sync::OnceCell;

use super::connect::Clients;
use super::error::{Error, ErrorKind, failure};

const SIGN_UP: &str = "sign up at https://quicksight.aws.amazon.com/sn/start (Enterprise edition), or with `aws quicksight \
    create-account-subscription`; pipectl never makes or ends a subscription";

#[derive(Debug, thiserror::Error)]
pub enum SubscriptionError {
    #[error("account {account} has no QuickSight subscription")]
    Missing { account: String },
    /// Being made, being ended, ended.
    #[error("the QuickSight subscription of account {account} is {status}")]
    Inactive { account: String, status: String },
    #[error(
        "QuickSight of account {account} is the {edition} edition; data sets and dashboards made by API need ENTERPRISE"
    )]
    Edition { account: String, edition: String },
    #[error("cannot tell whether account {account} has a QuickSight subscription: {source}")]
    Call { account: String, source: Error },
}

impl SubscriptionError {
    /// What to do about it, in plain words.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Missing { .. } => Some(SIGN_UP),
            Self::Inactive { status, .. } if status.contains("UNSUBSCRIBE") => Some(SIGN_UP),
            Self::Inactive { .. } => Some("wait until signing up is done, then run the command again"),
            Self::Edition { .. } => Some(
                "upgrade under Manage QuickSight > Your subscriptions (it cannot be undone), or leave the stage `visualization` out",
            ),
            Self::Call { source, .. } if source.is(ErrorKind::AccessDenied) => {
                Some("allow quicksight:DescribeAccountSubscription to the identity that runs pipectl")
            }
            Self::Call { source, .. } => source.hint(),
        }
    }
}

/// Remembers for the process that the account's subscription is good.
#[derive(Clone, Debug, Default)]
pub struct Subscription(Arc<OnceCell<()>>);

impl Subscription {
    /// Asks once; a failure is asked about again.
    ///
    /// # Errors
    /// No subscription, one that is not active, or the Standard edition. An emulator without the call passes.
    pub async fn check(&self, clients: &Clients, account: &str) -> Result<(), SubscriptionError> {
        let check = || check(clients, account);
        self.0.get_or_try_init(check).await.map(|()| ())
    }
}

async fn check(clients: &Clients, account: &str) -> Result<(), SubscriptionError> {
    let mut answer = ask(&clients.quicksight, account, None).await;
    // Subscriptions are kept in one region, which the refusal of any other names.
    if let Err(error) = &answer
        && let Some(region) = identity_region(&error.message)
    {
        answer = ask(&clients.quicksight, account, Some(region)).await;
    }
    let account = account.to_owned();
    match answer {
        Ok((status, _)) if !ACTIVE.contains(&status.as_str()) => Err(SubscriptionError::Inactive { account, status }),
        Ok((_, edition)) if edition == Some(Edition::Standard) => Err(SubscriptionError::Edition {
            account,
            edition: Edition::Standard.as_str().to_owned(),
        }),
        Ok(_) => Ok(()),
        Err(error) if clients.emulated && lacks_the_call(&error) => Ok(()),
        Err(error) if error.is(ErrorKind::NotFound) => Err(SubscriptionError::Missing { account }),
        Err(source) => Err(SubscriptionError::Call { account, source }),
    }
}

/// An emulator's way of saying that it has no such operation. The service's own "not found" has a code.
fn lacks_the_call(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Unsupported | ErrorKind::Unreadable) || error.code.is_empty()
}

/// States of a subscription that can be used (hashicorp/terraform-provider-aws, internal/service/quicksight).
const ACTIVE: [&str; 2] = ["ACCOUNT_CREATED", "OK"];

async fn ask(client: &Client, account: &str, region: Option<String>) -> Result<(String, Option<Edition>), Error> {
    let mut request = client
        .describe_account_subscription()
        .aws_account_id(account)
        .customize();
    if let Some(region) = region {
        request = request.config_override(Builder::new().region(Region::new(region)));
    }
    let answer = request.send().await;
    let answer = answer.map_err(|error| failure("quicksight", "DescribeAccountSubscription", account, error))?;
    let info = answer.account_info;
    let status = info.as_ref().and_then(|info| info.account_subscription_status.clone());
    Ok((status.unwrap_or_default(), info.and_then(|info| info.edition)))
}

/// `us-east-1` of "Operation is being called from endpoint eu-west-1, but your identity region is us-east-1. Please use
/// the us-east-1 endpoint."
fn identity_region(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("identity region is ")?;
    let region: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    (!region.is_empty()).then_some(region)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::aws::script::{Answer, Script};

    fn info(status: &str, edition: &str) -> Answer {
        Answer::json(format!(
            r#"{{"AccountInfo": {{"AccountName": "a", "Edition": "{edition}", "AccountSubscriptionStatus": "{status}"}}, "Status": 200}}"#
        ))
    }

    async fn checked(answer: Answer) -> Result<(), SubscriptionError> {
        let clients = Script::new(move |_| answer.clone()).clients().await;
        clients.subscription.check(&clients, "111122223333").await
    }

    #[tokio::test]
    async fn an_active_enterprise_subscription_passes_and_is_asked_once() {
        let script = Script::new(|_| info("ACCOUNT_CREATED", "ENTERPRISE"));
        let clients = script.clients().await;
        for _ in 0..3 {
            clients.subscription.check(&clients, "111122223333").await.unwrap();
        }
        assert_eq!(script.operations(), ["GET /account/111122223333"]);
        checked(info("OK", "ENTERPRISE_AND_Q")).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_with_what_to_do() {
        let cases = [
            (info("UNSUBSCRIBED", "ENTERPRISE"), "is UNSUBSCRIBED", "sign up"),
            (
                info("SIGNUP_ATTEMPT_IN_PROGRESS", "ENTERPRISE"),
                "SIGNUP_ATTEMPT",
                "wait until",
            ),
            (info("ACCOUNT_CREATED", "STANDARD"), "STANDARD edition", "upgrade"),
            (
                Answer::error("ResourceNotFoundException", "no account information").status(404),
                "has no QuickSight subscription",
                "sign up",
            ),
            (
                Answer::error("AccessDeniedException", "not authorized").status(403),
                "cannot tell",
                "quicksight:DescribeAccountSubscription",
            ),
        ];
        for (answer, message, hint) in cases {
            let error = checked(answer).await.unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.hint().unwrap().contains(hint), "{error}: {:?}", error.hint());
        }
    }

    #[tokio::test]
    async fn the_identity_region_is_asked_where_it_is_named() {
        let regions = std::sync::Arc::new(Mutex::new(Vec::new()));
        let seen = regions.clone();
        let script = Script::new(move |request| {
            let scope = request.header("authorization").unwrap().to_owned();
            let region = scope.split('/').nth(2).unwrap().to_owned();
            seen.lock().unwrap().push(region.clone());
            match region.as_str() {
                "eu-west-1" => info("ACCOUNT_CREATED", "ENTERPRISE"),
                _ => Answer::error(
                    "AccessDeniedException",
                    "Operation is being called from endpoint us-east-1, but your identity region is eu-west-1. Please use the eu-west-1 endpoint.",
                )
                .status(403),
            }
        });
        let clients = script.clients().await;
        clients.subscription.check(&clients, "111122223333").await.unwrap();
        assert_eq!(*regions.lock().unwrap(), ["us-east-1", "eu-west-1"]);
    }

    /// moto answers a path that it does not know with a page.
    #[tokio::test]
    async fn an_emulator_without_the_call_passes() {
        checked(Answer::xml("<html>Not Found</html>").status(404))
            .await
            .unwrap();
    }
}
