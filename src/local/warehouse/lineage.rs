//! What the text of a query tells of its columns that DuckDB does not keep: the table a column comes from, the length of
//! its text, Redshift's names and types of expressions. And what a query reads, for views that depend on it.
//!
//! DuckDB's parser gives the query as a tree (`json_serialize_sql`); what the tree does not tell is left open.

use duckdb::Connection;
use serde_json::Value;

use super::answer::ColumnMeta;
use super::dialect::{TableName, Type};
use super::error::Result;

/// A column of a query's result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Output {
    pub name: String,
    pub kind: Option<Type>,
    /// Schema and table, for a column that is taken as it is.
    pub origin: Option<(String, String)>,
    pub nullable: bool,
}

impl Output {
    pub fn bare(name: &str, kind: Option<Type>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            origin: None,
            nullable: true,
        }
    }

    /// As the Data API describes it.
    pub fn meta(&self) -> ColumnMeta {
        let unknown = Type::Varchar(super::types::MAX_VARCHAR);
        let mut meta = ColumnMeta::new(&self.name, self.kind.as_ref().unwrap_or(&unknown));
        meta.nullable = i32::from(self.nullable);
        if let Some((schema, table)) = &self.origin {
            schema.clone_into(&mut meta.schema_name);
            table.clone_into(&mut meta.table_name);
        }
        meta
    }
}

/// Knows the columns of tables and views.
pub(super) trait Tables {
    fn columns(&self, table: &TableName) -> Option<Vec<Output>>;
}

/// A query, taken apart by DuckDB's parser.
pub(super) struct Tree(Value);

impl Tree {
    /// `None` if the query cannot be taken apart (EXPLAIN, SHOW).
    pub fn parse(connection: &Connection, query: &str) -> Result<Option<Self>> {
        let json: String = connection.query_row("SELECT json_serialize_sql(?::VARCHAR)", [query], |row| row.get(0))?;
        let tree: Value = serde_json::from_str(&json).unwrap_or_default();
        Ok((tree["error"] == false).then_some(Self(tree)))
    }

    /// Columns of the result; `None` if not even their number can be told.
    pub fn outputs(&self, tables: &dyn Tables) -> Option<Vec<Output>> {
        query(
            &self.0["statements"][0]["node"],
            &Scope {
                tables,
                ctes: Vec::new(),
            },
        )
    }

    /// Tables and views the query names, each once, in the order of their first use.
    pub fn reads(&self) -> Vec<TableName> {
        let (mut ctes, mut found) = (Vec::new(), Vec::new());
        collect(&self.0, &mut ctes, &mut found);
        found.retain(|table: &TableName| table.schema.is_some() || !ctes.contains(&table.name));
        found
    }
}

impl Tree {
    /// Where the query names tables without a schema, in bytes from its start, in that order.
    pub fn unqualified(&self) -> Vec<(usize, String)> {
        let (mut ctes, mut found) = (Vec::new(), Vec::new());
        collect(&self.0, &mut ctes, &mut found);
        let mut places = Vec::new();
        locate(&self.0, &mut places);
        places.retain(|(_, name)| !ctes.contains(name));
        places.sort();
        places
    }
}

fn locate(node: &Value, places: &mut Vec<(usize, String)>) {
    match node {
        Value::Array(nodes) => nodes.iter().for_each(|node| locate(node, places)),
        Value::Object(members) => {
            if text(node, "type") == "BASE_TABLE" && text(node, "schema_name").is_empty() {
                let place = node["query_location"]
                    .as_u64()
                    .and_then(|place| usize::try_from(place).ok());
                places.extend(place.map(|place| (place, table_name(node).name)));
            }
            members.values().for_each(|node| locate(node, places));
        }
        _ => {}
    }
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map_or(&[], Vec::as_slice)
}

fn table_name(reference: &Value) -> TableName {
    let schema = text(reference, "schema_name");
    TableName {
        schema: (!schema.is_empty()).then(|| schema.to_lowercase()),
        name: text(reference, "table_name").to_lowercase(),
    }
}

fn collect(node: &Value, ctes: &mut Vec<String>, found: &mut Vec<TableName>) {
    match node {
        Value::Array(nodes) => nodes.iter().for_each(|node| collect(node, ctes, found)),
        Value::Object(members) => {
            if text(node, "type") == "BASE_TABLE" {
                let table = table_name(node);
                if !found.contains(&table) {
                    found.push(table);
                }
            }
            ctes.extend(
                list(&node["cte_map"], "map")
                    .iter()
                    .map(|cte| text(cte, "key").to_lowercase()),
            );
            members.values().for_each(|node| collect(node, ctes, found));
        }
        _ => {}
    }
}

