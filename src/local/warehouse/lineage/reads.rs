//! Which tables a query names, and where.

use serde_json::Value;

use super::super::dialect::TableName;
use super::{Tree, list, table_name, text};

impl Tree {
    /// Tables and views the query names, each once, in the order of their first use.
    pub fn reads(&self) -> Vec<TableName> {
        let (mut ctes, mut found) = (Vec::new(), Vec::new());
        collect(&self.0, &mut ctes, &mut found);
        found.retain(|table: &TableName| table.schema.is_some() || !ctes.contains(&table.name));
        found
    }

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

#[cfg(test)]
mod tests {
    use duckdb::Connection;

    use super::*;

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
