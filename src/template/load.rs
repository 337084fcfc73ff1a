//! From files to a project: every step reports into one sink, and none stops the next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::contract::{self, Contract};
use super::diagnostic::Diagnostics;
use super::environment::{self, LoadOptions};
use super::evaluate::{Evaluator, Reference};
use super::files::{self, Files};
use super::identity::Identities;
use super::merged::{ResourceDeclaration, Template};
use super::node::Node;
use super::project::{Declaration, Environment, Flow, Project};
use super::rules::between::{self, Whole};
use super::rules::{self, Subject};
use super::scope::{self, ResourceName, Scope};
use super::settings::{self, EnvironmentSettings, Settings};
use super::sink::{Finding, Sink};
use super::source::Span;
use super::{condition, cycle, flow, names, schema, suggest};

/// Loads `configs/` of the project in `root`, evaluates it for one environment and validates everything.
///
/// # Errors
/// All mistakes of all files in one go, with the warnings.
pub fn load(root: &Path, options: &LoadOptions) -> Result<Project, Diagnostics> {
    let mut sink = Sink::default();
    let loaded = Loaded::new(root, options, &mut sink);
    let (diagnostics, failed) = sink.finish();
    if failed {
        return Err(diagnostics);
    }
    let (resources, unselected) = loaded
        .resources
        .into_iter()
        .filter(|resource| resource.exists)
        .map(|resource| resource.declaration)
        .partition(|declaration| loaded.stages.contains(&declaration.stage.as_str()));
    Ok(Project {
        root: root.to_owned(),
        name: loaded.name,
        environment: loaded.environment,
        resources,
        unselected,
        flow: loaded.flow,
        contract: loaded.contract,
        warnings: diagnostics.0,
    })
}

/// Everything known of a project; complete only if the sink holds no error.
pub(super) struct Loaded {
    pub name: String,
    pub environment: Environment,
    pub template: Template,
    pub scope: Scope,
    stages: Vec<&'static str>,
    resources: Vec<Evaluated>,
    flow: Flow,
    contract: Option<Contract>,
}

struct Evaluated {
    declaration: Declaration,
    /// The properties with their places.
    properties: Node,
    /// Place of the logical id.
    span: Span,
    references: Vec<Reference>,
    /// Its condition holds.
    exists: bool,
}

impl Loaded {
    pub(super) fn new(root: &Path, options: &LoadOptions, sink: &mut Sink) -> Self {
        let Files {
            pipeline,
            fragments,
            contract,
        } = files::read(root, sink);
        let settings = pipeline
            .as_ref()
            .map(|node| settings::read(node, sink))
            .unwrap_or_default();
        let found = environment::find(&settings, options, pipeline.is_some(), sink);
        let environment = environment::resolve(found, options, sink);
        environment::check_stages(&settings, sink);
        let stages = environment::select_stages(found, options, sink);
        let mut template = Template::default();
        for (stage, fragment) in &fragments {
            template.add(fragment, stage, sink);
        }
        let name = settings
            .name
            .as_ref()
            .map_or_else(|| "pipeline".to_owned(), |name| name.value.clone());
        let complete = pipeline.is_some() && (found.is_some() || environment.name == settings::LOCAL);
        let scope = scope_of(&template, &settings, found, &name, &environment, complete, sink);
        let resources = Evaluation {
            root,
            name: &name,
            environment: &environment,
            scope: &scope,
            sink,
        }
        .all(&template);
        between::check(&whole(&resources, &template, &stages, &environment, &scope), sink);
        let contract = contract.and_then(|node| contract::read(&node, sink));
        let exists = |id: &str| {
            scope
                .resources
                .get(id)
                .is_some_and(|resource| resource.absent_by.is_none())
        };
        let flow = flow::resolve(&settings.flow, &template, root, &exists, sink);
        Self {
            name,
            environment,
            template,
            scope,
            stages,
            resources,
            flow,
            contract,
        }
    }
}

