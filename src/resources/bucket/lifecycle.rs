//! `LifecycleConfiguration`.

use aws_sdk_s3::types as s3;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::{Deserialize, Serialize};

use super::super::error::Error;
use super::super::handler::Scope;
use super::super::properties::Tag;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Lifecycle {
    rules: Vec<Rule>,
}

/// A rule without an `Id` gets one from its place in the list: one that S3 makes up would be unknown to the next run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Rule {
    id: Option<String>,
    status: String,
    prefix: String,
    tag_filters: Vec<Tag>,
    object_size_greater_than: Option<i64>,
    object_size_less_than: Option<i64>,
    abort_incomplete_multipart_upload: Option<AbortUpload>,
    expiration_date: Option<String>,
    expiration_in_days: Option<i32>,
    expired_object_delete_marker: Option<bool>,
    noncurrent_version_expiration: Option<NoncurrentExpiration>,
    /// Older way of writing `noncurrent_version_expiration`.
    noncurrent_version_expiration_in_days: Option<i32>,
    /// Older way of writing one of `noncurrent_version_transitions`.
    noncurrent_version_transition: Option<NoncurrentTransition>,
    noncurrent_version_transitions: Vec<NoncurrentTransition>,
    /// Older way of writing one of `transitions`.
    transition: Option<Transition>,
    transitions: Vec<Transition>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct AbortUpload {
    days_after_initiation: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct NoncurrentExpiration {
    newer_noncurrent_versions: Option<i32>,
    noncurrent_days: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct NoncurrentTransition {
    newer_noncurrent_versions: Option<i32>,
    storage_class: String,
    transition_in_days: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Transition {
    storage_class: String,
    transition_date: Option<String>,
    transition_in_days: Option<i32>,
}

impl Lifecycle {
    /// Older ways of writing become the present ones, and rules get the order of their ids.
    pub(super) fn normalise(&mut self) {
        for (index, rule) in self.rules.iter_mut().enumerate() {
            rule.id.get_or_insert_with(|| format!("pipectl-{}", index + 1));
            // `false` is the default, which S3 does not read back and refuses beside a number of days.
            rule.expired_object_delete_marker = rule.expired_object_delete_marker.filter(|on| *on);
            rule.transitions.extend(rule.transition.take());
            rule.noncurrent_version_transitions
                .extend(rule.noncurrent_version_transition.take());
            if let Some(days) = rule.noncurrent_version_expiration_in_days.take() {
                rule.noncurrent_version_expiration
                    .get_or_insert_default()
                    .noncurrent_days = Some(days);
            }
            let dates = rule
                .transitions
                .iter_mut()
                .map(|transition| &mut transition.transition_date);
            for date in dates.chain([&mut rule.expiration_date]).filter_map(Option::as_mut) {
                if let Some(text) = parsed(date).and_then(|time| written(&time)) {
                    *date = text;
                }
            }
        }
        self.rules.iter_mut().for_each(Rule::sort);
        self.rules.sort_by(|a, b| a.id.cmp(&b.id));
    }

    /// `None` without rules: S3 wants the configuration deleted then.
    pub(super) fn sdk(&self, scope: &Scope) -> Result<Option<s3::BucketLifecycleConfiguration>, Error> {
        if self.rules.is_empty() {
            return Ok(None);
        }
        let rules = self
            .rules
            .iter()
            .map(|rule| rule.sdk(scope))
            .collect::<Result<Vec<_>, _>>()?;
        scope
            .built(
                s3::BucketLifecycleConfiguration::builder()
                    .set_rules(Some(rules))
                    .build(),
            )
            .map(Some)
    }

    pub(super) fn of(rules: &[s3::LifecycleRule]) -> Self {
        Self {
            rules: rules.iter().map(Rule::of).collect(),
        }
    }
}

impl Rule {
    /// Tags and transitions have no order of their own.
    fn sort(&mut self) {
        self.tag_filters.sort_by(|a, b| a.key.cmp(&b.key));
        self.transitions.sort_by(|a, b| {
            let key = |it: &Transition| {
                (
                    it.transition_in_days,
                    it.transition_date.clone(),
                    it.storage_class.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        self.noncurrent_version_transitions.sort_by(|a, b| {
            let key = |it: &NoncurrentTransition| (it.transition_in_days, it.storage_class.clone());
            key(a).cmp(&key(b))
        });
    }

    fn sdk(&self, scope: &Scope) -> Result<s3::LifecycleRule, Error> {
        let noncurrent = self.noncurrent_version_transitions.iter().map(|transition| {
            s3::NoncurrentVersionTransition::builder()
                .set_noncurrent_days(transition.transition_in_days)
                .set_newer_noncurrent_versions(transition.newer_noncurrent_versions)
                .storage_class(transition.storage_class.as_str().into())
                .build()
        });
        let transitions = self.transitions.iter().map(|transition| {
            s3::Transition::builder()
                .set_days(transition.transition_in_days)
                .set_date(transition.transition_date.as_deref().and_then(parsed))
                .storage_class(transition.storage_class.as_str().into())
                .build()
        });
        let (noncurrent, transitions): (Vec<_>, Vec<_>) = (noncurrent.collect(), transitions.collect());
        let expiration = self.noncurrent_version_expiration.as_ref().map(|expiration| {
            s3::NoncurrentVersionExpiration::builder()
                .set_noncurrent_days(expiration.noncurrent_days)
                .set_newer_noncurrent_versions(expiration.newer_noncurrent_versions)
                .build()
        });
        let abort = self.abort_incomplete_multipart_upload.as_ref().map(|abort| {
            let builder = s3::AbortIncompleteMultipartUpload::builder();
            builder.set_days_after_initiation(abort.days_after_initiation).build()
        });
        let builder = s3::LifecycleRule::builder()
            .set_id(self.id.clone())
            .status(self.status.as_str().into())
            .filter(self.filter(scope)?)
            .set_expiration(self.expiration())
            .set_transitions((!transitions.is_empty()).then_some(transitions))
            .set_noncurrent_version_transitions((!noncurrent.is_empty()).then_some(noncurrent))
            .set_noncurrent_version_expiration(expiration)
            .set_abort_incomplete_multipart_upload(abort);
        scope.built(builder.build())
    }

    fn expiration(&self) -> Option<s3::LifecycleExpiration> {
        let set = self.expiration_in_days.is_some()
            || self.expiration_date.is_some()
            || self.expired_object_delete_marker.is_some();
        set.then(|| {
            s3::LifecycleExpiration::builder()
                .set_days(self.expiration_in_days)
                .set_date(self.expiration_date.as_deref().and_then(parsed))
                .set_expired_object_delete_marker(self.expired_object_delete_marker)
                .build()
        })
    }

    /// A filter holds one condition, or several under `And`
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRuleFilter.html>).
    fn filter(&self, scope: &Scope) -> Result<s3::LifecycleRuleFilter, Error> {
        let tags = self
            .tag_filters
            .iter()
            .map(|tag| scope.built(s3::Tag::builder().key(&tag.key).value(&tag.value).build()));
        let tags = tags.collect::<Result<Vec<_>, _>>()?;
        let sizes = [self.object_size_greater_than, self.object_size_less_than]
            .iter()
            .flatten()
            .count();
        let conditions = tags.len() + sizes + usize::from(!self.prefix.is_empty());
        let builder = s3::LifecycleRuleFilter::builder();
        if conditions > 1 {
            let and = s3::LifecycleRuleAndOperator::builder()
                .set_prefix((!self.prefix.is_empty()).then(|| self.prefix.clone()))
                .set_tags((!tags.is_empty()).then_some(tags))
                .set_object_size_greater_than(self.object_size_greater_than)
                .set_object_size_less_than(self.object_size_less_than);
            return Ok(builder.and(and.build()).build());
        }
        let prefix = (tags.is_empty() && sizes == 0).then(|| self.prefix.clone());
        let builder = builder
            .set_prefix(prefix)
            .set_tag(tags.into_iter().next())
            .set_object_size_greater_than(self.object_size_greater_than)
            .set_object_size_less_than(self.object_size_less_than);
        Ok(builder.build())
    }

    fn of(sdk: &s3::LifecycleRule) -> Self {
        let filter = sdk.filter.as_ref();
        let and = filter.and_then(|filter| filter.and.as_ref());
        let tag = |tag: &s3::Tag| Tag {
            key: tag.key.clone(),
            value: tag.value.clone(),
        };
        let single = filter.and_then(|filter| filter.tag.as_ref()).into_iter();
        let tags = single
            .chain(and.map(|and| and.tags()).unwrap_or_default())
            .map(tag)
            .collect();
        #[allow(deprecated, reason = "rules that others wrote may use the old prefix")]
        let old_prefix = sdk.prefix.clone();
        let prefix = filter
            .and_then(|f| f.prefix.clone())
            .or_else(|| and.and_then(|and| and.prefix.clone()));
        let expiration = sdk.expiration.as_ref();
        Self {
            id: sdk.id.clone(),
            status: sdk.status.as_str().to_owned(),
            prefix: prefix.or(old_prefix).unwrap_or_default(),
            tag_filters: tags,
            object_size_greater_than: filter
                .and_then(|filter| filter.object_size_greater_than)
                .or_else(|| and.and_then(|and| and.object_size_greater_than)),
            object_size_less_than: filter
                .and_then(|filter| filter.object_size_less_than)
                .or_else(|| and.and_then(|and| and.object_size_less_than)),
            abort_incomplete_multipart_upload: sdk.abort_incomplete_multipart_upload.as_ref().map(|abort| {
                AbortUpload {
                    days_after_initiation: abort.days_after_initiation,
                }
            }),
            expiration_date: expiration.and_then(|it| it.date.as_ref()).and_then(written),
            expiration_in_days: expiration.and_then(|expiration| expiration.days),
            expired_object_delete_marker: expiration.and_then(|it| it.expired_object_delete_marker),
            noncurrent_version_expiration: sdk
                .noncurrent_version_expiration
                .as_ref()
                .map(|it| NoncurrentExpiration {
                    newer_noncurrent_versions: it.newer_noncurrent_versions,
                    noncurrent_days: it.noncurrent_days,
                }),
            noncurrent_version_transitions: sdk
                .noncurrent_version_transitions()
                .iter()
                .map(NoncurrentTransition::of)
                .collect(),
            transitions: sdk.transitions().iter().map(Transition::of).collect(),
            ..Self::default()
        }
    }
}

impl NoncurrentTransition {
    fn of(sdk: &s3::NoncurrentVersionTransition) -> Self {
        Self {
            newer_noncurrent_versions: sdk.newer_noncurrent_versions,
            storage_class: sdk
                .storage_class
                .as_ref()
                .map(|class| class.as_str().to_owned())
                .unwrap_or_default(),
            transition_in_days: sdk.noncurrent_days,
        }
    }
}

impl Transition {
    fn of(sdk: &s3::Transition) -> Self {
        Self {
            storage_class: sdk
                .storage_class
                .as_ref()
                .map(|class| class.as_str().to_owned())
                .unwrap_or_default(),
            transition_date: sdk.date.as_ref().and_then(written),
            transition_in_days: sdk.days,
        }
    }
}

/// ISO 8601, with or without fractions of a second.
fn parsed(text: &str) -> Option<DateTime> {
    DateTime::from_str(text, Format::DateTime).ok()
}

fn written(time: &DateTime) -> Option<String> {
    time.fmt(Format::DateTime).ok()
}
