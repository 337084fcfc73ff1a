//! Which resource plays which part in the data flow: the names in `flow` are resources of the right type.

use super::fields::Located;
use super::merged::Template;
use super::project::Flow;
use super::settings::FlowSettings;
use super::sink::{Finding, Sink};
use super::{schema, suggest};

/// The parts, each with the type its resource must have.
const STREAM: (&str, &str) = ("stream", "AWS::Kinesis::Stream");
const DELIVERY_STREAM: (&str, &str) = ("delivery_stream", "AWS::KinesisFirehose::DeliveryStream");
const RAW_BUCKET: (&str, &str) = ("raw_bucket", "AWS::S3::Bucket");

/// `exists` tells whether a declared resource exists in this environment; a part played by one that does not is empty.
pub(super) fn resolve(
    settings: &FlowSettings,
    template: &Template,
    exists: &dyn Fn(&str) -> bool,
    sink: &mut Sink,
) -> Flow {
    let mut part = |role, name: &Option<Located<String>>| {
        let name = name.as_ref()?;
        player(role, name, template, sink)
            .then(|| name.value.clone())
            .filter(|id| exists(id))
    };
    Flow {
        stream: part(STREAM, &settings.stream),
        delivery_stream: part(DELIVERY_STREAM, &settings.delivery_stream),
        raw_bucket: part(RAW_BUCKET, &settings.raw_bucket),
    }
}

fn player((role, kind): (&str, &str), name: &Located<String>, template: &Template, sink: &mut Sink) -> bool {
    let Some(resource) = template.resources.get(&name.value) else {
        if !template.unusable.contains(&name.value) {
            let fitting = template
                .resources
                .values()
                .filter(|resource| resource.kind.value == kind);
            let message = format!("`{role}` names no resource: there is no `{}`", name.value);
            let help = suggest::help(&name.value, fitting.map(|resource| resource.id.as_str()));
            sink.push_missing(Finding::error("unknown-reference", name.span, message).help_opt(help));
        }
        return false;
    };
    if schema::of(&resource.kind.value).is_none() {
        return false; // An unknown type was reported where it stands.
    }
    if resource.kind.value != kind {
        let message = format!(
            "`{role}` must be of type {kind}, `{}` is {}",
            name.value, resource.kind.value
        );
        sink.push(Finding::error("wrong-kind", name.span, message).related(resource.span, "declared here"));
        return false;
    }
    true
}
