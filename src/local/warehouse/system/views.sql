-- Columns as the Amazon Redshift Database Developer Guide lists them, those left out that nothing here can fill.

CREATE OR REPLACE VIEW pipectl_system.pipectl_relations AS
    SELECT id, schema_name, name, kind, query, definition, dist_style, owner, created FROM pipectl_catalog.relations;

CREATE OR REPLACE VIEW pipectl_system.pipectl_fields AS
    SELECT r.id, r.schema_name, r.name AS table_name, r.kind, c.position, c.name, c.type, c.not_null,
        CASE WHEN c.identity_seed IS NOT NULL
             THEN '"identity"(' || r.id || ', ' || c.position - 1 || ', ''' || c.identity_seed || ',' || c.identity_step || '''::text)'
             ELSE c.default_value END AS default_value,
        CASE WHEN r.kind <> 'table' THEN NULL
             WHEN c.encode IS NOT NULL THEN c.encode
             WHEN c.sort_key = 1 THEN 'none'
             WHEN c.type IN ('boolean', 'real', 'double precision', 'super') OR c.type LIKE 'varbyte%' THEN 'none'
             WHEN c.type LIKE 'character%' THEN 'lzo'
             ELSE 'az64' END AS encoding,
        c.dist_key, c.sort_key, c.primary_key,
        CASE WHEN c.type LIKE 'character%' THEN regexp_extract(c.type, '\((\d+)', 1)::INTEGER END AS text_length,
        CASE WHEN c.type LIKE 'numeric%' THEN regexp_extract(c.type, '\((\d+)', 1)::INTEGER
             WHEN c.type = 'smallint' THEN 16 WHEN c.type = 'integer' THEN 32 WHEN c.type = 'bigint' THEN 64
             WHEN c.type = 'real' THEN 24 WHEN c.type = 'double precision' THEN 53 END AS number_precision,
        CASE WHEN c.type LIKE 'numeric%' THEN regexp_extract(c.type, ',(\d+)', 1)::INTEGER
             WHEN c.type IN ('smallint', 'integer', 'bigint') THEN 0 END AS number_scale,
        regexp_extract(c.type, '^[^(]*', 0) AS bare_type
    FROM pipectl_catalog.relations r JOIN pipectl_catalog.columns c ON c.relation = r.id;

CREATE OR REPLACE VIEW pipectl_system.pipectl_schemas AS
    SELECT schema_name, oid FROM duckdb_schemas()
    WHERE NOT internal AND schema_name NOT IN ('main', 'pipectl_catalog', 'pipectl_system', 'pipectl_information')
        AND database_name <> 'temp';

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLES.html
CREATE OR REPLACE VIEW pipectl_system.svv_tables AS
    SELECT getvariable('rs_database')::VARCHAR AS table_catalog, schema_name AS table_schema, name AS table_name,
        CASE WHEN kind = 'table' THEN 'BASE TABLE' ELSE 'VIEW' END AS table_type, NULL::VARCHAR AS remarks
    FROM pipectl_system.pipectl_relations;

CREATE OR REPLACE VIEW pipectl_information.tables AS
    SELECT table_catalog, table_schema, table_name, table_type, NULL::VARCHAR AS self_referencing_column_name,
        NULL::VARCHAR AS reference_generation, NULL::VARCHAR AS user_defined_type_catalog,
        NULL::VARCHAR AS user_defined_type_schema, NULL::VARCHAR AS user_defined_name
    FROM pipectl_system.svv_tables;

CREATE OR REPLACE VIEW pipectl_information.views AS
    SELECT getvariable('rs_database')::VARCHAR AS table_catalog, schema_name AS table_schema, name AS table_name,
        definition AS view_definition, 'NONE' AS check_option, 'NO' AS is_updatable
    FROM pipectl_system.pipectl_relations WHERE kind <> 'table';

CREATE OR REPLACE VIEW pipectl_information.schemata AS
    SELECT getvariable('rs_database')::VARCHAR AS catalog_name, schema_name, 'rdsdb' AS schema_owner
    FROM pipectl_system.pipectl_schemas;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_COLUMNS.html
CREATE OR REPLACE VIEW pipectl_system.svv_columns AS
    SELECT getvariable('rs_database')::VARCHAR AS table_catalog, schema_name AS table_schema, table_name, name AS column_name,
        position AS ordinal_position, default_value AS column_default, CASE WHEN not_null THEN 'NO' ELSE 'YES' END AS is_nullable,
        bare_type AS data_type, text_length AS character_maximum_length, number_precision AS numeric_precision,
        CASE WHEN bare_type = 'numeric' THEN 10 WHEN number_precision IS NOT NULL THEN 2 END AS numeric_precision_radix,
        number_scale AS numeric_scale, CASE WHEN bare_type LIKE 'time%' THEN 6 WHEN bare_type = 'date' THEN 0 END AS datetime_precision,
        NULL::VARCHAR AS interval_type, NULL::VARCHAR AS interval_precision, NULL::VARCHAR AS character_set_name,
        NULL::VARCHAR AS collation_name, NULL::VARCHAR AS domain_name, NULL::VARCHAR AS remarks
    FROM pipectl_system.pipectl_fields;

CREATE OR REPLACE VIEW pipectl_information.columns AS
    SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, data_type,
        character_maximum_length, NULL::INTEGER AS character_octet_length, numeric_precision, numeric_precision_radix, numeric_scale,
        datetime_precision, interval_type, interval_precision, character_set_name, collation_name, domain_name
    FROM pipectl_system.svv_columns;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_ALL_TABLES.html
CREATE OR REPLACE VIEW pipectl_system.svv_all_tables AS
    SELECT getvariable('rs_database')::VARCHAR AS database_name, schema_name, name AS table_name, NULL::VARCHAR AS table_acl,
        CASE WHEN kind = 'table' THEN 'TABLE' ELSE 'VIEW' END AS table_type, NULL::VARCHAR AS remarks
    FROM pipectl_system.pipectl_relations;
CREATE OR REPLACE VIEW pipectl_system.svv_redshift_tables AS FROM pipectl_system.svv_all_tables;

CREATE OR REPLACE VIEW pipectl_system.svv_all_columns AS
    SELECT getvariable('rs_database')::VARCHAR AS database_name, schema_name, table_name, name AS column_name,
        position AS ordinal_position, default_value AS column_default, CASE WHEN not_null THEN 'NO' ELSE 'YES' END AS is_nullable,
        bare_type AS data_type, text_length AS character_maximum_length, number_precision AS numeric_precision,
        number_scale AS numeric_scale, NULL::VARCHAR AS remarks
    FROM pipectl_system.pipectl_fields;

CREATE OR REPLACE VIEW pipectl_system.svv_redshift_columns AS
    SELECT getvariable('rs_database')::VARCHAR AS database_name, schema_name, table_name, name AS column_name,
        position AS ordinal_position, bare_type AS data_type, default_value AS column_default,
        CASE WHEN not_null THEN 'NO' ELSE 'YES' END AS is_nullable, encoding AS encoding, dist_key AS distkey, sort_key AS sortkey,
        NULL::VARCHAR AS column_acl, NULL::VARCHAR AS remarks
    FROM pipectl_system.pipectl_fields;

CREATE OR REPLACE VIEW pipectl_system.svv_all_schemas AS
    SELECT getvariable('rs_database')::VARCHAR AS database_name, schema_name, 100 AS schema_owner, 'local' AS schema_type,
        NULL::VARCHAR AS schema_acl, NULL::VARCHAR AS source_database, NULL::VARCHAR AS schema_option
    FROM pipectl_system.pipectl_schemas;
CREATE OR REPLACE VIEW pipectl_system.svv_redshift_schemas AS
    SELECT database_name, schema_name, schema_owner, schema_type, schema_acl, schema_option FROM pipectl_system.svv_all_schemas;

CREATE OR REPLACE VIEW pipectl_system.svv_redshift_databases AS
    SELECT unnest(getvariable('pipectl_databases')::VARCHAR[]) AS database_name, 100 AS database_owner, 'local' AS database_type,
        NULL::VARCHAR AS database_acl, NULL::VARCHAR AS database_options, 'Snapshot Isolation' AS database_isolation_level;
CREATE OR REPLACE VIEW pipectl_system.pg_database AS
    SELECT database_name AS datname, database_owner AS datdba, true AS datallowconn FROM pipectl_system.svv_redshift_databases;
CREATE OR REPLACE VIEW pipectl_system.pg_database_info AS
    SELECT database_name AS datname, database_owner AS datdba FROM pipectl_system.svv_redshift_databases;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html: tables that hold rows.
CREATE OR REPLACE VIEW pipectl_system.svv_table_info AS
    SELECT getvariable('rs_database')::VARCHAR AS "database", r.schema_name AS "schema", r.id AS table_id, r.name AS "table",
        CASE WHEN bool_or(c.encode IS NOT NULL) THEN 'Y' ELSE 'Y, AUTO(ENCODE)' END AS encoded,
        CASE r.dist_style WHEN 'KEY' THEN 'KEY(' || max(c.name) FILTER (c.dist_key) || ')' WHEN 'AUTO' THEN 'AUTO(ALL)'
            ELSE coalesce(r.dist_style, 'AUTO(ALL)') END AS diststyle,
        coalesce(max(c.name) FILTER (c.sort_key = 1), 'AUTO(SORTKEY)') AS sortkey1,
        max(CASE WHEN c.type LIKE 'character%' THEN regexp_extract(c.type, '\((\d+)', 1)::INTEGER END) AS max_varchar,
        max(c.encode) FILTER (c.sort_key = 1) AS sortkey1_enc, count(*) FILTER (c.sort_key > 0) AS sortkey_num,
        greatest(1, any_value(d.estimated_size) // 10000) AS size, 0::DECIMAL(10, 4) AS pct_used, 0::DECIMAL(10, 4) AS empty,
        0::DECIMAL(5, 2) AS unsorted, 0::DECIMAL(5, 2) AS stats_off, any_value(d.estimated_size) AS tbl_rows,
        1::DECIMAL(19, 2) AS skew_sortkey1, 1::DECIMAL(19, 2) AS skew_rows, any_value(d.estimated_size) AS estimated_visible_rows,
        NULL::VARCHAR AS risk_event, 0::DECIMAL(12, 2) AS vacuum_sort_benefit, any_value(r.created) AS create_time
    FROM pipectl_catalog.relations r JOIN pipectl_catalog.columns c ON c.relation = r.id
        JOIN duckdb_tables() d ON d.schema_name = r.schema_name AND d.table_name = r.name AND NOT d.temporary
    WHERE r.kind = 'table' AND d.estimated_size > 0
    GROUP BY r.schema_name, r.id, r.name, r.dist_style;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_PG_TABLE_DEF.html: of schemas in the search path only.
CREATE OR REPLACE VIEW pipectl_system.pg_table_def AS
    SELECT schema_name AS schemaname, table_name AS tablename, name AS "column", type, encoding, dist_key AS distkey,
        sort_key AS sortkey, not_null AS "notnull"
    FROM pipectl_system.pipectl_fields
    WHERE kind IN ('table', 'materialized') AND list_contains(getvariable('pipectl_search_path')::VARCHAR[], schema_name);

CREATE OR REPLACE VIEW pipectl_system.pg_tables AS
    SELECT schema_name AS schemaname, name AS tablename, owner AS tableowner, NULL::VARCHAR AS tablespace, false AS hasindexes,
        false AS hasrules, false AS hastriggers
    FROM pipectl_system.pipectl_relations WHERE kind IN ('table', 'materialized');
CREATE OR REPLACE VIEW pipectl_system.pg_views AS
    SELECT schema_name AS schemaname, name AS viewname, owner AS viewowner, definition
    FROM pipectl_system.pipectl_relations WHERE kind IN ('view', 'late', 'materialized');
CREATE OR REPLACE VIEW pipectl_system.svv_mv_info AS
    SELECT getvariable('rs_database')::VARCHAR AS database_name, schema_name, owner AS user_name, name, false AS is_stale, 1 AS state
    FROM pipectl_system.pipectl_relations WHERE kind = 'materialized';
CREATE OR REPLACE VIEW pipectl_system.stv_mv_info AS
    SELECT getvariable('rs_database')::VARCHAR AS db_name, schema_name AS "schema", name, 'N' AS is_stale, owner AS owner_user_name, 1 AS state
    FROM pipectl_system.pipectl_relations WHERE kind = 'materialized';
CREATE OR REPLACE VIEW pipectl_system.pg_namespace AS
    SELECT oid, schema_name AS nspname, 100 AS nspowner FROM pipectl_system.pipectl_schemas;
CREATE OR REPLACE VIEW pipectl_system.pg_user AS
    SELECT getvariable('rs_user')::VARCHAR AS usename, 100 AS usesysid, true AS usecreatedb, true AS usesuper, false AS usecatupd,
        '********' AS passwd, NULL::TIMESTAMP AS valuntil, NULL::VARCHAR AS useconfig;
CREATE OR REPLACE VIEW pipectl_system.pg_user_info AS
    SELECT usename, usesysid, usecreatedb, usesuper FROM pipectl_system.pg_user;
CREATE OR REPLACE VIEW pipectl_system.svv_user_info AS
    SELECT usename AS user_name, usesysid AS user_id, usecreatedb AS createdb, usesuper AS superuser FROM pipectl_system.pg_user;
CREATE OR REPLACE VIEW pipectl_system.stv_sessions AS
    SELECT now()::TIMESTAMP AS starttime, getvariable('rs_session')::INTEGER AS process, getvariable('rs_user')::VARCHAR AS user_name,
        getvariable('rs_database')::VARCHAR AS db_name, 0 AS timeout_sec;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_ERRORS.html
CREATE OR REPLACE VIEW pipectl_system.stl_load_errors AS
    SELECT 100 AS userid, 0 AS slice, relation::INTEGER AS tbl, start_time AS starttime, session::INTEGER AS session,
        query::INTEGER AS query, file_name AS filename, line_number, column_name AS colname, type, length AS col_length,
        position, raw_line, raw_field AS raw_field_value, code AS err_code, reason AS err_reason, 0 AS is_partial,
        0::BIGINT AS start_offset, NULL::BIGINT AS copy_job_id
    FROM pipectl_catalog.load_errors;
CREATE OR REPLACE VIEW pipectl_system.stl_loaderror_detail AS
    SELECT userid, slice, session, query, filename, line_number, line_number AS field, colname, raw_field_value AS value,
        0 AS is_null, type, col_length FROM pipectl_system.stl_load_errors;

-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html
CREATE OR REPLACE VIEW pipectl_system.sys_load_error_detail AS
    SELECT 100 AS user_id, query AS query_id, query AS transaction_id, session::INTEGER AS session_id,
        getvariable('rs_database')::VARCHAR AS database_name, relation::INTEGER AS table_id, start_time, file_name, line_number,
        column_name, type AS column_type, length AS column_length, position, code AS error_code, reason AS error_message,
        NULL::BIGINT AS copy_job_id
    FROM pipectl_catalog.load_errors;

-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_HISTORY.html
CREATE OR REPLACE VIEW pipectl_system.sys_load_history AS
    SELECT 100 AS user_id, query AS query_id, query AS transaction_id, session::INTEGER AS session_id,
        getvariable('rs_database')::VARCHAR AS database_name, status, table_name, start_time, end_time,
        date_diff('microsecond', start_time, end_time) AS duration, source AS data_source, format AS file_format, loaded_rows,
        bytes AS loaded_bytes, files AS source_file_count, bytes AS source_file_bytes, files AS file_count_scanned,
        bytes AS file_bytes_scanned, errors AS error_count, NULL::BIGINT AS copy_job_id
    FROM pipectl_catalog.loads;
CREATE OR REPLACE VIEW pipectl_system.sys_load_detail AS
    SELECT 100 AS user_id, query AS query_id, session::INTEGER AS session_id, query AS transaction_id,
        getvariable('rs_database')::VARCHAR AS database_name, file_name, bytes AS bytes_scanned, lines AS lines_scanned,
        0 AS splits_scanned, record_time, NULL::BIGINT AS copy_job_id
    FROM pipectl_catalog.load_files;
CREATE OR REPLACE VIEW pipectl_system.stl_load_commits AS
    SELECT 100 AS userid, query::INTEGER AS query, 0 AS slice, '' AS name, file_name AS filename, 0 AS byte_offset, lines AS lines_scanned,
        errors, record_time AS curtime, 1 AS status, format AS file_format, 0 AS is_partial, 0::BIGINT AS start_offset,
        NULL::BIGINT AS copy_job_id
    FROM pipectl_catalog.load_files;

-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_HISTORY.html
CREATE OR REPLACE VIEW pipectl_system.sys_query_history AS
    SELECT 100 AS user_id, query AS query_id, NULL::VARCHAR AS query_label, query AS transaction_id, session::INTEGER AS session_id,
        getvariable('rs_database')::VARCHAR AS database_name, type AS query_type, status, false AS result_cache_hit, start_time, end_time,
        date_diff('microsecond', start_time, end_time) AS elapsed_time, 0::BIGINT AS queue_time,
        date_diff('microsecond', start_time, end_time) AS execution_time, error AS error_message, returned_rows, 0::BIGINT AS returned_bytes,
        text AS query_text, 'pipectl' AS redshift_version, NULL::VARCHAR AS usage_limit, 'primary' AS compute_type,
        0::BIGINT AS compile_time, 0::BIGINT AS planning_time, 0::BIGINT AS lock_wait_time
    FROM pipectl_catalog.queries;
CREATE OR REPLACE VIEW pipectl_system.stl_query AS
    SELECT 100 AS userid, query::INTEGER AS query, 'default' AS label, query AS xid, session::INTEGER AS pid,
        getvariable('rs_database')::VARCHAR AS "database", text AS querytxt, start_time AS starttime, end_time AS endtime,
        CASE WHEN status = 'success' THEN 0 ELSE 1 END AS aborted
    FROM pipectl_catalog.queries;
CREATE OR REPLACE VIEW pipectl_system.svl_qlog AS
    SELECT 100 AS userid, query::INTEGER AS query, query AS xid, session::INTEGER AS pid, start_time AS starttime, end_time AS endtime,
        date_diff('microsecond', start_time, end_time) AS elapsed, CASE WHEN status = 'success' THEN 0 ELSE 1 END AS aborted,
        'default' AS label, substring(text, 1, 60) AS substring
    FROM pipectl_catalog.queries;
