//! Queries in DuckDB's SQL.

use super::ast::{Alias, Body, Cte, Expr, Group, Item, Join, Named, Order, Query, Relation, Select};
use super::error::{SyntaxError, failure, unsupported};
use super::labels;
use super::names::{quote, quote_all, table_of};
use super::writer::{Writer, table_as};

impl Writer {
    pub fn query(&mut self, query: &Query) -> Result<String, SyntaxError> {
        let mut sql = self.with(&query.with, query.recursive)?;
        let top = match &query.body {
            Body::Select(select) => {
                // ORDER BY sees the relations of FROM.
                self.open();
                let written = self.ordered(select, &query.order);
                self.close();
                sql.push_str(&written?);
                select.top
            }
            other => {
                sql.push_str(&self.body(other)?);
                self.open();
                let order = self.order_by(&query.order);
                self.close();
                sql.push_str(&order?);
                None
            }
        };
        self.limits(&mut sql, query, top)?;
        Ok(sql)
    }

    /// `WITH ... `, or nothing.
    pub fn with(&mut self, with: &[Cte], recursive: bool) -> Result<String, SyntaxError> {
        if with.is_empty() {
            return Ok(String::new());
        }
        let mut ctes = Vec::new();
        for cte in with {
            let mut name = quote(&cte.name);
            if !cte.columns.is_empty() {
                name.push_str(&format!("({})", quote_all(&cte.columns)));
            }
            ctes.push(format!("{name} AS ({})", self.query(&cte.query)?));
        }
        let recursive = if recursive { "RECURSIVE " } else { "" };
        Ok(format!("WITH {recursive}{} ", ctes.join(", ")))
    }

    fn ordered(&mut self, select: &Select, order: &[Order]) -> Result<String, SyntaxError> {
        let select = self.select(select)?;
        Ok(select + &self.order_by(order)?)
    }

    fn limits(&mut self, sql: &mut String, query: &Query, top: Option<u64>) -> Result<(), SyntaxError> {
        let limit = match (&query.limit, top) {
            (Some(_), Some(_)) => return Err(failure(0, "TOP and LIMIT cannot be used together")),
            (Some(Expr::Number(limit)), None) => Some(limit.clone()),
            (None, Some(top)) => Some(top.to_string()),
            _ => None,
        };
        if let Some(limit) = limit {
            sql.push_str(&format!(" LIMIT {limit}"));
        }
        if let Some(Expr::Number(offset)) = &query.offset {
            sql.push_str(&format!(" OFFSET {offset}"));
        }
        Ok(())
    }

    fn body(&mut self, body: &Body) -> Result<String, SyntaxError> {
        self.enter()?;
        let sql = self.any_body(body)?;
        self.leave();
        Ok(sql)
    }

    fn any_body(&mut self, body: &Body) -> Result<String, SyntaxError> {
        match body {
            Body::Select(select) => {
                self.open();
                let written = self.select(select);
                self.close();
                let written = written?;
                Ok(match select.top {
                    Some(top) => format!("({written} LIMIT {top})"),
                    None => written,
                })
            }
            Body::Nested(query) => Ok(format!("({})", self.query(query)?)),
            Body::Set(op, left, right) => {
                let left = self.body(left)?;
                let right = match &**right {
                    // Set operations group from the left unless told otherwise.
                    Body::Set(..) => format!("({})", self.body(right)?),
                    other => self.body(other)?,
                };
                Ok(format!("{left} {op} {right}"))
            }
        }
    }

    fn select(&mut self, select: &Select) -> Result<String, SyntaxError> {
        if let Some(into) = &select.into {
            return Err(failure(into.at, "SELECT INTO is not allowed here"));
        }
        let mut from = Vec::new();
        for relation in &select.from {
            from.push(self.relation_sql(relation)?);
        }
        let mut items = Vec::new();
        for item in &select.items {
            items.push(self.item(item)?);
        }
        let mut sql = format!(
            "SELECT {}{}",
            if select.distinct { "DISTINCT " } else { "" },
            items.join(", ")
        );
        if !from.is_empty() {
            sql.push_str(&format!(" FROM {}", from.join(", ")));
        }
        self.hide(labelled(&select.items));
        self.clause(&mut sql, "WHERE", select.filter.as_ref())?;
        self.hide(Vec::new());
        if !select.group.is_empty() {
            let mut groups = Vec::new();
            for group in &select.group {
                groups.push(self.group(group)?);
            }
            sql.push_str(&format!(" GROUP BY {}", groups.join(", ")));
        }
        self.clause(&mut sql, "HAVING", select.having.as_ref())?;
        self.clause(&mut sql, "QUALIFY", select.qualify.as_ref())?;
        Ok(sql)
    }

    fn clause(&mut self, sql: &mut String, word: &str, condition: Option<&Expr>) -> Result<(), SyntaxError> {
        if let Some(condition) = condition {
            sql.push_str(&format!(" {word} {}", self.expr(condition)?));
        }
        Ok(())
    }

    /// Every column has a name, the one that PostgreSQL would give it: clients and outer queries use it.
    fn item(&mut self, item: &Item) -> Result<String, SyntaxError> {
        match item {
            Item::Star { table, exclude } => {
                let mut sql = table
                    .as_ref()
                    .map_or_else(|| "*".to_owned(), |table| format!("{}.*", quote(table)));
                if !exclude.is_empty() {
                    sql.push_str(&format!(" EXCLUDE ({})", quote_all(exclude)));
                }
                Ok(sql)
            }
            Item::Value { value, alias } => {
                let sql = self.expr(value)?;
                // A column's own name needs no alias, which DuckDB would look a missing column up in.
                if alias.is_none() && self.is_column(value) {
                    return Ok(sql);
                }
                let name = alias.clone().unwrap_or_else(|| labels::label(value));
                Ok(format!("{sql} AS {}", quote(&name)))
            }
        }
    }

