//! Guards against touching an account other than the one the environment names.

use super::connect::Clients;
use super::error::{Error, failure};

/// Who the requests are made as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// 12 digits.
    pub account: String,
    pub arn: String,
}

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(
        "environment `{environment}` belongs to account {expected}, but the credentials in use are of account {actual} ({arn})"
    )]
    Wrong {
        environment: String,
        expected: String,
        actual: String,
        arn: String,
    },
    #[error(transparent)]
    Call(#[from] Error),
}

impl AccountError {
    /// What to do about it, in plain words.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Wrong { .. } => Some(
                "log in to the right account, or correct `account` or `profile` of the environment in configs/pipeline.json",
            ),
            Self::Call(error) => error.hint(),
        }
    }
}

/// Asks AWS whose credentials are in use, and fails if the account is not `expected`.
///
/// GetCallerIdentity needs no permission (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>).
pub async fn check_account(clients: &Clients, environment: &str, expected: &str) -> Result<Identity, AccountError> {
    let answer = clients.sts.get_caller_identity().send().await;
    let answer = answer.map_err(|error| failure("sts", "GetCallerIdentity", "the caller's credentials", error))?;
    let identity = Identity {
        account: answer.account.unwrap_or_default(),
        arn: answer.arn.unwrap_or_default(),
    };
    if identity.account == expected {
        return Ok(identity);
    }
    Err(AccountError::Wrong {
        environment: environment.to_owned(),
        expected: expected.to_owned(),
        actual: identity.account,
        arn: identity.arn,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::ErrorKind;
    use crate::aws::script::{Answer, Script};

    const IDENTITY: &str = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ana</Arn><UserId>AIDA</UserId>
        <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"#;

    #[tokio::test]
    async fn the_environments_account_passes_and_no_other() {
        let clients = Script::new(|_| Answer::xml(IDENTITY)).clients().await;
        assert_eq!(
            check_account(&clients, "dev", "111122223333").await.unwrap().account,
            "111122223333"
        );
        let error = check_account(&clients, "dev", "999999999999").await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("999999999999") && text.contains("111122223333") && text.contains("dev"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn an_expired_login_says_so() {
        let answer = || {
            Answer::xml(
                "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The security token included in the request is \
                 expired</Message></Error></ErrorResponse>",
            )
            .status(403)
            .header("x-amzn-requestid", "r-1")
        };
        let clients = Script::new(move |_| answer()).clients().await;
        let AccountError::Call(error) = check_account(&clients, "dev", "1").await.unwrap_err() else {
            panic!()
        };
        assert_eq!(error.kind, ErrorKind::ExpiredCredentials);
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
        assert!(error.to_string().contains("sts GetCallerIdentity"), "{error}");
        assert!(error.hint().unwrap().contains("log in"), "{error:?}");
    }
}
