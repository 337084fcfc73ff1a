//! Routing and checks, on a small API.

use http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

use super::api::Api;
use super::service_of;

fn api() -> Api {
    Api::parse(
        &json!({
            "service": "Shelves",
            "operations": {
                "PutBook": {"method": "PUT", "uri": "/shelves/{Shelf}/books/{Book}", "input": "PutBook"},
                "ListBooks": {
                    "method": "GET", "uri": "/shelves/{Shelf}/books", "input": "ListBooks",
                    "query": {"max": "Max", "tag": "Tags"},
                },
                "GetIndex": {"method": "GET", "uri": "/shelves/index/books"},
            },
            "shapes": {
                "PutBook": {
                    "type": "structure", "required": ["Shelf", "Title"],
                    "members": {"Shelf": "string", "Book": "string", "Title": "Title", "Secret": "Secret",
                                "Pages": "Pages", "Either": "Either"},
                },
                "ListBooks": {"type": "structure", "members": {"Shelf": "string", "Max": "Max", "Tags": "Tags"}},
                "Title": {"type": "string", "min": 1, "max": 5, "pattern": "[a-z]+"},
                "Secret": {"type": "string", "max": 2, "sensitive": true},
                "Max": {"type": "integer", "min": 1, "max": 10},
                "Tags": {"type": "list", "member": "string"},
                "Pages": {"type": "map", "key": "Title", "value": "Max"},
                "Either": {"type": "structure", "union": true, "members": {"A": "string", "B": "string"}},
            },
        })
        .to_string(),
    )
    .unwrap()
}

fn fault(input: Value) -> (String, String) {
    let error = api().check("PutBook", &input).unwrap_err();
    (error.code.into_owned(), error.message)
}

#[test]
fn the_most_literal_template_wins_and_labels_are_decoded() {
    let api = api();
    let routed = api.route(&Method::PUT, "/shelves/a%2Fb/books/c%20d").unwrap();
    assert_eq!(routed.name, "PutBook");
    assert_eq!(Value::Object(routed.labels), json!({"Shelf": "a/b", "Book": "c d"}));
    assert_eq!(
        api.route(&Method::GET, "/shelves/index/books").unwrap().name,
        "GetIndex"
    );
    assert_eq!(api.route(&Method::GET, "/shelves/x/books").unwrap().name, "ListBooks");
    assert!(api.route(&Method::GET, "/shelves//books").is_none());
    assert!(api.route(&Method::POST, "/shelves/x/books").is_none());
}

#[test]
fn the_query_is_typed_by_the_model() {
    let api = api();
    let operation = &api.operations["ListBooks"];
    let members = api.query_members(operation, "ListBooks", "max=3&tag=a&tag=b%20c&x-id=1");
    assert_eq!(Value::Object(members.unwrap()), json!({"Max": 3, "Tags": ["a", "b c"]}));
}

#[test]
fn everything_that_is_broken_is_told_in_awss_words_and_secrets_are_not() {
    let (code, message) = fault(json!({"Shelf": "s", "Title": "ABC def", "Secret": "hunter2", "Pages": {"Z": 11}}));
    assert_eq!(code, "ValidationException");
    assert!(message.starts_with("5 validation errors detected: "), "{message}");
    for part in [
        "Value 'ABC def' at 'title' failed to satisfy constraint: Member must have length less than or equal to 5",
        "Value 'ABC def' at 'title' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
        "Value '***' at 'secret' failed to satisfy constraint: Member must have length less than or equal to 2",
        "Value '{Z=...}' at 'pages' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have \
         length less than or equal to 5, Member must have length greater than or equal to 1, Member must satisfy \
         regular expression pattern: [a-z]+]",
        "Value '11' at 'pages.Z.member' failed to satisfy constraint: Member must have value less than or equal to 10",
    ] {
        assert!(message.contains(part), "{part}\n{message}");
    }
}

#[test]
fn words_and_digits_are_asciis_as_in_java() {
    let api = Api::parse(
        r#"{"service": "", "operations": {}, "shapes": {"A": {"type": "string", "pattern": "[\\w-]+:\\d"}}}"#,
    );
    let api = api.unwrap();
    assert!(api.shape("A").matches("a_b-1:2"));
    assert!(!api.shape("A").matches("é:2"));
    assert!(!api.shape("A").matches("a:x"));
}

#[test]
fn missing_unknown_and_misshapen_members_are_refused() {
    let (_, message) = fault(json!({"Shelf": "s", "Title": null}));
    assert_eq!(
        message,
        "1 validation error detected: Value null at 'title' failed to satisfy constraint: Member must not be null"
    );
    let (code, message) = fault(json!({"Shelf": "s", "Title": "a", "Either": {"C": "x"}}));
    assert_eq!(code, "SerializationException");
    assert_eq!(message, "unknown member `C` of either, expected one of A, B");
    let (code, message) = fault(json!({"Shelf": 1, "Title": "a"}));
    assert_eq!(
        (&*code, &*message),
        ("SerializationException", "shelf must be of the kind string")
    );
    let (_, message) = fault(json!({"Shelf": "s", "Title": "a", "Either": {"A": "x", "B": "y"}}));
    assert!(
        message.contains("at 'either'") && message.contains("Only one member"),
        "{message}"
    );
}

#[test]
fn the_service_is_the_signatures_or_else_the_hosts() {
    let uri = Uri::from_static("/accounts/0/data-sets");
    let mut headers = HeaderMap::new();
    headers.insert("host", "quicksight.us-east-1.amazonaws.com".parse().unwrap());
    assert_eq!(service_of(&headers, &uri).as_deref(), Some("quicksight"));
    let signed = "AWS4-HMAC-SHA256 Credential=AK/20261125/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    headers.insert("authorization", signed.parse().unwrap());
    assert_eq!(service_of(&headers, &uri).as_deref(), Some("s3"));
    headers.clear();
    headers.insert("host", "127.0.0.1:4566".parse().unwrap());
    assert_eq!(service_of(&headers, &uri), None);
}
