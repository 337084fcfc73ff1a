//! System information functions: the session sets DuckDB's variables of these names.

use super::super::ast::Call;
use super::super::error::SyntaxError;
use super::super::writer::Writer;
use super::count;

/// `version()`
const VERSION: &str = "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 \
                       (Red Hat 3.4.2-6.fc3), Redshift 1.0.0 (embedded)";

pub(super) fn write(_: &mut Writer, call: &Call) -> Result<Option<String>, SyntaxError> {
    let variable = match call.name.as_str() {
        "current_user" | "session_user" | "user" => "rs_user",
        "current_user_id" => "rs_user_id",
        "current_database" => "rs_database",
        "pg_backend_pid" => "rs_session",
        "pg_last_copy_count" => "rs_last_copy_count",
        "pg_last_copy_id" => "rs_last_copy_id",
        "pg_last_query_id" => "rs_last_query_id",
        "pg_last_unload_count" => "rs_last_unload_count",
        "current_schema" => {
            count(call, 0, 0)?;
            return Ok(Some("'public'".to_owned()));
        }
        "version" => {
            count(call, 0, 0)?;
            return Ok(Some(format!("'{VERSION}'")));
        }
        _ => return Ok(None),
    };
    count(call, 0, 0)?;
    Ok(Some(format!("getvariable('{variable}')")))
}
