//! The search path: the schemas of names without one.

use super::super::answer::{Answer, Cell};
use super::super::dialect::Type;
use super::super::error::Result;
use super::super::lineage::Output;
use super::super::words::{Reader, literal, quote};
use super::Session;

impl Session {
    /// `SET search_path`, `SHOW search_path`.
    pub(super) fn setting(&mut self, text: &str) -> Result<Option<Answer>> {
        let mut reader = Reader::new(text);
        if reader.takes(&["show", "search_path"]) {
            let cell = Cell::Text(self.search_path.join(", "));
            let column = Output::bare("search_path", Some(Type::Varchar(256)));
            return Ok(Some(Answer {
                columns: vec![column.meta()],
                rows: vec![vec![cell]],
                has_result_set: true,
                affected: 1,
            }));
        }
        if !reader.takes(&["set", "search_path"]) {
            return Ok(None);
        }
        if !reader.symbol('=') && !reader.takes(&["to"]) {
            return Err(reader.unexpected().into());
        }
        let mut schemas = Vec::new();
        while !reader.at_end() {
            // One string may name several.
            let value = reader.value()?;
            schemas.extend(value.split(',').map(|name| name.trim().trim_matches('"').to_owned()));
            reader.symbol(',');
        }
        schemas.retain(|schema| !schema.is_empty() && schema != "$user");
        self.set_search_path(schemas)?;
        Ok(Some(Answer::default()))
    }

    pub(super) fn set_search_path(&mut self, schemas: Vec<String>) -> Result<()> {
        self.search_path = schemas;
        self.search()
    }

    /// Gives DuckDB the search path, without the schemas of it that do not exist (yet).
    pub(in crate::local::warehouse) fn search(&self) -> Result<()> {
        let known = self.catalogue().schemas()?;
        let searched = self.search_path.iter().filter(|schema| known.contains(schema));
        let mut duck: Vec<_> = searched.map(|schema| quote(schema)).collect();
        let listed: Vec<_> = self.search_path.iter().map(|schema| literal(schema)).collect();
        duck.push("pipectl_system".into());
        Ok(self.connection.execute_batch(&format!(
            "SET search_path = {}; SET VARIABLE pipectl_search_path = [{}]::VARCHAR[];",
            literal(&duck.join(",")),
            listed.join(", ")
        ))?)
    }
}