    fn group(&mut self, group: &Group) -> Result<String, SyntaxError> {
        Ok(match group {
            Group::By(expr) => self.expr(expr)?,
            Group::All => "ALL".to_owned(),
            Group::Rollup(sets) => format!("ROLLUP ({})", self.sets(sets)?),
            Group::Cube(sets) => format!("CUBE ({})", self.sets(sets)?),
            Group::Sets(sets) => format!("GROUPING SETS ({})", self.sets(sets)?),
        })
    }

    fn sets(&mut self, sets: &[Vec<Expr>]) -> Result<String, SyntaxError> {
        let mut written = Vec::new();
        for set in sets {
            written.push(match &set[..] {
                [only] => self.expr(only)?,
                set => format!("({})", self.list(set)?),
            });
        }
        Ok(written.join(", "))
    }

    /// Redshift sorts NULL as the greatest value.
    pub fn order_by(&mut self, order: &[Order]) -> Result<String, SyntaxError> {
        if order.is_empty() {
            return Ok(String::new());
        }
        let mut terms = Vec::new();
        for term in order {
            let direction = if term.descending { "DESC" } else { "ASC" };
            let nulls = if term.nulls_first.unwrap_or(term.descending) {
                "FIRST"
            } else {
                "LAST"
            };
            terms.push(format!("{} {direction} NULLS {nulls}", self.expr(&term.by)?));
        }
        Ok(format!(" ORDER BY {}", terms.join(", ")))
    }

    pub fn relation_sql(&mut self, relation: &Relation) -> Result<String, SyntaxError> {
        self.enter()?;
        let sql = self.any_relation(relation)?;
        self.leave();
        Ok(sql)
    }

    fn any_relation(&mut self, relation: &Relation) -> Result<String, SyntaxError> {
        match relation {
            Relation::Named(named) => self.named(named),
            Relation::Derived { query, alias } => {
                // What FROM has to the left is not in sight of a query beside it, only what is around the SELECT.
                let query = self.query(query)?;
                Ok(match alias {
                    Some(alias) => {
                        self.relate(&alias.name, None, false);
                        format!("({query}) AS {}", aliased(alias))
                    }
                    None => format!("({query})"),
                })
            }
            Relation::Join(join) => self.join(join),
        }
    }

    fn named(&mut self, named: &Named) -> Result<String, SyntaxError> {
        if let Some(array) = self.array(&named.path, &named.steps, named.at)? {
            return self.elements(named, &array);
        }
        if named.index.is_some() {
            return Err(unsupported(
                named.at,
                "AT on a table",
                "it is for arrays: FROM t, t.array AS element AT n",
            ));
        }
        let table = table_of(&named.path, named.at)?;
        match &named.alias {
            Some(alias) => {
                self.relate(&alias.name, None, false);
                Ok(format!("{} AS {}", table_as(&table, None), aliased(alias)))
            }
            None => {
                self.relate_table(&table);
                Ok(table_as(&table, None))
            }
        }
    }

    /// The elements of an array, and their numbers from 0.
    fn elements(&mut self, named: &Named, array: &str) -> Result<String, SyntaxError> {
        let alias = match &named.alias {
            Some(alias) if alias.columns.is_empty() => alias.name.clone(),
            Some(_) => {
                return Err(unsupported(
                    named.at,
                    "Column names of an unnested array",
                    "name the element only",
                ));
            }
            None => named.path.last().cloned().unwrap_or_default(),
        };
        let name = quote(&alias);
        let mut columns = format!("unnest(json_extract({array}, '$[*]')) AS {name}");
        if let Some(index) = &named.index {
            columns.push_str(&format!(
                ", unnest(range(CAST(json_array_length({array}) AS BIGINT))) AS {}",
                quote(index)
            ));
        }
        self.relate(&alias, None, true);
        Ok(format!("LATERAL (SELECT {columns}) AS {name}"))
    }

    fn join(&mut self, join: &Join) -> Result<String, SyntaxError> {
        let left = self.relation_sql(&join.left)?;
        let right = match &join.right {
            Relation::Join(_) => format!("({})", self.relation_sql(&join.right)?),
            other => self.relation_sql(other)?,
        };
        let natural = if join.natural { "NATURAL " } else { "" };
        let mut sql = format!("{left} {natural}{} {right}", join.kind);
        if let Some(on) = &join.on {
            sql.push_str(&format!(" ON {}", self.expr(on)?));
        }
        if !join.using.is_empty() {
            sql.push_str(&format!(" USING ({})", quote_all(&join.using)));
        }
        Ok(sql)
    }
}

/// Names of the select list.
fn labelled(items: &[Item]) -> Vec<String> {
    items
        .iter()
        .filter_map(|item| match item {
            // A column under its own name is the same either way.
            Item::Value {
                alias: None,
                value: Expr::Path(path),
            } if path.steps.is_empty() => None,
            Item::Value { alias, value } => Some(alias.clone().unwrap_or_else(|| labels::label(value))),
            Item::Star { .. } => None,
        })
        .collect()
}

fn aliased(alias: &Alias) -> String {
    if alias.columns.is_empty() {
        quote(&alias.name)
    } else {
        format!("{}({})", quote(&alias.name), quote_all(&alias.columns))
    }
}
