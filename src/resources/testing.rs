//! Nodes of the graph on a scripted transport.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::handler::Scope;
use super::{Nodes, node_in};
use crate::aws::script::Script;
use crate::engine::{Cx, Outputs, Resource};
use crate::template::Declaration;

/// The answer to a tag listing of a resource that is ours, as a JSON list.
pub(super) fn our_tags() -> Value {
    json!([
        {"Key": "pipectl:pipeline", "Value": "employees"},
        {"Key": "pipectl:env", "Value": "dev"},
        {"Key": "pipectl:resource", "Value": "It"},
    ])
}

/// The same in S3's and IAM's XML.
pub(super) fn our_tags_xml(element: &str) -> String {
    let tags = [
        ("pipectl:pipeline", "employees"),
        ("pipectl:env", "dev"),
        ("pipectl:resource", "It"),
    ];
    tags.map(|(key, value)| format!("<{element}><Key>{key}</Key><Value>{value}</Value></{element}>"))
        .concat()
}

pub(super) fn declaration(kind: &str, properties: Value) -> Declaration {
    Declaration {
        id: "It".into(),
        kind: kind.into(),
        stage: "ingestion".into(),
        file: "configs/ingestion/it.json".into(),
        line: 3,
        properties,
        dependencies: BTreeSet::new(),
        retain: false,
        snapshot: false,
        replacement_paths: Vec::new(),
        write_only_paths: Vec::new(),
    }
}

/// The resource `It` of pipeline `employees`, environment `dev`, us-east-1.
pub(super) async fn resource(kind: &str, properties: Value, script: &Script) -> Arc<dyn Resource> {
    resource_at(Path::new("."), "us-east-1", kind, properties, script).await
}

pub(super) async fn resource_at(
    root: &Path,
    region: &str,
    kind: &str,
    properties: Value,
    script: &Script,
) -> Arc<dyn Resource> {
    let scope = Scope {
        clients: Arc::new(script.clients().await),
        root: root.to_path_buf(),
        snapshot: false,
        pipeline: "employees".into(),
        environment: "dev".into(),
        id: "It".into(),
        region: region.into(),
        account: "111122223333".into(),
    };
    let declaration = &declaration(kind, properties);
    let declared = Nodes {
        declaration,
        observed: false,
    };
    node_in(scope, &declared).expect("a known type")
}

pub(super) fn desired(resource: &Arc<dyn Resource>) -> Value {
    let desired = resource.desired(&Outputs::new()).expect("valid properties");
    assert!(desired.unresolved.is_empty());
    desired.document
}

/// A context of a run in which something upstream is fresh, and what it was told.
pub(super) fn fresh() -> (Cx, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = told.clone();
    (
        Cx::new(true, Arc::new(move |state| sink.lock().unwrap().push(state.to_owned()))),
        told,
    )
}

/// Whether every member of `desired` is equal in `live`, as the engine compares (simplified: no coercion).
pub(super) fn assert_within(desired: &Value, live: &Value) {
    match (desired, live) {
        (Value::Object(desired), Value::Object(live)) => {
            for (key, value) in desired {
                let empty = value.as_array().is_some_and(Vec::is_empty);
                match live.get(key) {
                    None if empty => {}
                    None => panic!("{key} is missing in {live:?}"),
                    Some(live) => assert_within(value, live),
                }
            }
        }
        (Value::Array(desired), Value::Array(live)) => {
            assert_eq!(desired.len(), live.len(), "{desired:?} is not {live:?}");
            desired
                .iter()
                .zip(live)
                .for_each(|(desired, live)| assert_within(desired, live));
        }
        (desired, live) => assert_eq!(desired, live),
    }
}
