//! The merged, unevaluated template: what `pipectl export` writes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::diagnostic::Diagnostics;
use super::environment::LoadOptions;
use super::load::Loaded;
use super::node::REF;
use super::schema;
use super::scope::stack_name;
use super::sink::Sink;
use super::substitute::{Piece, pieces};
use super::{names, parameter};

/// All fragments as one CloudFormation template, with the environment's parameter values as defaults and the names
/// that pipectl would give where the configs leave them out. All stages are in it, whatever the options select, so
/// that no reference dangles.
///
/// The second part lists the resources left out because CloudFormation has no such type (`"Script
/// (Pipectl::S3::Object)"`); references to them are replaced by what they stand for.
///
/// # Errors
/// Everything that [`load`](super::load) finds wrong.
pub fn cloudformation(root: &Path, options: &LoadOptions) -> Result<(Value, Vec<String>), Diagnostics> {
    let mut sink = Sink::default();
    let loaded = Loaded::new(root, options, &mut sink);
    let (diagnostics, failed) = sink.finish();
    if failed {
        return Err(diagnostics);
    }
    let (ours, theirs): (Vec<_>, Vec<_>) = loaded
        .template
        .resources
        .values()
        .partition(|resource| resource.kind.value.starts_with("Pipectl::"));
    let left_out = LeftOut(
        ours.iter()
            .map(|one| (one.id.as_str(), one.properties.to_value()))
            .collect(),
    );
    let mut resources = Map::new();
    for resource in theirs {
        let mut raw = resource.raw.to_value();
        if let Some(schema) = schema::of(&resource.kind.value)
            && let Some(name) = names::default_name(schema, &resource.id, &loaded.name, &loaded.environment)
        {
            complete(&mut raw, name);
        }
        left_out.rewrite(&mut raw);
        left_out.drop_dependencies(&mut raw);
        resources.insert(resource.id.clone(), raw);
    }
    let mut template = Map::new();
    template.insert("AWSTemplateFormatVersion".into(), "2010-09-09".into());
    let stack = stack_name(&loaded.name, &loaded.environment.name);
    let description = format!(
        "{} in the environment {}, stack {stack}",
        loaded.name, loaded.environment.name
    );
    template.insert("Description".into(), description.into());
    insert_filled(&mut template, "Parameters", parameters(&loaded));
    let conditions = loaded.template.conditions.iter();
    let conditions = conditions.map(|(name, condition)| (name.clone(), condition.expression.to_value()));
    insert_filled(&mut template, "Conditions", conditions.collect());
    template.insert("Resources".into(), Value::Object(resources));
    let reported = ours
        .iter()
        .map(|one| format!("{} ({})", one.id, one.kind.value))
        .collect();
    Ok((Value::Object(template), reported))
}

fn insert_filled(template: &mut Map<String, Value>, section: &str, content: Map<String, Value>) {
    if !content.is_empty() {
        template.insert(section.into(), Value::Object(content));
    }
}

fn parameters(loaded: &Loaded) -> Map<String, Value> {
    let declared = loaded.template.parameters.iter();
    let with_default = |(name, parameter): (&String, &parameter::Parameter)| {
        let mut raw = parameter.raw.to_value();
        if let (Some(Some(value)), Some(raw)) = (loaded.scope.parameters.get(name), raw.as_object_mut()) {
            raw.insert("Default".into(), value.as_default().into());
        }
        (name.clone(), raw)
    };
    declared.map(with_default).collect()
}

/// Adds the name where the properties have none.
fn complete(resource: &mut Value, default: names::DefaultName) {
    let Some(resource) = resource.as_object_mut() else {
        return;
    };
    let properties = resource
        .entry("Properties")
        .or_insert_with(|| Value::Object(Map::new()));
    let Some(properties) = properties.as_object_mut() else {
        return;
    };
    let computed = |members: &Map<String, Value>| members.keys().any(|key| key.starts_with("Fn::"));
    if computed(properties) || properties.contains_key(&default.property) {
        return;
    }
    match default.input.map(|input| properties.get_mut(input)) {
        None => {
            properties.insert(default.property, Value::String(default.name));
        }
        Some(Some(Value::Object(input))) if !computed(input) => {
            input.entry("Name").or_insert(Value::String(default.name));
        }
        Some(_) => {}
    }
}

