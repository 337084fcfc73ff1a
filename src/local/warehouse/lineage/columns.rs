//! The columns of a query's result, followed to the tables they come from.

use serde_json::Value;

use super::types::{infer, unify};
use super::{Output, Tables, list, table_name, text};

/// What names mean at a place of the query.
pub(super) struct Scope<'a> {
    tables: &'a dyn Tables,
    ctes: Vec<(String, Option<Vec<Output>>)>,
}

/// Something in FROM.
pub(super) struct Source {
    alias: String,
    columns: Option<Vec<Output>>,
}

/// Columns of the result; `None` if not even their number can be told.
pub(super) fn of_query(node: &Value, tables: &dyn Tables) -> Option<Vec<Output>> {
    let ctes = Vec::new();
    query(node, &Scope { tables, ctes })
}

pub(super) fn query(node: &Value, outer: &Scope<'_>) -> Option<Vec<Output>> {
    let mut scope = Scope {
        tables: outer.tables,
        ctes: outer.ctes.clone(),
    };
    for cte in list(&node["cte_map"], "map") {
        let columns = query(&cte["value"]["query"]["node"], &scope);
        let columns = columns.map(|columns| renamed(columns, list(&cte["value"], "aliases")));
        scope.ctes.push((text(cte, "key").to_lowercase(), columns));
    }
    match text(node, "type") {
        "SELECT_NODE" => select(node, &scope),
        "SET_OPERATION_NODE" => {
            let sides: Vec<&Value> = match list(node, "children") {
                [] => vec![&node["left"], &node["right"]],
                children => children.iter().collect(),
            };
            let mut sides = sides.into_iter().map(|side| query(side, &scope));
            let first = sides.next()??;
            Some(sides.fold(first, |left, right| unified(left, right.as_deref())))
        }
        _ => None,
    }
}

/// Columns of a UNION: the names of the first side, the types that hold both.
fn unified(left: Vec<Output>, right: Option<&[Output]>) -> Vec<Output> {
    let kind = |index: usize| {
        right
            .and_then(|right| right.get(index))
            .and_then(|column| column.kind.clone())
    };
    left.into_iter()
        .enumerate()
        .map(|(index, column)| Output::bare(&column.name, unify(column.kind, kind(index))))
        .collect()
}

fn renamed(mut columns: Vec<Output>, aliases: &[Value]) -> Vec<Output> {
    for (column, alias) in columns.iter_mut().zip(aliases) {
        if let Some(alias) = alias.as_str() {
            alias.clone_into(&mut column.name);
        }
    }
    columns
}

fn select(node: &Value, scope: &Scope<'_>) -> Option<Vec<Output>> {
    let sources = from(&node["from_table"], scope)?;
    let mut outputs = Vec::new();
    for item in list(node, "select_list") {
        if text(item, "type") != "STAR" {
            outputs.push(expression(item, &sources, scope));
            continue;
        }
        if ["exclude_list", "replace_list", "rename_list"]
            .iter()
            .any(|member| !list(item, member).is_empty())
            || item["columns"] == true
        {
            return None;
        }
        let relation = text(item, "relation_name");
        for source in &sources {
            if relation.is_empty() || source.alias.eq_ignore_ascii_case(relation) {
                outputs.extend(source.columns.clone()?);
            }
        }
    }
    Some(outputs)
}

fn from(table: &Value, scope: &Scope<'_>) -> Option<Vec<Source>> {
    let alias = text(table, "alias").to_lowercase();
    let named = |name: String, columns: Option<Vec<Output>>| {
        let columns = columns.map(|columns| renamed(columns, list(table, "column_name_alias")));
        vec![Source {
            alias: if alias.is_empty() { name } else { alias.clone() },
            columns,
        }]
    };
    Some(match text(table, "type") {
        "EMPTY" => Vec::new(),
        "BASE_TABLE" => {
            let name = table_name(table);
            let cte = scope
                .ctes
                .iter()
                .rev()
                .find(|(cte, _)| name.schema.is_none() && *cte == name.name);
            let columns = match cte {
                Some((_, columns)) => columns.clone(),
                None => scope.tables.columns(&name),
            };
            named(name.name, columns)
        }
        "SUBQUERY" => named(String::new(), query(&table["subquery"]["node"], scope)),
        "JOIN" => {
            let using = list(table, "using_columns");
            if text(table, "ref_type") == "NATURAL" {
                return None;
            }
            let mut left = from(&table["left"], scope)?;
            let mut right = from(&table["right"], scope)?;
            let kind = text(table, "join_type");
            for source in right.iter_mut().chain(left.iter_mut()) {
                if kind != "INNER" {
                    source
                        .columns
                        .iter_mut()
                        .flatten()
                        .for_each(|column| column.nullable = true);
                }
            }
            for source in &mut right {
                if let Some(columns) = &mut source.columns {
                    columns.retain(|column| !using.iter().any(|name| name.as_str() == Some(&column.name)));
                }
            }
            left.extend(right);
            left
        }
        _ => named(String::new(), None),
    })
}

fn expression(item: &Value, sources: &[Source], scope: &Scope<'_>) -> Output {
    let alias = text(item, "alias");
    let mut output = match text(item, "type") {
        "COLUMN_REF" => column(item, sources),
        _ => Output::bare("?column?", infer(item, sources, scope)),
    };
    if !alias.is_empty() {
        alias.clone_into(&mut output.name);
    }
    output
}

fn last_name(reference: &Value) -> String {
    let names = list(reference, "column_names");
    names.last().and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn column(reference: &Value, sources: &[Source]) -> Output {
    let name = last_name(reference);
    let names = list(reference, "column_names");
    let table = names.len().checked_sub(2).and_then(|at| names[at].as_str());
    let found = sources
        .iter()
        .filter(|source| table.is_none_or(|table| source.alias.eq_ignore_ascii_case(table)))
        .flat_map(|source| source.columns.iter().flatten())
        .find(|column| column.name.eq_ignore_ascii_case(&name));
    match found {
        Some(column) => Output { name, ..column.clone() },
        None => Output::bare(&name, None),
    }
}
