-- What Redshift knows of a database and DuckDB does not. Run once, when a database is created.
CREATE SCHEMA public;
CREATE SCHEMA pipectl_catalog;
CREATE SCHEMA pipectl_system;
CREATE SCHEMA pipectl_information;
CREATE SEQUENCE pipectl_catalog.ids START 100000;
CREATE TABLE pipectl_catalog.format (version INTEGER);
CREATE TABLE pipectl_catalog.relations (
    id BIGINT, schema_name VARCHAR, name VARCHAR,
    kind VARCHAR,            -- table, view, late (late-binding view), materialized
    query VARCHAR,           -- of views, in DuckDB's SQL
    definition VARCHAR,      -- the statement as written
    dist_style VARCHAR, owner VARCHAR, created TIMESTAMP
);
CREATE TABLE pipectl_catalog.columns (
    relation BIGINT, position INTEGER, name VARCHAR, type VARCHAR, not_null BOOLEAN, default_value VARCHAR,
    encode VARCHAR, dist_key BOOLEAN, sort_key INTEGER, identity_seed BIGINT, identity_step BIGINT, primary_key BOOLEAN
);
CREATE TABLE pipectl_catalog.dependencies (view BIGINT, relation BIGINT);
CREATE TABLE pipectl_catalog.load_errors (
    query BIGINT, session BIGINT, relation BIGINT, user_name VARCHAR, start_time TIMESTAMP, file_name VARCHAR,
    line_number BIGINT, column_name VARCHAR, type VARCHAR, length VARCHAR, position INTEGER, raw_line VARCHAR,
    raw_field VARCHAR, code INTEGER, reason VARCHAR
);
CREATE TABLE pipectl_catalog.loads (
    query BIGINT, session BIGINT, relation BIGINT, table_name VARCHAR, user_name VARCHAR, status VARCHAR,
    source VARCHAR, format VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP, loaded_rows BIGINT, files BIGINT,
    bytes BIGINT, errors BIGINT
);
CREATE TABLE pipectl_catalog.load_files (
    query BIGINT, session BIGINT, file_name VARCHAR, lines BIGINT, bytes BIGINT, errors BIGINT, record_time TIMESTAMP,
    format VARCHAR
);
CREATE TABLE pipectl_catalog.queries (
    query BIGINT, session BIGINT, user_name VARCHAR, type VARCHAR, status VARCHAR, start_time TIMESTAMP,
    end_time TIMESTAMP, returned_rows BIGINT, text VARCHAR, error VARCHAR
);