/// Resources without a CloudFormation type, with their unevaluated properties.
struct LeftOut<'a>(BTreeMap<&'a str, Value>);

impl LeftOut<'_> {
    /// What a reference to one of them stands for. `Ref` and `Uri` of a `Pipectl::S3::Object` are its URI.
    fn stands_for(&self, id: &str, attribute: &str) -> Option<Value> {
        let properties = self.0.get(id)?;
        let part = |name: &str| properties.get(name).cloned().unwrap_or_default();
        match attribute {
            REF | "Uri" => Some(json!({ "Fn::Join": ["", ["s3://", part("Bucket"), "/", part("Key")]] })),
            _ => None,
        }
    }

    fn rewrite(&self, value: &mut Value) {
        if let Some(replacement) = self.replacement(value) {
            *value = replacement;
        }
        match value {
            Value::Object(members) => members.values_mut().for_each(|member| self.rewrite(member)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.rewrite(item)),
            _ => {}
        }
    }

    fn replacement(&self, value: &Value) -> Option<Value> {
        let members = value.as_object().filter(|members| members.len() == 1)?;
        let (function, argument) = members.iter().next()?;
        match (function.as_str(), argument) {
            ("Ref", Value::String(id)) => self.stands_for(id, REF),
            ("Fn::GetAtt", Value::String(path)) => {
                path.split_once('.').and_then(|(id, name)| self.stands_for(id, name))
            }
            ("Fn::GetAtt", Value::Array(path)) => self.stands_for(path.first()?.as_str()?, path.get(1)?.as_str()?),
            ("Fn::Sub", Value::String(template)) => self.substituted(template, &Map::new()),
            ("Fn::Sub", Value::Array(items)) => self.substituted(items.first()?.as_str()?, items.get(1)?.as_object()?),
            _ => None,
        }
    }

    /// `Fn::Sub` with what it says of them moved into its variables; `None` if it says nothing of them.
    fn substituted(&self, template: &str, variables: &Map<String, Value>) -> Option<Value> {
        let mut variables = variables.clone();
        let mut text = String::new();
        let mut moved = BTreeSet::new();
        for (piece, at) in pieces(template) {
            let Piece::Name(name) = piece else {
                let literal = template[at..].starts_with("${!");
                match piece {
                    Piece::Text(piece) if literal => text.push_str(&piece.replacen("${", "${!", 1)),
                    Piece::Text(piece) => text.push_str(&piece),
                    _ => {}
                }
                continue;
            };
            let (id, attribute) = name.split_once('.').unwrap_or((name, REF));
            match self.stands_for(id, attribute).filter(|_| !variables.contains_key(name)) {
                Some(value) => {
                    let variable = name.replace('.', "");
                    text.push_str(&format!("${{{variable}}}"));
                    moved.insert(variable.clone());
                    variables.insert(variable, value);
                }
                None => text.push_str(&format!("${{{name}}}")),
            }
        }
        (!moved.is_empty()).then(|| json!({ "Fn::Sub": [text, variables] }))
    }

    fn drop_dependencies(&self, resource: &mut Value) {
        let Some(resource) = resource.as_object_mut() else {
            return;
        };
        let gone = |name: &Value| name.as_str().is_some_and(|name| self.0.contains_key(name));
        let empty = match resource.get_mut("DependsOn") {
            Some(Value::Array(names)) => {
                names.retain(|name| !gone(name));
                names.is_empty()
            }
            Some(name) => gone(name),
            None => false,
        };
        if empty {
            resource.shift_remove("DependsOn");
        }
    }
}
