//! What statements are taken for.

use super::super::{CopyFormat, Kind, Role, Type, UnloadFormat, parse};

fn one(sql: &str) -> Kind {
    parse(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
        .remove(0)
        .kind
}

#[test]
fn scripts_are_split() {
    let script = "-- a;\nSELECT 'a;b', \"c;d\" /* ; /* ; */ ; */ FROM t; ;\n  BEGIN;COMMIT";
    let statements = parse(script).unwrap();
    let texts: Vec<_> = statements
        .iter()
        .map(|statement| (statement.text.as_str(), statement.offset))
        .collect();
    assert_eq!(
        texts,
        [
            ("SELECT 'a;b', \"c;d\" /* ; /* ; */ ; */ FROM t", 6),
            ("BEGIN", 56),
            ("COMMIT", 62),
        ]
    );
}

#[test]
fn tables() {
    let Kind::CreateTable(table) = one(
        "CREATE TABLE IF NOT EXISTS hr.Employees (
            id BIGINT IDENTITY(1,1) NOT NULL ENCODE az64 DISTKEY, name VARCHAR(100) DEFAULT 'x'::varchar ENCODE zstd,
            note TEXT, pay DECIMAL(12,2) ENCODE raw, code CHAR(4), big VARCHAR(MAX), at TIMESTAMP WITHOUT TIME ZONE,
            done BOOLEAN DEFAULT false, j SUPER, r REAL, f DOUBLE PRECISION, x CHARACTER VARYING(7),
            other INTEGER REFERENCES hr.other (id), UNIQUE (name), PRIMARY KEY (id, name), FOREIGN KEY (other) REFERENCES hr.other)
         BACKUP NO DISTSTYLE KEY COMPOUND SORTKEY (id, name)",
    ) else {
        panic!("no table");
    };
    assert_eq!(table.name.schema.as_deref(), Some("hr"));
    assert_eq!(
        (table.name.name.as_str(), table.if_not_exists, table.temporary),
        ("employees", true, false)
    );
    assert_eq!(
        (table.dist_key.as_deref(), table.dist_style.as_deref()),
        (Some("id"), Some("KEY"))
    );
    assert_eq!((table.sort_keys.len(), table.primary_key.len()), (2, 2));
    let kinds: Vec<_> = table.columns.iter().map(|column| column.kind.clone()).collect();
    assert_eq!(
        kinds[2..8],
        [
            Type::Varchar(256),
            Type::Decimal {
                precision: 12,
                scale: 2
            },
            Type::Char(4),
            Type::Varchar(65_535),
            Type::Timestamp,
            Type::Boolean,
        ]
    );
    assert_eq!(table.columns[0].identity, Some((1, 1)));
    assert!(table.columns[1].not_null);
    assert_eq!(table.columns[1].encode.as_deref(), Some("zstd"));
    let Kind::CreateTable(like) = one("CREATE TEMP TABLE s (LIKE hr.employees INCLUDING DEFAULTS)") else {
        panic!("no table");
    };
    assert!(like.temporary && like.like.is_some());
    let Kind::CreateTable(made) = one("CREATE TABLE m DISTSTYLE ALL SORTKEY (a) AS SELECT 1 AS a") else {
        panic!("no table");
    };
    assert_eq!(
        (made.query.as_deref(), made.dist_style.as_deref()),
        (Some("SELECT 1 AS \"a\""), Some("ALL"))
    );
}

#[test]
fn keys_by_number() {
    let Kind::CreateTable(table) = one("CREATE TABLE t DISTKEY (1) SORTKEY (1, 3) AS SELECT a, b, c + 1 AS d FROM u")
    else {
        panic!("no table");
    };
    assert_eq!(
        (table.dist_key.as_deref(), table.sort_keys),
        (Some("a"), vec!["a".to_owned(), "d".to_owned()])
    );
    assert!(parse("CREATE TABLE t SORTKEY (1) AS SELECT * FROM u").is_err());
}

