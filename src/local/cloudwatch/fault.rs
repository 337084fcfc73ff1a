//! Errors of CloudWatch. Each has a code (of the Query protocol) and a shape (of the others), and they differ.
//! Source: botocore `cloudwatch/2010-08-01`, shapes with `exception`.

use http::StatusCode;

use super::wire::{Item, Structure};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::store::StoreError;

/// An error with what only some protocols can carry.
#[derive(Debug)]
pub(super) struct Fault {
    pub error: AwsError,
    /// What a dashboard's body is refused for: place and message.
    pub messages: Vec<(String, String)>,
    /// Type and id of a resource that is not there.
    resource: Option<Box<(&'static str, String)>>,
}

impl From<AwsError> for Fault {
    fn from(error: AwsError) -> Self {
        Self {
            error,
            messages: Vec::new(),
            resource: None,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        AwsError::from(error).into()
    }
}

impl Fault {
    /// The structure of the error, and its shape's name in `__type`.
    pub fn item(&self, operation: &str) -> Item {
        let shape = match self.error.code.as_ref() {
            "ResourceNotFound" if operation.contains("Dashboard") => "DashboardNotFoundError",
            "InvalidParameterInput" => "DashboardInvalidInputError",
            "InvalidParameterValue" => "InvalidParameterValueException",
            "InvalidParameterCombination" => "InvalidParameterCombinationException",
            "MissingParameter" => "MissingRequiredParameterException",
            "InvalidFormat" => "InvalidFormatFault",
            "LimitExceeded" => "LimitExceededFault",
            "ValidationError" => "ValidationException",
            other => other,
        };
        let structure = Structure::new()
            .with("__type", format!("com.amazonaws.cloudwatch#{shape}"))
            .with("message", self.error.message.as_str())
            .optional("ResourceType", self.resource.as_ref().map(|resource| resource.0))
            .optional("ResourceId", self.resource.as_ref().map(|resource| &resource.1));
        match self.messages.is_empty() {
            true => structure.into(),
            false => structure
                .list("dashboardValidationMessages", listed(&self.messages))
                .into(),
        }
    }
}

/// `DashboardValidationMessages`.
pub(super) fn listed(messages: &[(String, String)]) -> impl Iterator<Item = Structure> {
    let message = |(path, message): &(String, String)| Structure::new().with("DataPath", path).with("Message", message);
    messages.iter().map(message)
}

/// Runs a check of members against the model.
pub(super) fn constrain(check: impl FnOnce(&mut Constraints)) -> Result<(), Fault> {
    let mut constraints = Constraints::default();
    check(&mut constraints);
    Ok(constraints.check_as("ValidationError")?)
}

/// serde's complaint about a required member, as the service words it.
pub(super) fn missing_field(complaint: &str) -> Option<Fault> {
    let (member, _) = complaint.strip_prefix("missing field `")?.split_once('`')?;
    let mut name = member.to_owned();
    name[..1].make_ascii_lowercase();
    constrain(|constraints| constraints.required(&name, &None::<()>)).err()
}

fn refusal(code: &'static str, message: impl Into<String>) -> Fault {
    AwsError::bad_request(code, message).into()
}

pub(super) fn validation(message: impl Into<String>) -> Fault {
    refusal("ValidationError", message)
}

pub(super) fn invalid_value(message: impl Into<String>) -> Fault {
    refusal("InvalidParameterValue", message)
}

pub(super) fn invalid_combination(message: impl Into<String>) -> Fault {
    refusal("InvalidParameterCombination", message)
}

pub(super) fn missing_parameter(name: &str) -> Fault {
    refusal("MissingParameter", format!("The parameter {name} is required."))
}

pub(super) fn invalid_token() -> Fault {
    refusal("InvalidNextToken", "The next token specified is invalid.")
}

pub(super) fn not_found(message: impl Into<String>) -> Fault {
    AwsError::new(StatusCode::NOT_FOUND, "ResourceNotFound", message).into()
}

/// Of the tag operations.
pub(super) fn no_resource(kind: &'static str, id: &str) -> Fault {
    let message = format!("There is no {kind} {id}.");
    Fault {
        resource: Some(Box::new((kind, id.to_owned()))),
        ..AwsError::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message).into()
    }
}
