//! Rules between resources: what no single resource shows, and AWS says only while it deploys.

mod policy;
mod reach;
mod trust;

use crate::template::node::Node;
use crate::template::project::Environment;
use crate::template::scope::Scope;
use crate::template::sink::Sink;

/// A resource that exists in the environment.
pub(in crate::template) struct Resource<'a> {
    pub id: &'a str,
    pub kind: &'a str,
    /// Evaluated.
    pub properties: &'a Node,
    /// As the fragment has them.
    pub written: &'a Node,
    /// Its stage is among those to work on.
    pub selected: bool,
}

/// All resources of a project, evaluated for one environment.
pub(in crate::template) struct Whole<'a> {
    pub resources: Vec<Resource<'a>>,
    pub environment: &'a Environment,
    pub scope: &'a Scope,
}

impl<'a> Whole<'a> {
    fn find(&self, id: &str, kind: &str) -> Option<&Resource<'a>> {
        let mut found = self.resources.iter();
        found.find(|resource| resource.id == id && resource.kind == kind)
    }

    /// Whether this is AWS itself, neither the embedded one nor an emulator.
    fn on_aws(&self) -> bool {
        self.environment.embedded.is_none() && self.environment.endpoint.is_none()
    }
}

/// Applies the rules.
pub(in crate::template) fn check(whole: &Whole<'_>, sink: &mut Sink) {
    trust::roles_are_assumable(whole, sink);
    reach::quicksight_reaches_its_warehouse(whole, sink);
}
