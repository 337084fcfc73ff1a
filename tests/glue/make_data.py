"""Writes data/*/raw: lines as no producer of ours writes them, and as other producers may."""

import json
from pathlib import Path

HERE = Path(__file__).parent
VERSION = '"ingested_at":"2026-11-25T10:00:00.123Z","ingest_row":%d'


def employee(number, version=None, **members):
    record = {
        "employee_id": number,
        "name": "Ann",
        "age": 40,
        "department": "Data",
        "skills": ["sql"],
        "salary": 70000.5,
        "hire_date": "2015-06-01",
    }
    record.update(members)
    record = {name: value for name, value in record.items() if value is not ...}
    text = json.dumps(record, ensure_ascii=False)
    return text[:-1] + "," + (version or VERSION % int(number or 999)) + "}"


def with_raw(line, member, raw):
    """The line with a member's value replaced by raw JSON."""
    record = json.loads(line)
    record[member] = "@@"
    return json.dumps(record, ensure_ascii=False).replace('"@@"', raw)


def employees():
    """Two objects: most lines in the first, newer versions and repeats in the second."""
    at = '"ingested_at":"2026-11-%sZ","ingest_row":%s'
    first = [
        *(employee(number) for number in range(1, 5)),
        # Newest wins: by time, then by row, then by arrival; versions may be missing.
        employee(10, at % ("25T10:00:00.000", 5), name="newer"),
        employee(10, at % ("24T10:00:00.000", 9), name="older"),
        employee(11, at % ("25T10:00:00.000", 6), name="smaller row"),
        employee(11, at % ("25T10:00:00.000", 7), name="greater row"),
        employee(12, at % ("25T10:00:00.000", 8), name="came first"),
        employee(12, at % ("25T10:00:00.000", 8), name="came second"),
        employee(13, '"ingested_at":null,"ingest_row":null', name="without version"),
        employee(13, at % ("01T00:00:00.000", 1), name="with version"),
        employee(14, '"ingest_row":3', name="row alone"),
        employee(14, '"x":1', name="nothing"),
        employee(15, at % ("25T10:00:00.000", "null"), name="time alone"),
        employee(15, at % ("25T10:00:00.000", 1), name="time and row"),
        # Texts: trimmed, of any script, of any escape.
        employee(20, name="  佐藤 蓮\t"),
        with_raw(employee(21), "name", r'"\u0041\"\\\/\b\f\n\r\t\ud83d\ude00 \u00e9\\u0041"'),
        employee(22, name='{"a":1,"b":[2]}'),
        employee(23, name="#5#"),
        employee(24, name="😀" * 50),
        employee(25, name="😀" * 50 + "x"),
        employee(26, name="   "),
        employee(27, name=""),
        with_raw(employee(28), "name", r'"a\u0000b"'),
        with_raw(employee(29), "name", r'"\ud800"'),
        with_raw(employee(30), "name", r'"\ude00\ud83d"'),
        with_raw(employee(31), "name", '"a\u007f\u0085\u2028b"'),
        with_raw(employee(32), "name", '"a\x01b"'),
        with_raw(employee(33), "name", r'"\x41"'),
        # Numbers.
        with_raw(employee(40), "salary", "123456.70000"),
        with_raw(employee(41), "salary", "0.001"),
        with_raw(employee(42), "salary", "1e5"),
        with_raw(employee(43), "salary", "9999999999.99"),
        with_raw(employee(44), "salary", "99999999999999999999999999999999999999999.99"),
        with_raw(employee(45), "salary", "0.01"),
        with_raw(employee(46), "salary", "0.00"),
        with_raw(employee(47), "salary", "-0"),
        with_raw(employee(48), "salary", "10000000.00000000000000000000000000000000000000000"),
        with_raw(employee(49), "salary", "10000000.00000000000000000000000000000000000000001"),
        employee(50, salary="1234.50"),
        employee(51, salary=" 1234.5 "),
        employee(52, salary="1,234.50"),
        employee(53, salary="#5"),
        employee(54, salary=None),
        employee(55, salary=...),
        employee(56, salary=""),
        employee(57, salary=True),
        employee(58, salary=[1]),
        employee(59, salary={"a": 1}),
        with_raw(employee(60), "salary", "NaN"),
        with_raw(employee(61), "salary", "01"),
        with_raw(employee(62), "salary", "1."),
        with_raw(employee(63), "salary", ".5"),
        with_raw(employee(64), "salary", "+5"),
        employee(70, age=None),
        employee(71, age=15),
        employee(72, age=101),
        with_raw(employee(73), "age", "40.0"),
        with_raw(employee(74), "age", "32768"),
        with_raw(employee(75), "age", "99999999999999999999"),
        *(employee(75 + number, age=age) for number, age in enumerate([24, 25, 34, 35, 44, 45, 54, 55, 64, 65], 1)),
        *(
            employee(90 + number, salary=salary)
            for number, salary in enumerate(
                [49999.99, 50000, 74999.99, 75000, 99999.99, 100000, 149999.99, 150000, 199999.99, 200000]
            )
        ),
        # Allowed values, dates, tenure.
        employee(110, department="Datum"),
        employee(111, department=" Data "),
        employee(112, department=7),
        employee(113, hire_date="2020-02-30"),
        employee(114, hire_date="20200228"),
        employee(115, hire_date="1949-12-31"),
        employee(116, hire_date="2015-11-25"),
        employee(117, hire_date="2015-11-26"),
        employee(118, hire_date="2026-11-26"),
        employee(119, hire_date=20200228),
        employee(120, at % ("24T23:59:59.999", 1), hire_date="2015-11-25"),
        employee(121, '"x":1', hire_date="2015-11-25"),
        employee(122, hire_date="2016-02-29", version='"ingested_at":"2025-02-28T00:00:00.000Z"'),
        # Lists.
        employee(130, skills=[" SQL ", "sql", "Python", "", "  "]),
        employee(131, skills=[]),
        employee(132, skills=["", " "]),
        employee(133, skills=None),
        employee(134, skills="a;b"),
        employee(135, skills=["a", 1]),
        employee(136, skills=["a", None]),
        employee(137, skills=["a", ["b"]]),
        employee(138, skills=["İSTANBUL", "ΟΔΟΣ", "ÉCOLE", "Straße", "a;b", 'q"q', "\\", "a#", "#1"]),
        employee(139, skills=["x" * 499, "y" * 500]),
        employee(140, skills=["x" * 500, "y" * 500]),
        employee(141, skills=["a\0"]),
        employee(142, skills=""),
        employee(143, skills={"a": "b"}),
        employee(144, skills=["a\x1fB"]),
        # Lines that are no record of ours, or more than one.
        "{}",
        "[]",
        "[" + employee(150) + "]",
        "null",
        '"text"',
        "12",
        employee(151) + employee(152),
        employee(153) + "," + employee(154),
        employee(155) + " x",
        employee(156)[:-1],
        employee(157)[:-1] + ",}",
        employee(158) + ',"end":1}{"row":{"a":1}',
        employee(159)[:-1] + '},"end":1,"row":{' + '"a":1}',
        employee(176) + '],"rows":[' + employee(177),
        employee(178) + ',{"end":1}',
        employee(179) + ',{"end":1}]} {"rows":[{}',
        employee(160).replace("{", "{'a':1,", 1),
        employee(161).replace('"age"', "age", 1),
        "// " + employee(162),
        "\ufeff" + employee(163),
        employee(164)[:-1] + ',"x":' + "[" * 5000 + "]" * 5000 + "}",
        employee(165)[:-1] + ',"x":' + "[" * 500 + "]" * 500 + "}",
        employee(166)[:-1] + ',"employee_id":167,"Name":"other","\\u0061ge":41}',
        employee(168)[:-1] + ',"age":41,"age":null}',
        employee(169)[:-1] + r',"\ud800":1}',
        employee("170"),
        employee(0),
        employee(None),
        employee(171.5),
        "  \t" + employee(172) + " \r",
        "",
        " \t\r",
        employee(173, version='"ingested_at":"yesterday","ingest_row":1'),
        employee(174, version='"ingested_at":"2026-11-25T10:00:00Z","ingest_row":1.5'),
        employee(175, version='"ingested_at":"2026-11-25T12:00:00.1234567+02:00","ingest_row":"17"'),
        "x" * 3000,
        '"' * 3001,
        '{"a":"' + '\\"' * 20000 + '"}',
        '{"a":"' + "\\\\" * 20000 + '\\"}',
    ]
    bad = [
        b'{"employee_id":180,"name":"\xff\xfe"}',
        b'{"employee_id":181,"name":"\xe2\x82"}',
        b'{"employee_id":182,"name":"\xed\xa0\x80"}',
        b'{"employee_id":183,"name":"\xc0\xaf\xf0\x9f\x98"}',
    ]
    second = [
        employee(1, at % ("25T11:00:00.000", 1), salary=71000),
        employee(2),
        employee(12, at % ("25T10:00:00.000", 8), name="came last"),
        employee(110, at % ("25T11:00:00.000", 2)),
    ]
    return {
        "1-first": b"\n".join([line.encode() for line in first] + bad) + b"\n",
        "2-second": "\n".join(second).encode(),
        "3-empty": b"",
    }


