-- What the session tells of itself; its variables are set when it is opened and by COPY.
CREATE OR REPLACE MACRO pipectl_system.version() AS
    'PostgreSQL 8.0.2 compatible, Redshift 1.0 (pipectl embedded warehouse on DuckDB ' || getvariable('pipectl_engine')::VARCHAR || ')';
CREATE OR REPLACE MACRO pipectl_system.current_database() AS getvariable('pipectl_database')::VARCHAR;
CREATE OR REPLACE MACRO pipectl_system.current_user() AS getvariable('pipectl_user')::VARCHAR;
CREATE OR REPLACE MACRO pipectl_system.session_user() AS getvariable('pipectl_user')::VARCHAR;
CREATE OR REPLACE MACRO pipectl_system.user() AS getvariable('pipectl_user')::VARCHAR;
CREATE OR REPLACE MACRO pipectl_system.current_user_id() AS 100;
CREATE OR REPLACE MACRO pipectl_system.current_namespace() AS getvariable('pipectl_warehouse')::VARCHAR;
CREATE OR REPLACE MACRO pipectl_system.pg_backend_pid() AS getvariable('pipectl_pid')::INTEGER;
CREATE OR REPLACE MACRO pipectl_system.pg_last_query_id() AS getvariable('pipectl_query')::BIGINT;
CREATE OR REPLACE MACRO pipectl_system.pg_last_copy_count() AS coalesce(getvariable('pipectl_copy_count'), 0)::BIGINT;
CREATE OR REPLACE MACRO pipectl_system.pg_last_copy_id() AS coalesce(getvariable('pipectl_copy_id'), -1)::BIGINT;
CREATE OR REPLACE MACRO pipectl_system.pg_last_unload_count() AS coalesce(getvariable('pipectl_unload_count'), 0)::BIGINT;
