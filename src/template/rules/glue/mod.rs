//! AWS Glue.

pub(super) mod catalog;
pub(super) mod job;
pub(super) mod trigger;

use crate::template::node::{Data, Node, Part};

/// The text of a string as far as it is written here: what references stand for is left out.
fn written(node: &Node) -> String {
    match &node.data {
        Data::Text(text) => text.clone(),
        Data::Residual(residual) => {
            let texts = residual.0.iter().map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Attribute(..) => "",
            });
            texts.collect()
        }
        _ => String::new(),
    }
}