/// What names mean at a place of the query.
struct Scope<'a> {
    tables: &'a dyn Tables,
    ctes: Vec<(String, Option<Vec<Output>>)>,
}

/// Something in FROM.
struct Source {
    alias: String,
    columns: Option<Vec<Output>>,
}

fn query(node: &Value, outer: &Scope<'_>) -> Option<Vec<Output>> {
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

fn column(reference: &Value, sources: &[Source]) -> Output {
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

/// The type Redshift gives an expression, where that is not left to DuckDB.
fn infer(item: &Value, sources: &[Source], scope: &Scope<'_>) -> Option<Type> {
    let of = |item: &Value| infer(item, sources, scope);
    match text(item, "class") {
        "COLUMN_REF" => column(item, sources).kind,
        "CONSTANT" => constant(&item["value"]),
        "CAST" => match text(&item["cast_type"], "id") {
            "DECIMAL" => {
                let info = &item["cast_type"]["type_info"];
                Some(Type::Decimal {
                    precision: u8::try_from(info["width"].as_u64()?).ok()?,
                    scale: u8::try_from(info["scale"].as_u64()?).ok()?,
                })
            }
            // A cast to text without a length keeps the length of text.
            "VARCHAR" => of(&item["child"])
                .filter(Type::is_text)
                .and_then(|kind| kind.length())
                .map(Type::Varchar),
            other => Some(Type::of_duck(other)),
        },
        "CASE" => {
            let mut kinds = list(item, "case_checks")
                .iter()
                .map(|check| &check["then_expr"])
                .collect::<Vec<_>>();
            kinds.push(&item["else_expr"]);
            all_of(&kinds, &of)
        }
        "OPERATOR" if text(item, "type") == "OPERATOR_COALESCE" => {
            all_of(&list(item, "children").iter().collect::<Vec<_>>(), &of)
        }
        "SUBQUERY" if text(item, "subquery_type") == "SCALAR" => {
            query(&item["subquery"]["node"], scope)?.into_iter().next()?.kind
        }
        "FUNCTION" | "WINDOW" => function(item, &of),
        _ => None,
    }
}

/// One type for several expressions; NULL takes any.
fn all_of(items: &[&Value], of: &dyn Fn(&Value) -> Option<Type>) -> Option<Type> {
    let mut kind = None;
    for item in items.iter().filter(|item| item["value"]["is_null"] != true) {
        let next = of(item)?;
        kind = match kind {
            None => Some(next),
            some => Some(unify(some, Some(next))?),
        };
    }
    kind
}

/// <https://docs.aws.amazon.com/redshift/latest/dg/r_SUM.html> and its neighbours: types of aggregates.
fn function(item: &Value, of: &dyn Fn(&Value) -> Option<Type>) -> Option<Type> {
    let children = list(item, "children");
    let first = || children.first().and_then(of);
    match text(item, "function_name") {
        "sum" => Some(match first()? {
            Type::SmallInt | Type::Integer => Type::BigInt,
            Type::BigInt => Type::Decimal {
                precision: 38,
                scale: 0,
            },
            Type::Decimal { scale, .. } => Type::Decimal { precision: 38, scale },
            Type::Real | Type::Double => Type::Double,
            _ => return None,
        }),
        "count" | "count_star" | "row_number" | "rank" | "dense_rank" => Some(Type::BigInt),
        "min" | "max" | "any_value" | "arg_max" | "arg_min" | "max_by" | "min_by" | "first_value" | "last_value"
        | "lag" | "lead" | "first" | "last" => first(),
        // `left(text, n)` is how the dialect writes a cast to VARCHAR(n).
        "left" if children.len() == 2 => {
            let length = u32::try_from(children[1]["value"]["value"].as_u64()?).ok()?;
            Some(Type::Varchar(length.max(1)))
        }
        "lower" | "upper" | "trim" | "ltrim" | "rtrim" | "right" | "substring" | "substr" | "reverse" => first()
            .filter(Type::is_text)
            .and_then(|kind| kind.length())
            .map(Type::Varchar),
        "||" | "concat" => {
            let lengths = children
                .iter()
                .map(|child| of(child).filter(Type::is_text).and_then(|kind| kind.length()));
            let total: u32 = lengths.sum::<Option<u32>>()?;
            Some(Type::Varchar(total.min(super::types::MAX_VARCHAR)))
        }
        _ => None,
    }
}

fn constant(value: &Value) -> Option<Type> {
    match text(&value["type"], "id") {
        "INTEGER" => Some(Type::Integer),
        "BIGINT" => Some(Type::BigInt),
        "BOOLEAN" => Some(Type::Boolean),
        "DECIMAL" => {
            let info = &value["type"]["type_info"];
            Some(Type::Decimal {
                precision: u8::try_from(info["width"].as_u64()?).ok()?,
                scale: u8::try_from(info["scale"].as_u64()?).ok()?,
            })
        }
        "VARCHAR" => Some(Type::Varchar(u32::try_from(text(value, "value").len()).ok()?.max(1))),
        _ => None,
    }
}

/// A type that holds the values of both.
fn unify(left: Option<Type>, right: Option<Type>) -> Option<Type> {
    let (left, right) = (left?, right?);
    let rank = |kind: &Type| match kind {
        Type::SmallInt => Some(5),
        Type::Integer => Some(10),
        Type::BigInt => Some(19),
        _ => None,
    };
    Some(match (&left, &right) {
        _ if left == right => left,
        _ if left.is_text() && right.is_text() => Type::Varchar(left.length()?.max(right.length()?)),
        (
            Type::Decimal { precision, scale },
            Type::Decimal {
                precision: other,
                scale: fraction,
            },
        ) => {
            let whole = (precision - scale).max(other - fraction);
            let scale = *scale.max(fraction);
            Type::Decimal {
                precision: (whole + scale).min(38),
                scale,
            }
        }
        _ => match (rank(&left), rank(&right)) {
            (Some(one), Some(other)) => {
                if one > other {
                    left
                } else {
                    right
                }
            }
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One;

    impl Tables for One {
        fn columns(&self, table: &TableName) -> Option<Vec<Output>> {
            let column = |name: &str, kind| Output {
                origin: Some(("hr".into(), "employees".into())),
                ..Output::bare(name, Some(kind))
            };
            let salary = Type::Decimal {
                precision: 12,
                scale: 2,
            };
            (table.name == "employees").then(|| {
                vec![
                    column("id", Type::Integer),
                    column("name", Type::Varchar(40)),
                    column("salary", salary),
                ]
            })
        }
    }

    fn outputs(query: &str) -> Option<Vec<(String, Option<String>)>> {
        let connection = Connection::open_in_memory().unwrap();
        let tree = Tree::parse(&connection, query).unwrap()?;
        let outputs = tree.outputs(&One)?;
        Some(
            outputs
                .into_iter()
                .map(|output| (output.name, output.kind.map(|kind| kind.to_string())))
                .collect(),
        )
    }

    fn expect(query: &str, expected: &[(&str, &str)]) {
        let found = outputs(query).unwrap();
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, kind)| (name.to_string(), (!kind.is_empty()).then(|| kind.to_string())))
            .collect();
        assert_eq!(found, expected, "{query}");
    }

    #[test]
    fn columns_are_followed_to_their_tables() {
        expect(
            "SELECT e.name AS n, * FROM hr.employees e",
            &[
                ("n", "character varying(40)"),
                ("id", "integer"),
                ("name", "character varying(40)"),
                ("salary", "numeric(12,2)"),
            ],
        );
        expect(
            "WITH x(a, b) AS (SELECT id, name FROM hr.employees) SELECT b, upper(b) AS upper, b || 'ab', left(b, 3) AS short, x.a FROM x",
            &[
                ("b", "character varying(40)"),
                ("upper", "character varying(40)"),
                ("?column?", "character varying(42)"),
                ("short", "character varying(3)"),
                ("a", "integer"),
            ],
        );
        expect(
            "SELECT name FROM hr.employees UNION ALL SELECT 'x'",
            &[("name", "character varying(40)")],
        );
        assert_eq!(outputs("SELECT * FROM other"), None);
    }

    #[test]
    fn aggregates_have_redshifts_types() {
        expect(
            "SELECT count(*) AS count, sum(id) AS sum, sum(salary) AS money, max(name) AS max, sum(CASE WHEN id > 1 THEN 1 ELSE 0 \
             END) AS s, coalesce(max(id), 0) AS least, sum(1 + 1) AS two FROM hr.employees",
            &[
                ("count", "bigint"),
                ("sum", "bigint"),
                ("money", "numeric(38,2)"),
                ("max", "character varying(40)"),
                ("s", "bigint"),
                ("least", "integer"),
                ("two", ""),
            ],
        );
    }

    #[test]
    fn a_query_tells_what_it_reads() {
        let connection = Connection::open_in_memory().unwrap();
        let query = "WITH x AS (SELECT * FROM a) SELECT * FROM x JOIN hr.b USING (id) WHERE id IN (SELECT id FROM a)";
        let tree = Tree::parse(&connection, query).unwrap().unwrap();
        let names: Vec<_> = tree
            .reads()
            .into_iter()
            .map(|table| (table.schema, table.name))
            .collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&(None, "a".into())) && names.contains(&(Some("hr".into()), "b".into())));
    }
}