def types():
    lines, good = [], {"id": 0, "flag": True}
    values = {
        "code": [
            '"AB"',
            '"AB-12"',
            '"AB-"',
            '"ab"',
            '"AB\\n"',
            '"xABx"',
            '"AB-123456789"',
            '"AB-1234567890"',
            '"AB-١"',
        ],
        "letter": ['"a"', '"é"', "\"'q'\"", '"e"', '"A"', '"ééé"', '" a"'],
        "small": [
            "-5",
            "5",
            "6",
            "-6",
            "2",
            '"1"',
            "1.0",
            "32767",
            "-32769",
            "1e0",
            "true",
            '"x"',
            '"-0"',
            '"+1"',
            '"01"',
            '"１"',
        ],
        "big": ["9223372036854775807", "-9223372036854775808", "9223372036854775808", '"12"', "1.5", "null"],
        "tiny": ["0.123", "-0.999", "0.1230", "0.1234", "1.0", "0", "0.000", '"0.5"', '".5"'],
        "cents": ["100.25", "100.26", "-0.50", "-0.51", "0.5", "1234567.89", "12345678.9", "1e1", "-0.00"],
        "wide": [
            "1234567890123456789012345678.0123456789",
            "-9999999999999999999999999999.9999999999",
            "99999999999999999999999999999",
            "0.00000000001",
            "0.1000000000000000000000000",
        ],
        "whole": [
            "99999999999999999999999999999999999999",
            "100000000000000000000000000000000000000",
            "5.0",
            "5.5",
            "-1",
        ],
        "real": [
            "0.1",
            "1e300",
            "1.1e300",
            "-1e301",
            "1e999",
            "1e-999",
            "123456789012345678901234567890",
            '"2.5e-3"',
            '"inf"',
            '"NaN"',
            "-0.0",
        ],
        "flag": ["true", "false", '"true"', '"FALSE"', "1", "null", '""', '"t"', "[true]"],
        "day": [
            '"1500-02-28"',
            '"1500-02-27"',
            '"1582-10-10"',
            '"9999-12-31"',
            '"0000-01-01"',
            '"2024-02-29"',
            '"2023-02-29"',
            '"2023-2-1"',
            '"2023-01-01T00:00:00"',
            '" 2023-01-01 "',
            '"२०२३-01-01"',
        ],
        "moment": [
            '"1900-01-01T00:00:00Z"',
            '"1899-12-31T23:59:59.999999Z"',
            '"2024-02-29T23:59:59.123456789Z"',
            '"2024-02-29 23:59:59"',
            '"2024-01-01T00:00:00+05:30"',
            '"2024-01-01T00:00:00-18:00"',
            '"2024-01-01T00:00:00+18:01"',
            '"2024-01-01T00:00:00+01:60"',
            '"2024-01-01T24:00:00Z"',
            '"2024-01-01T00:00:60Z"',
            '"2024-01-01T00:00Z"',
            '"2024-01-01t00:00:00z"',
            '"2024-01-01T00:00:00.Z"',
            '"2024-01-01T00:00:00.1234567890Z"',
            '"2024-01-01"',
            "1700000000",
        ],
        "tags": [
            '["x","y z"]',
            '["x","x"," ü "]',
            '["X"]',
            '["x","y z","x","x"]',
            '[ "x" , "ü" ]',
            "[]",
            '"x"',
            "[1]",
            '[" "]',
        ],
    }
    for column, raws in values.items():
        for raw in raws:
            lines.append(with_raw(json.dumps(good | {"id": len(lines)}), column, raw))
    return {"values": "\n".join(lines).encode() + b"\n"}


if __name__ == "__main__":
    for project, objects in (("employees", employees()), ("types", types())):
        for name, content in objects.items():
            (HERE / "data" / project / "raw" / name).write_bytes(content)
