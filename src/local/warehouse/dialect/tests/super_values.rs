//! SUPER: PartiQL's navigation and unnesting, JSON functions.

use super::harness::{Session, column, value, values};

#[test]
fn navigation() {
    values(&[
        (
            "j.name, t.j.age, j.tags[1], j['name'], j.deep.x[1].y, j.nothing.at.all",
            "\"Ann\"|41|\"b\"|\"Ann\"|-|-",
        ),
        ("j.name::varchar, j.age::int + 1, j.age::decimal(5,1)", "Ann|42|41.0"),
        (
            "j.name = 'Ann', j.age > 40, j.name in ('Bob', 'Ann'), j.age between 1 and 50",
            "true|true|true|true",
        ),
        ("j.name = 41, j.age = 'Ann'", "-|-"),
        ("upper(j.name), j.name || '!', j.name like 'A%'", "ANN|Ann!|true"),
        ("j.deep.x[1].y is null, j.tags is not null", "true|true"),
        (
            "json_serialize(j.tags), json_typeof(j.tags), json_typeof(j.age), get_array_length(j.tags)",
            "[\"a\",\"b\"]|array|number|2",
        ),
    ]);
    assert_eq!(column("j.name"), "name JSON");
    assert!(value("j.age + 1").contains("without a cast"), "{}", value("j.age + 1"));
    assert!(value("sum(j.age)").contains("without a cast"));
}

#[test]
fn unnesting() {
    let session = Session::new(
        "CREATE TABLE t (id INTEGER, skills JSON); INSERT INTO t VALUES (1, '[\"rust\", \"sql\"]'), (2, '[]'), (3, NULL),
         (4, '[{\"n\": 5}]')",
    );
    let run = |sql: &str| session.run(sql).unwrap_or_else(|error| vec![error]);
    assert_eq!(
        run("SELECT t.id, s FROM t, t.skills AS s WHERE id = 1 ORDER BY 1, s::varchar"),
        ["1|\"rust\"", "1|\"sql\""]
    );
    assert_eq!(
        run("SELECT x.id, s::varchar, i FROM t AS x, x.skills AS s AT i WHERE x.id = 1 ORDER BY i"),
        ["1|rust|0", "1|sql|1"]
    );
    assert_eq!(run("SELECT count(*) FROM t LEFT JOIN t.skills AS s ON true"), ["5"]);
    assert_eq!(run("SELECT s.n FROM t, t.skills s WHERE s.n = 5"), ["5"]);
    assert_eq!(run("SELECT count(*) FROM t a, a.skills s WHERE s = 'sql'"), ["1"]);
}

#[test]
fn functions() {
    values(&[
        ("json_parse('{\"a\": [1, 2]}')", "{\"a\":[1,2]}"),
        (
            "json_extract_path_text('{\"a\": {\"b\": \"x\"}}', 'a', 'b'), json_extract_path_text('{\"a\": {\"b\": 1}}', 'a')",
            "x|{\"b\":1}",
        ),
        (
            "json_extract_path_text('oops', 'a', true), json_extract_path_text('{}', 'a')",
            "-|-",
        ),
        (
            "json_extract_array_element_text('[1, \"x\"]', 1), json_array_length('[1, 2]')",
            "x|2",
        ),
        (
            "is_valid_json('{}'), is_valid_json('x'), is_valid_json_array('[1]'), is_valid_json_array('{}')",
            "true|false|true|false",
        ),
        (
            "array(1, 'a', null), array(), get_array_length(array(1, 2))",
            "[1,\"a\",null]|[]|2",
        ),
        (
            "json_parse('{\"a\": [1, 2]}').a[0], json_serialize(object('k', 1))",
            "1|{\"k\":1}",
        ),
        (
            "split_to_array('a,b'), array_concat(array(1), array(2))",
            "[\"a\",\"b\"]|[1,2]",
        ),
        (
            "is_array(j.tags), is_object(j), is_scalar(j.age), is_varchar(j.name)",
            "true|true|true|true",
        ),
    ]);
    assert!(
        value("json_parse('oops')").contains("alformed JSON"),
        "{}",
        value("json_parse('oops')")
    );
}
