//! What the kinds of visuals share: wells of fields, sorting, axes.

use super::Reading;
use super::axis::{axis, axis_title};
use super::fields::{dimension, limit, measure, sorts};
use super::node::Node;
use crate::dashboard::model::Visual;

/// Reads the first dimension of a well; further ones are levels to drill down to.
pub(super) fn first(
    reading: &Reading<'_>,
    visual: &mut Visual,
    wells: &Node<'_>,
    well: &str,
    role: &'static str,
) -> Option<usize> {
    let fields = wells.list(well);
    if fields.len() > 1 {
        wells.unsupported(format!(
            "{well}: {} fields, the first is shown (no drilling down)",
            fields.len()
        ));
        fields[1..].iter().for_each(Node::ignore_rest);
    }
    dimension(reading, visual, fields.first()?, role)
}

pub(super) fn measures(
    reading: &Reading<'_>,
    visual: &mut Visual,
    wells: &Node<'_>,
    well: &str,
    role: &'static str,
) -> usize {
    let fields = wells.list(well);
    fields
        .iter()
        .filter(|field| measure(reading, visual, field, role).is_some())
        .count()
}

pub(super) fn no_small_multiples(wells: &Node<'_>) {
    let fields = wells.list("SmallMultiples");
    if !fields.is_empty() {
        wells.unsupported("SmallMultiples: one chart for all");
        fields.iter().for_each(Node::ignore_rest);
    }
}

pub(super) fn axes(visual: &mut Visual, config: &Node<'_>, which: [(&'static str, &str, &str); 2]) {
    for (name, display, title) in which {
        let mut one = axis(config, display);
        axis_title(visual, config, title, &mut one);
        visual.axes.insert(name, one);
    }
}

/// SortConfiguration: (sort key, limit key) of categories and of colours.
pub(super) fn sorting(
    reading: &Reading<'_>,
    visual: &mut Visual,
    config: &Node<'_>,
    category: (&str, &str),
    color: (&str, &str),
) {
    let Some(node) = config.child("SortConfiguration") else {
        return;
    };
    visual.sort = sorts(reading, visual, &node, category.0);
    visual.limit = limit(&node, category.1);
    if !color.0.is_empty() {
        visual.color_sort = sorts(reading, visual, &node, color.0);
    }
    if !color.1.is_empty() {
        visual.color_limit = limit(&node, color.1);
    }
    for key in ["SmallMultiplesSort", "SmallMultiplesLimitConfiguration"] {
        if let Some(rest) = node.child_or_list(key) {
            rest.iter().for_each(Node::ignore_rest);
        }
    }
}
