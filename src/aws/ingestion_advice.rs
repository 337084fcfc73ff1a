//! What to do about a QuickSight ingestion (a SPICE refresh) that failed.

/// Advice for an `ErrorInfo.Type` of an ingestion; `None` for a type that is not known here.
///
/// Types: <https://docs.aws.amazon.com/quicksight/latest/APIReference/API_ErrorInfo.html>; causes:
/// <https://docs.aws.amazon.com/quicksight/latest/user/errors-spice-ingestion.html>.
pub fn ingestion_advice(kind: &str) -> Option<&'static str> {
    let known = ADVICE.iter().find(|(kinds, _)| kinds.contains(&kind));
    known.map(|(_, advice)| *advice)
}

const OURS: &str = "run `pipectl deploy`, which brings data set and data source to the configs, then refresh again";

#[rustfmt::skip]
const ADVICE: &[(&[&str], &str)] = &[
    (&["FAILURE_TO_ASSUME_ROLE", "IAM_ROLE_NOT_AVAILABLE"],
        "QuickSight cannot use its service role: under Manage QuickSight > Security & permissions give it access to AWS services anew"),
    (&["PERMISSION_DENIED"],
        "the database user or QuickSight's role lacks a right: grant SELECT on the view's schema and tables, and secretsmanager:GetSecretValue on the warehouse's secret"),
    (&["PERMISSION_NOT_FOUND"],
        "the owner of the data set or data source is gone: give it one with the parameter QuickSightPrincipal and deploy"),
    (&["PASSWORD_AUTHENTICATION_FAILURE", "DATA_SOURCE_AUTH_FAILED"],
        "the warehouse refuses the password: it was changed since the data source took it from its secret; `pipectl deploy` sends the secret again"),
    (&["OAUTH_TOKEN_FAILURE"],
        "the data source's token is no longer valid: sign in to the data source again in the console"),
    (&["CONNECTION_FAILURE", "DATA_SOURCE_CONNECTION_FAILED", "UNROUTABLE_HOST"],
        "QuickSight does not reach the warehouse: let its addresses in the region through the security group to port 5439, or give QuickSightVpcConnection for a warehouse without a public address"),
    (&["UNRESOLVABLE_HOST"],
        "the warehouse's host name is not known: was it deleted or renamed? `pipectl deploy` writes the present one into the data source"),
    (&["SSL_CERTIFICATE_VALIDATION_FAILURE"],
        "the warehouse's certificate does not fit its host name: use the endpoint that AWS gives, not an address or alias"),
    (&["INVALID_DATA_SOURCE_CONFIG", "DATA_SOURCE_NOT_FOUND", "DATA_SET_DELETED"], OURS),
    (&["SQL_TABLE_NOT_FOUND"],
        "a table or view of the data set's SQL is not there: `pipectl deploy` makes the views, and names are looked up in the data source's database"),
    (&["SQL_SCHEMA_MISMATCH_ERROR"],
        "the query's columns are not those of the data set: bring SqlQuery and Columns in configs/visualization to the view's columns"),
    (&["SQL_EXCEPTION", "SQL_INVALID_PARAMETER_VALUE"],
        "the warehouse refuses the data set's SQL: try it with `pipectl query` and correct SqlQuery in configs/visualization"),
    (&["SQL_NUMERIC_OVERFLOW"],
        "a number does not fit its type: cast it to a wider one in the view"),
    (&["INVALID_DATE_FORMAT"],
        "a text is no date in the format given: cast it in the view instead of in the data set"),
    (&["INVALID_DATAPREP_SYNTAX"],
        "a calculated column or filter of LogicalTableMap is not understood: correct its Expression"),
    (&["DUPLICATE_COLUMN_NAMES_FOUND"],
        "two columns of the query have the same name: name each of them with AS"),
    (&["QUERY_TIMEOUT"],
        "the query takes longer than QuickSight waits (2 minutes without rows, 30 in all): let a table or materialized view hold what the view computes"),
    (&["SOURCE_RESOURCE_LIMIT_EXCEEDED", "SOURCE_API_LIMIT_EXCEEDED_FAILURE"],
        "the warehouse has no capacity for one more query: refresh later, or raise its capacity or usage limit"),
    (&["CURSOR_NOT_ENABLED", "ELASTICSEARCH_CURSOR_NOT_ENABLED"],
        "the source does not give results in parts: enable its cursors"),
    (&["ROW_SIZE_LIMIT_EXCEEDED"],
        "a row is larger than SPICE takes: leave long texts out of the data set's columns"),
    (&["DATA_SET_SIZE_LIMIT_EXCEEDED"],
        "the data set is larger than SPICE takes (1 billion rows, 1 TB): aggregate it in the view, or set ImportMode to DIRECT_QUERY"),
    (&["ACCOUNT_CAPACITY_LIMIT_EXCEEDED"],
        "the region's SPICE capacity is used up: buy more under Manage QuickSight > SPICE capacity, or remove data sets"),
    (&["DATA_TOLERANCE_EXCEPTION"],
        "too many rows do not fit the columns' types: correct the types in Columns, or the values in the view"),
    (&["CUSTOMER_ERROR"],
        "QuickSight refuses the data or the data set: its message says what, and the console shows the rows under the data set's refresh history"),
    (&["INGESTION_SUPERSEDED"],
        "a later refresh replaced this one: nothing to do, look at that one"),
    (&["INGESTION_CANCELED"],
        "somebody cancelled it: refresh again"),
    (&["REFRESH_SUPPRESSED_BY_EDIT"],
        "the data set was being changed: refresh again"),
    (&["DATA_SET_NOT_SPICE"],
        "the data set is queried directly and has nothing to refresh: leave it out of the flow's data sets, or set ImportMode to SPICE"),
    (&["SPICE_TABLE_NOT_FOUND"],
        "the data set's rows in SPICE are gone: refresh again; if that fails, `pipectl deploy` after deleting the data set"),
    (&["S3_UPLOADED_FILE_DELETED", "S3_MANIFEST_ERROR", "S3_FILE_INACCESSIBLE"],
        "a file or manifest in S3 is gone or may not be read: let QuickSight read the bucket under Manage QuickSight > Security & permissions"),
    (&["FAILURE_TO_PROCESS_JSON_FILE"],
        "a JSON file is malformed or too deep: correct it"),
    (&["IOT_FILE_NOT_FOUND", "IOT_DATA_SET_FILE_EMPTY"],
        "the IoT Analytics data set has no content: make it there first"),
    (&["INTERNAL_SERVICE_ERROR"],
        "QuickSight failed by itself: refresh again, and look at https://health.aws.amazon.com if it goes on"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_sdk_quicksight::types::IngestionErrorType;

    use super::*;

    #[test]
    fn every_type_of_the_api_has_advice_once() {
        for kind in IngestionErrorType::values() {
            assert!(ingestion_advice(kind).is_some(), "{kind}");
        }
        let all: Vec<&str> = ADVICE.iter().flat_map(|(kinds, _)| *kinds).copied().collect();
        let known: BTreeSet<&str> = IngestionErrorType::values().iter().copied().collect();
        assert_eq!(all.iter().copied().collect::<BTreeSet<_>>(), known);
        assert_eq!(all.len(), known.len());
        assert_eq!(ingestion_advice("SOMETHING_NEW"), None);
    }
}
