//! Sheets: visuals, controls, text boxes and where they are.

use super::Reading;
use super::node::{Node, plain_text};
use super::visual::visual;
use crate::dashboard::model::{Control, Filter, GRID_COLUMNS, Matching, Place, Sheet, Test, TextBox};

pub(super) fn sheet(reading: &Reading<'_>, node: &Node<'_>, index: usize, filters: &mut [Filter]) -> Option<Sheet> {
    let id = node.need_text("SheetId")?.to_owned();
    let name = node
        .text("Name")
        .map_or_else(|| format!("Sheet {}", index + 1), str::to_owned);
    node.ignore(&["ContentType", "SheetControlLayouts", "CustomActionDefaults"]);
    let mut visuals: Vec<_> = node
        .list("Visuals")
        .iter()
        .filter_map(|union| visual(reading, union, &name))
        .collect();
    for visual in &mut visuals {
        visual.filters = (0..filters.len())
            .filter(|at| applies(reading, &filters[*at], &id, &visual.id, &visual.data_set))
            .collect();
    }
    let mut controls = Vec::new();
    for key in ["FilterControls", "ParameterControls"] {
        for union in node.list(key) {
            controls.extend(control(&union, filters, &name));
        }
    }
    let texts: Vec<TextBox> = node
        .list("TextBoxes")
        .iter()
        .filter_map(|text| {
            text.ignore(&["Interactions"]);
            Some(TextBox {
                id: text.need_text("SheetTextBoxId")?.to_owned(),
                text: text.text("Content").map(plain_text).unwrap_or_default(),
            })
        })
        .collect();
    for image in node.list("Images") {
        image.unsupported("images");
        image.ignore_rest();
    }
    let elements: Vec<&str> = visuals.iter().map(|visual| visual.id.as_str()).collect();
    let texts_first = texts.iter().map(|text| text.id.as_str());
    let places = places(node, &texts_first.chain(elements).collect::<Vec<_>>());
    Some(Sheet {
        id,
        title: node.text("Title").map(str::to_owned),
        description: node.text("Description").map(str::to_owned),
        name,
        visuals,
        controls,
        texts,
        places,
    })
}

/// Does a filter see the rows of this visual?
fn applies(reading: &Reading<'_>, filter: &Filter, sheet: &str, visual: &str, data_set: &str) -> bool {
    let same = filter.data_set == data_set
        || (filter.all_data_sets
            && reading
                .data_sets
                .get(data_set)
                .is_some_and(|set| set.column(&filter.column).is_some()));
    same && filter.scope.covers(sheet, visual)
}

/// A control of a category filter, by filter or by parameter.
fn control(union: &Node<'_>, filters: &mut [Filter], sheet: &str) -> Option<Control> {
    let (kind, mut node) = union.variant()?;
    let id = node
        .text("FilterControlId")
        .or_else(|| node.text("ParameterControlId"))
        .unwrap_or_default()
        .to_owned();
    node.rename(format!("sheet {sheet} / control {id}"));
    if !["Dropdown", "List"].contains(&kind) {
        node.unsupported(format!("{kind} control: its filter stays as the definition sets it"));
        node.ignore_rest();
        return None;
    }
    node.ignore(&[
        "CommitMode",
        "ControlSortConfigurations",
        "CascadingControlConfiguration",
        "DisplayOptions",
    ]);
    let title = node.formatted("ControlTitleFormatText");
    let title = title.or_else(|| node.text("Title").map(str::to_owned));
    let multiple = node.one_of("Type", &["MULTI_SELECT", "SINGLE_SELECT"]) != Some("SINGLE_SELECT");
    let values = node.child("SelectableValues").and_then(|selectable| {
        selectable
            .child("LinkToDataSetColumn")
            .iter()
            .for_each(Node::ignore_rest);
        selectable.texts("Values")
    });
    let source = node.text("SourceFilterId");
    let parameter = node.text("SourceParameterName");
    let at = match (source, parameter) {
        (Some(source), _) => filters.iter().position(|filter| filter.id == source),
        // A parameter's control sets the filter that reads the parameter.
        (_, Some(parameter)) => filters
            .iter()
            .position(|filter| filter.parameter.as_deref() == Some(parameter)),
        _ => None,
    };
    let Some(at) = at else {
        match source {
            Some(source) => node.unsupported(format!("control of `{source}`, which is no filter the preview applies")),
            None => node.unsupported("control of a parameter that no category filter reads"),
        }
        return None;
    };
    let Test::Category {
        matching,
        values: chosen,
        ..
    } = &filters[at].test
    else {
        node.unsupported("control of a filter that is not a category filter: it stays as the definition sets it");
        return None;
    };
    if *matching != Matching::Equals {
        node.unsupported("control of a filter that excludes or searches: it stays as the definition sets it");
        return None;
    }
    let selected = chosen.clone();
    filters[at].control = Some(id.clone());
    Some(Control {
        title: title.unwrap_or_else(|| filters[at].column.clone()),
        id,
        multiple,
        list: kind == "List",
        selected,
        values,
        filter: at,
    })
}

/// The grid places of `elements`; what has none follows below, two in a row.
fn places(node: &Node<'_>, elements: &[&str]) -> Vec<Place> {
    let mut places = Vec::new();
    for layout in node.list("Layouts") {
        let Some((kind, config)) = layout.need("Configuration").and_then(|node| {
            let (kind, config) = node.variant()?;
            Some((kind.to_owned(), config))
        }) else {
            continue;
        };
        if kind != "GridLayout" {
            layout.unsupported(format!("{kind}: visuals are laid out on a grid, two in a row"));
            config.ignore_rest();
            continue;
        }
        config.ignore(&["CanvasSizeOptions"]);
        for element in config.list("Elements") {
            places.extend(grid_place(&element, elements, &places));
        }
    }
    let mut row = places.iter().map(|place| place.row + place.rows).max().unwrap_or(0);
    let mut column = 0;
    for element in elements {
        if places.iter().any(|place| place.element == *element) {
            continue;
        }
        places.push(Place {
            element: (*element).to_owned(),
            column,
            columns: GRID_COLUMNS / 2,
            row,
            rows: 12,
        });
        column = (column + GRID_COLUMNS / 2) % GRID_COLUMNS;
        row += if column == 0 { 12 } else { 0 };
    }
    places
}

fn grid_place(element: &Node<'_>, elements: &[&str], before: &[Place]) -> Option<Place> {
    element.ignore(&[
        "BorderStyle",
        "SelectedBorderStyle",
        "BackgroundStyle",
        "LoadingAnimation",
        "BorderRadius",
        "Padding",
    ]);
    let id = element.need_text("ElementId")?;
    element.ignore(&["ElementType"]);
    let column = element.count("ColumnIndex");
    let columns = element.count("ColumnSpan").unwrap_or(GRID_COLUMNS);
    let row = element.count("RowIndex");
    let rows = element.count("RowSpan").unwrap_or(12);
    // Controls are in the bar above the sheet; images and what is not drawn leave no hole that matters.
    if !elements.contains(&id) {
        return None;
    }
    if columns == 0 || rows == 0 || column.unwrap_or(0) + columns > GRID_COLUMNS {
        element.fault(format!(
            "element {id} does not fit the {GRID_COLUMNS} columns: index {}, span {columns}",
            column.unwrap_or(0)
        ));
        return None;
    }
    let below = before.iter().map(|place| place.row + place.rows).max().unwrap_or(0);
    Some(Place {
        element: id.to_owned(),
        column: column.unwrap_or(0),
        columns,
        row: row.unwrap_or(below).min(2000),
        rows: rows.min(200),
    })
}
