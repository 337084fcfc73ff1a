//! Structures that Glue takes, keeps and gives back in one form.

/// Declares such a structure: every member optional, absent ones left out, unknown ones refused.
macro_rules! shape {
    ($($(#[$meta:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub(in crate::local::glue) struct $name {
            $($(#[$attribute])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)*
        }
    )*};
}

/// Declares an operation's input. A member that is not an `Option` is required.
macro_rules! input {
    ($($(#[$meta:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub(in crate::local::glue) struct $name {
            $($(#[$attribute])* pub $field: $type,)*
        }
    )*};
}

/// Declares an operation's output.
macro_rules! output {
    ($($(#[$meta:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(serde::Serialize)]
        #[serde(rename_all = "PascalCase")]
        pub(in crate::local::glue) struct $name {
            $($(#[$attribute])* pub $field: $type,)*
        }
    )*};
}

pub(super) use {input, output, shape};

/// An instant in the form of awsJson: seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Epoch(#[serde(with = "crate::local::json::epoch")] pub jiff::Timestamp);