/// What rules between resources look at.
fn whole<'a>(
    resources: &'a [Evaluated],
    template: &'a Template,
    stages: &[&str],
    environment: &'a Environment,
    scope: &'a Scope,
) -> Whole<'a> {
    let existing = resources.iter().filter(|resource| resource.exists);
    let resources = existing.map(|resource| {
        let declaration = &resource.declaration;
        between::Resource {
            id: &declaration.id,
            kind: &declaration.kind,
            properties: &resource.properties,
            written: &template.resources[&declaration.id].properties,
            selected: stages.contains(&declaration.stage.as_str()),
        }
    });
    Whole {
        resources: resources.collect(),
        environment,
        scope,
    }
}

fn scope_of(
    template: &Template,
    settings: &Settings,
    found: Option<&EnvironmentSettings>,
    name: &str,
    environment: &Environment,
    complete: bool,
    sink: &mut Sink,
) -> Scope {
    let mut scope = Scope {
        pseudo: scope::pseudo_parameters(name, environment),
        unusable: template.unusable.clone(),
        ..Scope::default()
    };
    unknown_parameters(template, settings, sink);
    for (name, parameter) in &template.parameters {
        // Values of the other environments are checked too; their mistakes are mistakes today.
        for other in settings
            .environments
            .iter()
            .filter(|other| !found.is_some_and(|found| std::ptr::eq(*other, found)))
        {
            other
                .parameters
                .iter()
                .filter(|given| given.key == *name)
                .for_each(|given| {
                    parameter.value(name, &given.value, sink);
                });
        }
        let given = found.and_then(|found| found.parameters.iter().find(|given| given.key == *name));
        let value = match (given.map(|given| &given.value).or(parameter.default.as_ref()), complete) {
            (Some(node), _) => parameter.value(name, node, sink),
            (None, true) => {
                let message = format!("parameter `{name}` has no value in environment `{}`", environment.name);
                let help = format!(
                    "add a `Default`, or \"{name}\" to environments.{}.parameters in configs/pipeline.json",
                    environment.name
                );
                sink.push(Finding::error("missing-parameter", parameter.span, message).help(help));
                None
            }
            (None, false) => None,
        };
        scope.parameters.insert(name.clone(), value);
    }
    for (id, resource) in &template.resources {
        let name = ResourceName {
            span: resource.span,
            schema: schema::of(&resource.kind.value),
            absent_by: None,
        };
        scope.resources.insert(id.clone(), name);
    }
    scope.conditions = condition::evaluate(&template.conditions, &scope, sink);
    for (id, resource) in &template.resources {
        let condition = resource.condition.as_ref().map(|condition| &condition.value);
        let absent_by = condition.filter(|name| scope.conditions.get(*name) == Some(&Some(false)));
        if let Some(name) = scope.resources.get_mut(id) {
            name.absent_by = absent_by.cloned();
        }
    }
    scope
}

fn unknown_parameters(template: &Template, settings: &Settings, sink: &mut Sink) {
    for given in settings
        .environments
        .iter()
        .flat_map(|environment| &environment.parameters)
    {
        if !template.parameters.contains_key(&given.key) && !template.unusable.contains(&given.key) {
            let message = format!("no fragment declares a parameter `{}`", given.key);
            let help = suggest::help(&given.key, template.parameters.keys().map(String::as_str));
            sink.push_missing(Finding::error("unknown-parameter", given.key_span, message).help_opt(help));
        }
    }
}

struct Evaluation<'a> {
    root: &'a Path,
    name: &'a str,
    environment: &'a Environment,
    scope: &'a Scope,
    sink: &'a mut Sink,
}

