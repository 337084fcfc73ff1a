//! Functions that Redshift has and the embedded one has not.

/// In order.
const NAMES: &[&str] = &[
    "ai_generate_embedding",
    "array_flatten",
    "bit_and",
    "bit_or",
    "boolean_agg",
    "bpcharcmp",
    "bttext_pattern_cmp",
    "change_query_priority",
    "change_session_priority",
    "change_user_priority",
    "checksum",
    "collate",
    "convert_timezone",
    "crc32",
    "current_aws_account",
    "current_namespace",
    "current_schemas",
    "current_setting",
    "date_cmp",
    "date_cmp_timestamp",
    "date_cmp_timestamptz",
    "dexp",
    "difference",
    "explain_model",
    "farmfingerprint64",
    "fnv_hash",
    "from_hex",
    "from_varbyte",
    "func_sha1",
    "get_number_attributes",
    "getbit",
    "has_assumerole_privilege",
    "has_database_privilege",
    "has_schema_privilege",
    "has_table_privilege",
    "hll",
    "hll_cardinality",
    "hll_combine",
    "hll_combine_sketches",
    "hll_create_sketch",
    "interval_cmp",
    "is_bigint",
    "is_char",
    "is_decimal",
    "is_float",
    "is_integer",
    "is_smallint",
    "json_serialize_to_varbyte",
    "lower_attribute_names",
    "mcurrent_user",
    "murmur3_32_hash",
    "object_transform",
    "octetindex",
    "pg_cancel_backend",
    "pg_get_cols",
    "pg_get_grantee_by_iam_role",
    "pg_get_iam_role_by_user",
    "pg_get_late_binding_view_cols",
    "pg_terminate_backend",
    "reboot_cluster",
    "set_config",
    "setbit",
    "slice_num",
    "soundex",
    "subarray",
    "text_to_int_alt",
    "text_to_numeric_alt",
    "timeofday",
    "timestamp_cmp",
    "timestamp_cmp_date",
    "timestamp_cmp_timestamptz",
    "timestamptz_cmp",
    "timestamptz_cmp_date",
    "timestamptz_cmp_timestamp",
    "timezone",
    "to_geography",
    "to_geometry",
    "to_number",
    "to_varbyte",
    "upper_attribute_names",
    "user_is_member_of",
    "xpath",
];

/// `name` in lower case.
pub(super) fn has(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok() || name.starts_with("st_") || name.starts_with("h3_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_in_order() {
        assert!(NAMES.is_sorted());
    }
}
