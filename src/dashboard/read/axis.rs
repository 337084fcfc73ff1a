//! Axes, axis titles, legends, data labels.

use super::fields::field_at;
use super::node::Node;
use crate::dashboard::model::{Axis, FieldAt, Labels, Legend, Visual};

/// AxisDisplayOptions under `key`.
pub(super) fn axis(config: &Node<'_>, key: &str) -> Axis {
    let Some(node) = config.child(key) else {
        return Axis::default();
    };
    // Line charts have it one level deeper.
    if node.has("AxisOptions") {
        for missing in node.list("MissingDataConfigurations") {
            if missing.text("TreatmentOption") != Some("SHOW_AS_BLANK") {
                missing.unsupported("TreatmentOption: missing values stay blank");
            }
        }
        return axis(&node, "AxisOptions");
    }
    let mut axis = Axis::default();
    if let Some(ticks) = node.child("TickLabelOptions") {
        if let Some(label) = ticks.child("LabelOptions") {
            axis.hidden = label.visible("Visibility") == Some(false);
            axis.title = label.text("CustomLabel").map(str::to_owned);
            label.ignore(&["FontConfiguration"]);
        }
        // Labels are turned when they would overlap.
        ticks.ignore(&["RotationAngle"]);
    }
    axis.grid = node.visible("GridLineVisibility");
    node.ignore(&["AxisLineVisibility", "ScrollbarOptions", "AxisOffset"]);
    if let Some(numeric) = node.child("DataOptions").and_then(|data| {
        data.ignore(&["DateAxisOptions"]);
        data.child("NumericAxisOptions")
    }) {
        numeric_axis(&numeric, &mut axis);
    }
    axis
}

fn numeric_axis(node: &Node<'_>, axis: &mut Axis) {
    if let Some(range) = node.child("Range") {
        axis.driven = range.has("DataDriven");
        range.ignore(&["DataDriven"]);
        if let Some(ends) = range.child("MinMax") {
            axis.min = ends.number("Minimum");
            axis.max = ends.number("Maximum");
            if let (Some(min), Some(max)) = (axis.min, axis.max)
                && min >= max
            {
                ends.fault(format!("Minimum {min} is not below Maximum {max}"));
                (axis.min, axis.max) = (None, None);
            }
        }
    }
    if let Some(scale) = node.child("Scale") {
        if let Some(linear) = scale.child("Linear") {
            axis.step = linear.number("StepSize").filter(|step| *step > 0.0);
            linear.ignore(&["StepCount"]);
        }
        if let Some(log) = scale.child("Logarithmic") {
            axis.log = Some(log.number("Base").filter(|base| *base > 1.0).unwrap_or(10.0));
        }
    }
}

/// ChartAxisLabelOptions under `key`: the title of an axis, and names of fields.
pub(super) fn axis_title(visual: &mut Visual, config: &Node<'_>, key: &str, axis: &mut Axis) {
    let Some(node) = config.child(key) else { return };
    node.ignore(&["SortIconVisibility"]);
    axis.title_visible = node.visible("Visibility");
    for option in node.list("AxisLabelOptions") {
        option.ignore(&["FontConfiguration"]);
        let label = option.text("CustomLabel").map(str::to_owned);
        let target = option.child("ApplyTo").and_then(|apply| {
            apply.ignore(&["Column"]);
            apply.text("FieldId").and_then(|field| field_at(visual, field))
        });
        let Some(label) = label else { continue };
        match target {
            Some(FieldAt::Dim(at)) => visual.dims[at].label = label,
            Some(FieldAt::Measure(at)) => {
                let field = visual.measures[at].field.clone();
                for measure in visual.measures.iter_mut().filter(|measure| measure.field == field) {
                    measure.label.clone_from(&label);
                }
            }
            None => axis.title = Some(label),
        }
    }
}

pub(super) fn legend(config: &Node<'_>) -> Legend {
    let Some(node) = config.child("Legend") else {
        return Legend::default();
    };
    node.ignore(&["Width", "Height", "ValueFontConfiguration"]);
    let title = node.child("Title").and_then(|title| {
        title.ignore(&["FontConfiguration"]);
        let shown = title.visible("Visibility") != Some(false);
        title.text("CustomLabel").filter(|_| shown).map(str::to_owned)
    });
    Legend {
        visible: node.visible("Visibility"),
        position: node
            .one_of("Position", &["AUTO", "RIGHT", "BOTTOM", "TOP"])
            .map(str::to_owned),
        title,
    }
}

pub(super) fn labels(config: &Node<'_>) -> Labels {
    let Some(node) = config.child("DataLabels") else {
        return Labels::default();
    };
    // Where labels are put and what of them is dropped follows from the room there is.
    node.ignore(&[
        "CategoryLabelVisibility",
        "MeasureLabelVisibility",
        "Position",
        "Overlap",
        "LabelFontConfiguration",
        "LabelColor",
    ]);
    for key in ["DataLabelTypes", "LabelContent", "TotalsVisibility"] {
        if node.has(key) {
            node.unsupported(format!("DataLabels.{key}"));
        }
    }
    node.ignore(&["DataLabelTypes", "LabelContent", "TotalsVisibility"]);
    Labels {
        visible: node.visible("Visibility"),
    }
}
