//! Writes expressions and queries in DuckDB's SQL.

use std::collections::HashMap;

use super::ast::{Base, Expr, Order, Path, Step};
use super::error::{SyntaxError, failure, unsupported};
use super::names::{literal, quote, quote_table};
use super::statement::{TableName, Type};

/// Where names are looked up while a statement is written.
#[derive(Default)]
pub(super) struct Writer {
    scopes: Vec<Scope>,
    /// Scopes ever opened.
    opened: usize,
    markers: HashMap<(usize, String), String>,
    /// Levels of the tree that are open.
    depth: usize,
    /// Operands of a division: their decimals need Redshift's precision.
    pub(super) exact: bool,
}

/// The relations of one FROM clause.
#[derive(Default)]
struct Scope {
    id: usize,
    relations: Vec<Relation>,
    /// Names of the select list while WHERE or HAVING is written, which do not see them.
    hidden: Vec<String>,
    /// What the aggregates that sort have sorted by.
    sorted: Option<String>,
}

struct Relation {
    name: String,
    /// Where the relation has no alias.
    schema: Option<String>,
    /// An element of an array: its name is its value.
    element: bool,
}

/// What a path of names leads to.
enum Found {
    /// A column, in DuckDB's SQL.
    Column(String),
    /// A SUPER value and the keys into it.
    Inside(String, Vec<Step>),
}

/// How deep a tree is written, operators in a row and nesting together.
const DEPTH: usize = 700;