#[test]
fn views() {
    let Kind::CreateView(view) = one("CREATE OR REPLACE VIEW v (a) AS SELECT x FROM hr.t WITH NO SCHEMA BINDING")
    else {
        panic!("no view");
    };
    assert!(view.or_replace && view.late_binding && !view.materialized);
    assert_eq!(view.columns, ["a"]);
    let Kind::CreateView(view) =
        one("CREATE MATERIALIZED VIEW mv BACKUP NO DISTKEY (x) AUTO REFRESH YES AS SELECT x FROM t")
    else {
        panic!("no view");
    };
    assert!(view.materialized);
    assert_eq!(one("REFRESH MATERIALIZED VIEW mv"), Kind::Define(Vec::new()));
}

#[test]
fn copies() {
    let Kind::Copy(copy) = one(
        "COPY hr.employees (id, name) FROM 's3://b/m.json' IAM_ROLE 'arn:aws:iam::123456789012:role/r'
         FORMAT AS PARQUET SERIALIZETOJSON MANIFEST STATUPDATE OFF",
    ) else {
        panic!("no copy");
    };
    assert_eq!(
        copy.format,
        CopyFormat::Parquet {
            serialize_to_json: true
        }
    );
    assert!(copy.manifest && copy.role == Role::Arn("arn:aws:iam::123456789012:role/r".to_owned()));
    assert_eq!(copy.columns, ["id", "name"]);
    let Kind::Copy(copy) = one(
        "copy t from 's3://b/p' iam_role default csv quote as '%' delimiter '\\t' gzip ignoreheader 1 null as '\\N'
         maxerror 10 region 'eu-west-1' dateformat 'auto' timeformat as 'epochsecs' acceptinvchars blanksasnull emptyasnull
         trimblanks truncatecolumns compupdate off fillrecord",
    ) else {
        panic!("no copy");
    };
    assert_eq!(
        copy.format,
        CopyFormat::Csv {
            delimiter: '\t',
            quote: '%'
        }
    );
    assert_eq!((copy.role, copy.gzip, copy.max_error), (Role::Default, true, 10));
    assert_eq!(copy.options.null_as.as_deref(), Some("\\N"));
    assert_eq!(
        (copy.options.ignore_header, copy.options.accept_invalid_chars),
        (1, Some('?'))
    );
    let Kind::Copy(copy) = one(
        "COPY t FROM 's3://b/p' CREDENTIALS 'aws_iam_role=arn:aws:iam::123456789012:role/r' JSON 'auto ignorecase'",
    ) else {
        panic!("no copy");
    };
    assert_eq!(
        copy.format,
        CopyFormat::Json {
            paths: "auto ignorecase".to_owned()
        }
    );
    let Kind::Copy(copy) = one("COPY t FROM 's3://b/p' IAM_ROLE default DELIMITER '\\001' ESCAPE REMOVEQUOTES") else {
        panic!("no copy");
    };
    assert_eq!(
        copy.format,
        CopyFormat::Delimited {
            delimiter: '\u{1}',
            remove_quotes: true,
            escape: true
        }
    );
}

#[test]
fn unloads() {
    let Kind::Unload(unload) = one(
        "UNLOAD ('SELECT x, dt FROM hr.t WHERE x = ''a''') TO 's3://b/p/' IAM_ROLE default FORMAT PARQUET PARTITION BY (dt) INCLUDE
         CLEANPATH MANIFEST PARALLEL OFF",
    ) else {
        panic!("no unload");
    };
    assert_eq!(
        unload.query,
        "SELECT \"x\", \"dt\" FROM \"hr\".\"t\" WHERE (\"x\" = 'a')"
    );
    assert_eq!((unload.format, unload.parallel), (UnloadFormat::Parquet, false));
    assert_eq!(unload.partition_by, ["dt"]);
    assert!(unload.include_partition_columns && unload.clean_path && unload.manifest);
    let Kind::Unload(unload) =
        one("unload ($$select 'a'$$) to 's3://b/p' iam_role default csv header gzip allowoverwrite delimiter as '|'")
    else {
        panic!("no unload");
    };
    assert_eq!(unload.format, UnloadFormat::Csv { delimiter: '|' });
    assert!(unload.header && unload.gzip && unload.allow_overwrite && unload.parallel);
}

