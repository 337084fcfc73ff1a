//! What names mean while a template is evaluated for one environment.

use std::collections::{BTreeMap, BTreeSet};

use super::parameter::ParameterValue;
use super::project::Environment;
use super::schema::ResourceSchema;
use super::source::Span;

/// Everything an expression can refer to.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub pseudo: BTreeMap<&'static str, String>,
    /// `None` for a parameter whose value is missing or wrong, which was reported.
    pub parameters: BTreeMap<String, Option<ParameterValue>>,
    /// `None` for a condition that could not be evaluated, which was reported.
    pub conditions: BTreeMap<String, Option<bool>>,
    pub resources: BTreeMap<String, ResourceName>,
    /// Declared, but unusable, which was reported.
    pub unusable: BTreeSet<String>,
}

/// What a reference needs to know of a resource.
#[derive(Debug)]
pub(super) struct ResourceName {
    pub span: Span,
    pub schema: Option<&'static ResourceSchema>,
    /// The condition that leaves it out of this environment.
    pub absent_by: Option<String>,
}

/// `AWS::NoValue` removes what it stands for.
pub(super) const NO_VALUE: &str = "AWS::NoValue";

/// Pseudo parameters:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>.
/// `AWS::StackId` and `AWS::NotificationARNs` are left out: there is no stack.
pub(super) fn pseudo_parameters(pipeline: &str, environment: &Environment) -> BTreeMap<&'static str, String> {
    let region = environment.region.as_str();
    let (partition, suffix) = match region {
        _ if region.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn"),
        _ if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com"),
        _ => ("aws", "amazonaws.com"),
    };
    BTreeMap::from([
        ("AWS::AccountId", environment.account.clone()),
        ("AWS::Region", region.to_owned()),
        ("AWS::Partition", partition.to_owned()),
        ("AWS::URLSuffix", suffix.to_owned()),
        ("AWS::StackName", stack_name(pipeline, &environment.name)),
    ])
}

/// What `AWS::StackName` evaluates to, and the start of every name that the configs leave to us.
pub(super) fn stack_name(pipeline: &str, environment: &str) -> String {
    format!("{pipeline}-{environment}")
}

impl Scope {
    /// All names that `Ref` takes.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let parameters = self.parameters.keys().map(String::as_str);
        let resources = self.resources.keys().map(String::as_str);
        parameters
            .chain(resources)
            .chain(self.pseudo.keys().copied())
            .chain([NO_VALUE])
    }
}
