//! What a Redshift statement asks for.

/// One statement of a script.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) struct Statement {
    /// As written, without the semicolon.
    pub text: String,
    /// Where `text` starts in the script, in characters, 0-based.
    pub offset: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) enum Kind {
    /// Answers rows: SELECT, WITH, VALUES, SHOW, EXPLAIN. DuckDB's SQL.
    Query(String),
    /// INSERT, UPDATE, DELETE in DuckDB's SQL.
    Change(String),
    Merge(Box<Merge>),
    CreateTable(Box<CreateTable>),
    CreateView(CreateView),
    /// Other definitions, in DuckDB's SQL: DROP, ALTER, CREATE SCHEMA, TRUNCATE, COMMENT.
    Define(Vec<String>),
    Copy(Box<Copy>),
    Unload(Box<Unload>),
    Begin,
    Commit,
    Rollback,
    /// Valid in Redshift and without a meaning here: ANALYZE, VACUUM, GRANT, REVOKE, some SETs.
    Accepted(&'static str),
}

/// A name as written, unquoted and folded to lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::local::warehouse) struct TableName {
    pub schema: Option<String>,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) struct CreateTable {
    pub name: TableName,
    pub temporary: bool,
    pub if_not_exists: bool,
    /// Empty for `AS` and `LIKE`.
    pub columns: Vec<Column>,
    /// DuckDB's SQL of `AS SELECT ...`.
    pub query: Option<String>,
    pub like: Option<TableName>,
    /// `EVEN`, `KEY`, `ALL`, `AUTO`.
    pub dist_style: Option<String>,
    pub dist_key: Option<String>,
    pub sort_keys: Vec<String>,
    pub primary_key: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) struct Column {
    pub name: String,
    pub kind: Type,
    pub not_null: bool,
    /// DuckDB's SQL.
    pub default: Option<String>,
    /// Seed and step.
    pub identity: Option<(i64, i64)>,
    /// `zstd`, `az64`, ...; `None` where the statement leaves it to Redshift.
    pub encode: Option<String>,
}

/// Redshift's types (<https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::local::warehouse) enum Type {
    SmallInt,
    Integer,
    BigInt,
    Decimal {
        precision: u8,
        scale: u8,
    },
    Real,
    Double,
    Boolean,
    /// Bytes, blank-padded.
    Char(u32),
    /// Bytes.
    Varchar(u32),
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Super,
    Varbyte(u32),
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) struct CreateView {
    pub name: TableName,
    pub or_replace: bool,
    /// `WITH NO SCHEMA BINDING`
    pub late_binding: bool,
    pub materialized: bool,
    pub columns: Vec<String>,
    /// DuckDB's SQL of the query.
    pub query: String,
}

/// MERGE (<https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html>), its expressions in DuckDB's SQL.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) struct Merge {
    pub target: TableName,
    pub source: MergeSource,
    /// What expressions call the source.
    pub alias: String,
    pub condition: String,
    pub action: MergeAction,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) enum MergeSource {
    /// A table or a view.
    Table(TableName),
    Query(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) enum MergeAction {
    Rows {
        matched: Matched,
        /// Of the rows that are added; empty for all of the table.
        columns: Vec<String>,
        /// `None` is DEFAULT.
        values: Vec<Option<String>>,
    },
    RemoveDuplicates,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) enum Matched {
    /// Columns and their new values; `None` is DEFAULT.
    Update(Vec<(String, Option<String>)>),
    Delete,
}

/// COPY table FROM S3 (<https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html>).
#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) struct Copy {
    pub table: TableName,
    pub columns: Vec<String>,
    /// `s3://bucket/prefix`
    pub from: String,
    pub role: Role,
    pub format: CopyFormat,
    pub manifest: bool,
    pub gzip: bool,
    pub region: Option<String>,
    /// Rows with errors that are passed over before the load fails.
    pub max_error: u32,
    /// The data is checked and not loaded.
    pub no_load: bool,
    pub options: CopyOptions,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::local::warehouse) enum Role {
    /// `IAM_ROLE default`
    Default,
    Arn(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) enum CopyFormat {
    Parquet {
        serialize_to_json: bool,
    },
    /// `'auto'`, `'auto ignorecase'`, `'noshred'` or the S3 path of a JSONPaths file.
    Json {
        paths: String,
    },
    Csv {
        delimiter: char,
        quote: char,
    },
    /// The default: `|` and no quotes.
    Delimited {
        delimiter: char,
        remove_quotes: bool,
        escape: bool,
    },
}

/// Data conversion parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::local::warehouse) struct CopyOptions {
    pub ignore_header: u64,
    pub null_as: Option<String>,
    pub blanks_as_null: bool,
    pub empty_as_null: bool,
    pub accept_any_date: bool,
    /// Replacement character of ACCEPTINVCHARS.
    pub accept_invalid_chars: Option<char>,
    pub truncate_columns: bool,
    pub trim_blanks: bool,
    pub fill_record: bool,
    pub ignore_blank_lines: bool,
    pub date_format: Option<String>,
    pub time_format: Option<String>,
    pub explicit_ids: bool,
}

/// UNLOAD ('query') TO S3 (<https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html>).
#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) struct Unload {
    /// DuckDB's SQL.
    pub query: String,
    /// `s3://bucket/prefix`
    pub to: String,
    pub role: Role,
    pub format: UnloadFormat,
    pub gzip: bool,
    pub header: bool,
    pub manifest: bool,
    pub allow_overwrite: bool,
    pub clean_path: bool,
    pub parallel: bool,
    pub partition_by: Vec<String>,
    pub include_partition_columns: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::warehouse) enum UnloadFormat {
    Parquet,
    Csv {
        delimiter: char,
    },
    Json,
    Delimited {
        delimiter: char,
        add_quotes: bool,
        escape: bool,
    },
}