#[test]
fn definitions() {
    assert_eq!(
        one("DROP TABLE IF EXISTS hr.a, b CASCADE"),
        Kind::Define(vec![
            "DROP TABLE IF EXISTS \"hr\".\"a\" CASCADE".to_owned(),
            "DROP TABLE IF EXISTS \"b\" CASCADE".to_owned(),
        ])
    );
    for sql in [
        "DROP VIEW v",
        "DROP SCHEMA IF EXISTS hr CASCADE",
        "DROP MATERIALIZED VIEW mv",
        "TRUNCATE TABLE hr.t",
        "TRUNCATE t",
        "CREATE SCHEMA IF NOT EXISTS hr AUTHORIZATION awsuser",
        "COMMENT ON TABLE hr.t IS 'it''s'",
        "COMMENT ON COLUMN hr.t.c IS NULL",
        "ALTER TABLE hr.t ADD COLUMN c VARCHAR(10) DEFAULT 'x' ENCODE zstd NOT NULL",
        "ALTER TABLE t DROP COLUMN c CASCADE",
        "ALTER TABLE t RENAME TO u",
        "ALTER TABLE t RENAME COLUMN a TO b",
        "ALTER TABLE t OWNER TO someone",
        "ALTER TABLE t ALTER COLUMN c TYPE VARCHAR(300)",
        "ALTER TABLE t ALTER DISTKEY c, ALTER SORTKEY (a, b)",
        "ALTER TABLE t ALTER DISTSTYLE ALL",
        "ALTER TABLE t ADD PRIMARY KEY (a)",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES u (b)",
    ] {
        assert!(matches!(one(sql), Kind::Define(_)), "{sql}");
    }
}

#[test]
fn settings_and_system_views_are_shown() {
    assert_eq!(
        one("SHOW search_path"),
        Kind::Query("SELECT '$user, public' AS \"search_path\"".to_owned())
    );
    assert_eq!(
        one("SHOW timezone"),
        Kind::Query("SELECT 'UTC' AS \"timezone\"".to_owned())
    );
    let Kind::Query(sql) = one("SHOW TABLES FROM SCHEMA dev.hr LIKE 'emp%' LIMIT 5") else {
        panic!("no query");
    };
    assert!(sql.ends_with(
        "FROM \"svv_all_tables\" WHERE database_name = 'dev' AND schema_name = 'hr' AND table_name LIKE 'emp%' ESCAPE '\\' LIMIT 5"
    ), "{sql}");
    for sql in [
        "SHOW DATABASES",
        "SHOW SCHEMAS FROM DATABASE dev",
        "SHOW COLUMNS FROM TABLE hr.employees",
    ] {
        assert!(matches!(one(sql), Kind::Query(_)), "{sql}");
    }
}

#[test]
fn what_means_nothing_here_is_accepted() {
    for sql in [
        "ANALYZE hr.t PREDICATE COLUMNS",
        "VACUUM DELETE ONLY hr.t",
        "GRANT SELECT ON ALL TABLES IN SCHEMA hr TO PUBLIC",
        "REVOKE ALL ON hr.t FROM GROUP g",
        "SET query_group TO 'x'",
        "SET search_path TO '$user', public",
        "SET timezone = 'UTC'",
        "RESET query_group",
        "LOCK hr.t",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA hr GRANT SELECT ON TABLES TO PUBLIC",
    ] {
        assert!(matches!(one(sql), Kind::Accepted(_)), "{sql}");
    }
    for sql in [
        "BEGIN",
        "begin transaction",
        "START TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    ] {
        assert_eq!(one(sql), Kind::Begin);
    }
    assert_eq!(
        (one("END"), one("COMMIT WORK"), one("ABORT")),
        (Kind::Commit, Kind::Commit, Kind::Rollback)
    );
}
