//! Which resource plays which part in the data flow: the names in `flow` are resources of the right type.

use std::path::Path;

use super::fields::Located;
use super::merged::Template;
use super::project::Flow;
use super::rules;
use super::settings::FlowSettings;
use super::sink::{Finding, Sink};
use super::{schema, suggest};

/// A part, with the types its resource may have.
struct Part {
    name: &'static str,
    kinds: &'static [&'static str],
}

const STREAM: Part = Part::new("stream", &["AWS::Kinesis::Stream"]);
const DELIVERY_STREAM: Part = Part::new("delivery_stream", &["AWS::KinesisFirehose::DeliveryStream"]);
const RAW_BUCKET: Part = Part::new("raw_bucket", &["AWS::S3::Bucket"]);
const CURATED_BUCKET: Part = Part::new("curated_bucket", &["AWS::S3::Bucket"]);
const JOB: Part = Part::new("job", &["AWS::Glue::Job"]);
const WAREHOUSE: Part = Part::new(
    "warehouse",
    &["AWS::RedshiftServerless::Workgroup", "AWS::Redshift::Cluster"],
);
const COPY_ROLE: Part = Part::new("copy_role", &["AWS::IAM::Role"]);

impl Part {
    const fn new(name: &'static str, kinds: &'static [&'static str]) -> Self {
        Self { name, kinds }
    }
}

/// `exists` tells whether a declared resource exists in this environment; a part played by one that does not is empty.
pub(super) fn resolve(
    settings: &FlowSettings,
    template: &Template,
    root: &Path,
    exists: &dyn Fn(&str) -> bool,
    sink: &mut Sink,
) -> Flow {
    let mut part = |part: &Part, name: Option<&Located<String>>| {
        let name = name?;
        player(part, name, template, sink)
            .then(|| name.value.clone())
            .filter(|id| exists(id))
    };
    // Each of several is checked, whether it is the one or not.
    let warehouses: Vec<_> = settings
        .warehouse
        .iter()
        .filter_map(|name| part(&WAREHOUSE, Some(name)))
        .collect();
    Flow {
        stream: part(&STREAM, settings.stream.as_ref()),
        delivery_stream: part(&DELIVERY_STREAM, settings.delivery_stream.as_ref()),
        raw_bucket: part(&RAW_BUCKET, settings.raw_bucket.as_ref()),
        curated_bucket: part(&CURATED_BUCKET, settings.curated_bucket.as_ref()),
        job: part(&JOB, settings.job.as_ref()),
        warehouse: warehouses.into_iter().next(),
        copy_role: part(&COPY_ROLE, settings.copy_role.as_ref()),
        load: settings
            .load
            .as_ref()
            .filter(|script| rules::file_of_project(root, &script.value, script.span, sink))
            .map(|script| script.value.clone().into()),
        ledger: settings.ledger.as_ref().map(|ledger| ledger.value.clone()),
    }
}

fn player(part: &Part, name: &Located<String>, template: &Template, sink: &mut Sink) -> bool {
    let role = part.name;
    let Some(resource) = template.resources.get(&name.value) else {
        if !template.unusable.contains(&name.value) {
            let fitting = template
                .resources
                .values()
                .filter(|resource| part.kinds.contains(&resource.kind.value.as_str()));
            let message = format!("`{role}` names no resource: there is no `{}`", name.value);
            let help = suggest::help(&name.value, fitting.map(|resource| resource.id.as_str()));
            sink.push_missing(Finding::error("unknown-reference", name.span, message).help_opt(help));
        }
        return false;
    };
    if schema::of(&resource.kind.value).is_none() {
        return false; // An unknown type was reported where it stands.
    }
    if !part.kinds.contains(&resource.kind.value.as_str()) {
        let message = format!(
            "`{role}` must be of type {}, `{}` is {}",
            part.kinds.join(" or "),
            name.value,
            resource.kind.value
        );
        sink.push(Finding::error("wrong-kind", name.span, message).related(resource.span, "declared here"));
        return false;
    }
    true
}
