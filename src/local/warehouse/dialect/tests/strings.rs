//! String functions.

use super::harness::{column, value, values};

#[test]
fn positions_and_parts() {
    values(&[
        ("len(v), length(v), char_length('äö'), octet_length('äö')", "3|3|2|4"),
        ("charindex('n', v), position('n' in v), strpos(v, 'x')", "2|2|0"),
        ("left(v, 2), right(v, 2)", "An|nn"),
        (
            "substring(v, 2), substring(v, 2, 1), substring(v from 2 for 2), substr('abc', 0, 2), substring('abc', -1, 3)",
            "nn|n|nn|a|a",
        ),
        ("lpad(v, 5, '*'), rpad(v, 5), lpad('abc', 2)", "**Ann|Ann  |ab"),
        ("split_part('a-b-c', '-', 2), split_part('a', '-', 2)", "b|"),
        (
            "reverse(v), repeat('ab', 2), replace('abc', 'b', ''), translate('abc', 'ab', 'x')",
            "nnA|abab|ac|xc",
        ),
        (
            "upper(v), lower(v), initcap('john o''neil-SMITH')",
            "ANN|ann|John O'Neil-Smith",
        ),
        (
            "trim('  a '), btrim('xax', 'x'), trim(both 'x' from 'xax'), ltrim('xxa', 'x'), rtrim('axx', 'x')",
            "a|a|a|a|a",
        ),
        ("trim(leading 'x' from 'xax'), trim(trailing from 'a ')", "ax|a"),
        ("ascii('A'), chr(65), to_hex(255)", "65|A|ff"),
        (
            "strtol('ff', 16), strtol('0xf', 16), strtol('-101', 2), strtol('0', 10)",
            "255|15|-5|0",
        ),
        (
            "quote_ident('a b'), quote_ident('ab'), quote_ident('select'), quote_literal('it''s')",
            "\"a b\"|ab|\"select\"|'it''s'",
        ),
        (
            "md5('a'), sha1('a')",
            "0cc175b9c0f1b6a831c399e269772661|86f7e437faa5a7fce15d1ddcb9eaeaea377667b8",
        ),
        (
            "sha2('a', 256)",
            "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        ),
    ]);
    assert_eq!(column("len(v)"), "len INTEGER");
    assert!(value("strtol('xyz', 10)").contains("not valid"));
}

#[test]
fn concatenation_with_null_is_null() {
    values(&[
        ("v || null, concat(v, null), v || n", "-|-|-"),
        ("v || i || m", "Ann7100.05"),
        ("concat(f, v), f * 2 || 'x'", "2.5Ann|5x"),
        ("'it''s' || 'a\\\\b' || 'c\\'d' || '\\n'", "it'sa\\bc'd\n"),
        ("$$it's$$", "it's"),
    ]);
}

#[test]
fn regular_expressions() {
    values(&[
        (
            "regexp_replace('a1b22', '[0-9]+', '#'), regexp_replace('a1', '[0-9]')",
            "a#b#|a",
        ),
        (
            "regexp_replace('the fox', 'FOX', 'quick brown fox', 1, 'i')",
            "the quick brown fox",
        ),
        (
            "regexp_substr('a1b22', '[0-9]+'), regexp_substr('a1b22', '[0-9]+', 1, 2), regexp_substr('a', 'x')",
            "1|22|",
        ),
        ("regexp_substr('key=val', '=(.*)', 1, 1, 'e')", "val"),
        (
            "regexp_count('abcabc', 'b'), regexp_count('the fox', 'FOX', 1, 'i')",
            "2|1",
        ),
        (
            "regexp_instr('the fox', 'fox'), regexp_instr('the fox', 'x$'), regexp_instr('a', 'b')",
            "5|7|0",
        ),
        (
            "regexp_substr(null, 'a'), regexp_instr(null, 'a'), regexp_count(null, 'a')",
            "-|-|-",
        ),
        ("regexp_replace(v, '\\\\w$', '.')", "An."),
    ]);
}
