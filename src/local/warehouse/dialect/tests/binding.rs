//! Named parameters.

use super::super::bind;

fn bound(sql: &str, parameters: &[(&str, &str)]) -> Result<String, String> {
    let parameters: Vec<_> = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())))
        .collect();
    bind(sql, &parameters).map_err(|error| error.message)
}

#[test]
fn parameters_become_literals() {
    assert_eq!(
        bound(
            "SELECT ':id', a::int, :id, /* :id */ :name -- :id",
            &[("id", "7"), ("name", "O'Neil \\ x")]
        )
        .unwrap(),
        "SELECT ':id', a::int, '7', /* :id */ 'O''Neil \\\\ x' -- :id"
    );
    assert_eq!(bound("SELECT 'é', :a", &[("a", "ü")]).unwrap(), "SELECT 'é', 'ü'");
}

#[test]
fn unused_parameters_are_refused() {
    let error = bound("SELECT 1", &[("id", "7")]).unwrap_err();
    assert_eq!(
        error,
        "Parameters list contains unused parameters. Unused parameters: [id]"
    );
}

#[test]
fn a_name_without_a_value_is_a_syntax_error() {
    let error = super::super::parse(&bound("SELECT :a, :b", &[("a", "1")]).unwrap()).unwrap_err();
    assert_eq!(
        (error.message.as_str(), error.position),
        ("ERROR: syntax error at or near \":\"", 13)
    );
}