impl Writer {
    /// Guards recursion; [`Self::leave`] ends it.
    pub fn enter(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(failure(
                0,
                format_args!("the statement nests deeper than {DEPTH} levels"),
            ));
        }
        Ok(())
    }

    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    pub fn open(&mut self) {
        self.opened += 1;
        self.scopes.push(Scope {
            id: self.opened,
            relations: Vec::new(),
            hidden: Vec::new(),
            sorted: None,
        });
    }

    /// DuckDB lets WHERE see the names of the select list, Redshift does not.
    pub fn hide(&mut self, names: Vec<String>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.hidden = names;
        }
    }

    /// Whether the aggregates of this query sort by this order only.
    pub fn sorts(&mut self, order: &[Order]) -> Result<bool, SyntaxError> {
        let order = self.order_by(order)?;
        Ok(match self.scopes.last_mut() {
            Some(scope) => *scope.sorted.get_or_insert_with(|| order.clone()) == order,
            None => true,
        })
    }

    /// A column of the only relation where its name alone would find something else.
    fn only_relation(&self, names: &[String]) -> Option<&str> {
        let (scope, [name]) = (self.scopes.last()?, names) else {
            return None;
        };
        match &scope.relations[..] {
            [only] if scope.hidden.contains(name) && !only.element && !only.name.is_empty() => Some(&only.name),
            _ => None,
        }
    }

    pub fn close(&mut self) {
        self.scopes.pop();
    }

    /// Makes a relation known in the innermost scope.
    pub fn relate(&mut self, name: &str, schema: Option<&String>, element: bool) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.relations.push(Relation {
                name: name.to_owned(),
                schema: schema.cloned(),
                element,
            });
        }
    }

    pub fn relate_table(&mut self, table: &TableName) {
        self.relate(&table.name, table.schema.as_ref(), false);
    }

    /// Whether a relation of this name is in sight.
    pub fn knows(&self, name: &str) -> bool {
        self.relation(name).is_some()
    }

    fn relation(&self, name: &str) -> Option<&Relation> {
        self.scopes
            .iter()
            .rev()
            .flat_map(|scope| scope.relations.iter().rev())
            .find(|relation| relation.name == name)
    }

    /// A call that only the types of its arguments decide; see [`super::typed`]. The same call in the same SELECT has the
    /// same name, so that GROUP BY still finds it.
    pub fn marker(&mut self, kind: &str, arguments: &[String]) -> String {
        let scope = self.scopes.last().map_or(0, |scope| scope.id);
        let arguments = arguments.join(", ");
        let next = self.markers.len();
        let name = self
            .markers
            .entry((scope, format!("{kind}({arguments})")))
            .or_insert_with(|| quote(&format!("rs:{kind}:{next}")));
        format!("{name}({arguments})")
    }

    pub fn path(&mut self, path: &Path) -> Result<String, SyntaxError> {
        Ok(match self.find(path)? {
            Found::Column(column) => column,
            Found::Inside(value, steps) => navigate(&value, &steps),
        })
    }

    /// Whether an expression is certainly of the type SUPER.
    pub fn is_super(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Path(path) => self.leads_inside(path),
            Expr::Cast(_, Type::Super, _) => true,
            Expr::Call(call) => matches!(
                call.name.as_str(),
                "json_parse" | "array" | "object" | "array_concat" | "subarray" | "split_to_array" | "array_flatten"
            ),
            Expr::Row(items) if items.len() == 1 => items.iter().all(|item| self.is_super(item)),
            _ => false,
        }
    }

    /// Whether an expression is a column and nothing else.
    pub fn is_column(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Path(path) if matches!(path.base, Base::Names(_)) && !self.leads_inside(path))
    }

    fn leads_inside(&self, path: &Path) -> bool {
        match &path.base {
            _ if !path.steps.is_empty() => true,
            Base::Value(value) => self.is_super(value),
            Base::Names(names) => {
                let (_, keys) = self.split(names);
                keys < names.len() || self.element(names).is_some()
            }
        }
    }

    fn element<'a>(&self, names: &'a [String]) -> Option<&'a String> {
        let first = names.first()?;
        self.relation(first).filter(|relation| relation.element).map(|_| first)
    }

    /// How many of the names are a relation's, and how many name a column with it; the rest are keys.
    fn split(&self, names: &[String]) -> (usize, usize) {
        match names {
            [first, _, ..] if self.relation(first).is_some_and(|relation| !relation.element) => (1, 2),
            [schema, table, _, ..] if self.has_schema(schema, table) => (2, 3),
            _ => (0, 1),
        }
    }

    fn has_schema(&self, schema: &str, table: &str) -> bool {
        self.scopes.iter().rev().any(|scope| {
            scope
                .relations
                .iter()
                .any(|relation| relation.name == table && relation.schema.as_deref() == Some(schema))
        })
    }

    fn find(&mut self, path: &Path) -> Result<Found, SyntaxError> {
        let names = match &path.base {
            Base::Value(value) => {
                let base = self.expr(value)?;
                return Ok(Found::Inside(base, path.steps.clone()));
            }
            Base::Names(names) => names,
        };
        if let Some(element) = self.element(names) {
            let value = format!("{0}.{0}", quote(element));
            return Ok(Found::Inside(
                value,
                keys(names.get(1..).unwrap_or_default(), &path.steps),
            ));
        }
        if let (Some(relation), true) = (self.only_relation(names), path.steps.is_empty()) {
            return Ok(Found::Column(format!(
                "{}.{}",
                quote(relation),
                quote(&names.join("."))
            )));
        }
        let (_, column) = self.split(names);
        let (column, rest) = names.split_at(column.min(names.len()));
        let column = column.iter().map(|name| quote(name)).collect::<Vec<_>>().join(".");
        let steps = keys(rest, &path.steps);
        Ok(if steps.is_empty() {
            Found::Column(column)
        } else {
            Found::Inside(column, steps)
        })
    }

    /// The relation of an array in FROM: DuckDB's SQL of the array, or `None` where the path names a table.
    pub fn array(&mut self, names: &[String], steps: &[Step], at: usize) -> Result<Option<String>, SyntaxError> {
        let inside = names.first().is_some_and(|first| self.knows(first)) && (names.len() > 1 || !steps.is_empty());
        if !inside {
            return if steps.is_empty() {
                Ok(None)
            } else {
                Err(unsupported(
                    at,
                    "A subscript on a table",
                    "it has FROM t, t.array[0] AS element",
                ))
            };
        }
        let path = Path {
            base: Base::Names(names.to_vec()),
            steps: steps.to_vec(),
            at,
        };
        self.path(&path).map(Some)
    }
}

fn keys(names: &[String], steps: &[Step]) -> Vec<Step> {
    names
        .iter()
        .cloned()
        .map(Step::Key)
        .chain(steps.iter().cloned())
        .collect()
}

/// Into a SUPER value. What is not there and JSON's null are NULL.
fn navigate(value: &str, steps: &[Step]) -> String {
    let mut way = String::from("$");
    for step in steps {
        match step {
            Step::Key(key) => {
                way.push_str(".\"");
                way.push_str(&key.replace('"', "\\\""));
                way.push('"');
            }
            Step::Index(index) => way.push_str(&format!("[{index}]")),
        }
    }
    format!("nullif(json_extract({value}, {}), 'null')", literal(&way))
}

/// `"schema"."table" AS "alias"`
pub(super) fn table_as(table: &TableName, alias: Option<&str>) -> String {
    match alias {
        Some(alias) => format!("{} AS {}", quote_table(table), quote(alias)),
        None => quote_table(table),
    }
}
