//! Redshift's SQL on DuckDB: databases of clusters and namespaces, one DuckDB file each.

mod dialect;