impl Evaluation<'_> {
    fn all(&mut self, template: &Template) -> Vec<Evaluated> {
        let resources: Vec<_> = template.resources.values().map(|resource| self.one(resource)).collect();
        let mut existing: Vec<_> = resources.iter().filter(|resource| resource.exists).collect();
        existing.sort_by_key(|resource| resource.span);
        let mut identities = Identities::default();
        for resource in &existing {
            if let Some(schema) = schema::of(&resource.declaration.kind) {
                identities.add(schema, &resource.declaration.id, &resource.properties, self.sink);
            }
        }
        let edges: BTreeMap<_, _> = existing
            .iter()
            .map(|one| (one.declaration.id.as_str(), one.references.as_slice()))
            .collect();
        cycle::check(&edges, self.sink);
        resources
    }

    fn one(&mut self, resource: &ResourceDeclaration) -> Evaluated {
        let exists = self.exists(resource);
        let mut evaluator = Evaluator::new(self.scope, self.sink);
        evaluator.dead = !exists;
        let mut properties = evaluator.evaluate(&resource.properties);
        let mut references = evaluator.references;
        references.extend(self.depends_on(resource));
        let schema = self.schema(resource);
        if let Some(schema) = schema {
            self.validate(resource, schema, &mut properties);
        }
        let declaration = Declaration {
            id: resource.id.clone(),
            kind: resource.kind.value.clone(),
            stage: resource.stage.to_owned(),
            file: self.sink.sources.path(resource.span).to_owned(),
            line: self.sink.sources.line(resource.span),
            properties: properties.to_value(),
            dependencies: references
                .iter()
                .map(|reference| reference.id.clone())
                .collect::<BTreeSet<_>>(),
            retain: resource.retain,
            snapshot: resource.snapshot,
            replacement_paths: schema.map(|schema| schema.replacement_paths()).unwrap_or_default(),
            write_only_paths: schema.map(|schema| schema.write_only_paths()).unwrap_or_default(),
        };
        Evaluated {
            declaration,
            properties,
            span: resource.span,
            references,
            exists,
        }
    }

    /// Names the resource and checks its properties, bringing them into the schema's types.
    fn validate(
        &mut self,
        resource: &ResourceDeclaration,
        schema: &'static schema::ResourceSchema,
        properties: &mut Node,
    ) {
        names::complete(
            properties,
            schema,
            (&resource.id, resource.span),
            self.name,
            self.environment,
        );
        schema::check(schema, properties, self.sink);
        rules::check(
            schema.kind,
            &Subject {
                properties,
                root: self.root,
            },
            self.sink,
        );
    }

    fn exists(&mut self, resource: &ResourceDeclaration) -> bool {
        let Some(condition) = &resource.condition else {
            return true;
        };
        // A broken condition was reported; the resource is then taken as there.
        Evaluator::new(self.scope, self.sink)
            .condition(&condition.value, condition.span)
            .unwrap_or(true)
    }

    fn schema(&mut self, resource: &ResourceDeclaration) -> Option<&'static schema::ResourceSchema> {
        let kind = &resource.kind;
        let found = schema::of(&kind.value);
        if found.is_none() {
            let help = match suggest::nearest(&kind.value, schema::kinds()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("supported: {}", schema::kinds().collect::<Vec<_>>().join(", ")),
            };
            let message = format!("the resource type `{}` is not supported", kind.value);
            self.sink
                .push(Finding::error("unknown-type", kind.span, message).help(help));
        }
        found
    }

    /// `DependsOn`, without resources that do not exist here, as CloudFormation has it.
    fn depends_on(&mut self, resource: &ResourceDeclaration) -> Vec<Reference> {
        let mut references = Vec::new();
        for name in &resource.depends_on {
            match self.scope.resources.get(&name.value) {
                Some(target) if target.absent_by.is_none() => {
                    references.push(Reference {
                        id: name.value.clone(),
                        span: name.span,
                    });
                }
                Some(_) => {}
                None if self.scope.unusable.contains(&name.value) => {}
                None => {
                    let help = suggest::help(&name.value, self.scope.resources.keys().map(String::as_str));
                    let message = format!("no resource is named `{}`", name.value);
                    self.sink
                        .push_missing(Finding::error("unknown-reference", name.span, message).help_opt(help));
                }
            }
        }
        references
    }
}
