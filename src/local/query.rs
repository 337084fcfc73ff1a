//! The AWS Query protocol: a form in, XML out. IAM, Redshift and STS speak it.
//! Source: Smithy 2.0 specification, "AWS query protocol".

use async_trait::async_trait;

use super::error::AwsError;

/// A service that speaks the Query protocol.
#[async_trait]
pub(crate) trait QueryService: Send + Sync {
    /// XML namespace of its responses.
    fn namespace(&self) -> &'static str;

    /// Runs one action and returns what stands inside `<ActionResult>`, already escaped XML; empty
    /// for actions that return nothing.
    async fn call(&self, action: &str, params: &Params) -> Result<String, AwsError>;
}

/// The decoded form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(std::collections::BTreeMap<String, String>);

impl Params {
    pub fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn required(&self, name: &str) -> Result<&str, AwsError> {
        self.get(name).ok_or_else(|| {
            let mut member = name.to_owned();
            member[..1].make_ascii_lowercase();
            AwsError::bad_request(
                "ValidationError",
                format!(
                    "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
                ),
            )
        })
    }

    /// The members of `name.member.N`, each with the parameters below it, in order.
    pub fn list(&self, name: &str) -> Vec<Params> {
        self.list_of(name, "member")
    }

    /// As `list`, for lists whose members the service's model names: `Tags.Tag.N`.
    pub fn list_of(&self, name: &str, member: &str) -> Vec<Params> {
        (1..)
            .map(|n| self.below(&format!("{name}.{member}.{n}")))
            .take_while(|member| !member.0.is_empty())
            .collect()
    }

    /// Names of the parameters, of lists and structures the first part (`Tags` of `Tags.Tag.1.Key`). A name comes
    /// as often as it has parts below it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|key| key.split('.').next().unwrap_or(key))
    }

    /// The value of a list member that is a plain value.
    pub fn value(&self) -> Option<&str> {
        self.get("")
    }

    fn below(&self, prefix: &str) -> Params {
        let members = self.0.iter().filter_map(|(key, value)| {
            let rest = key.strip_prefix(prefix)?;
            let name = if rest.is_empty() { "" } else { rest.strip_prefix('.')? };
            Some((name.to_owned(), value.clone()))
        });
        Params(members.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_of_structures_and_of_values() {
        let form =
            b"Action=TagRole&Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.2.Key=b%20c&TagKeys.member.1=x";
        let params = Params::parse(form);
        let tags = params.list("Tags");
        assert_eq!(tags.len(), 2);
        assert_eq!((tags[0].get("Key"), tags[0].get("Value")), (Some("a"), Some("1")));
        assert_eq!((tags[1].get("Key"), tags[1].get("Value")), (Some("b c"), None));
        assert_eq!(params.list("TagKeys")[0].value(), Some("x"));
        assert!(params.list("Absent").is_empty());
    }

    #[test]
    fn reads_lists_whose_members_have_names_of_their_own() {
        let params = Params::parse(b"TagKeys.TagKey.1=a&TagKeys.TagKey.2=b&Marker=m");
        let keys = params.list_of("TagKeys", "TagKey");
        assert_eq!(keys.iter().filter_map(Params::value).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(params.names().collect::<Vec<_>>(), ["Marker", "TagKeys", "TagKeys"]);
    }
}
