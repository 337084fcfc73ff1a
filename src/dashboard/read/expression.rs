//! QuickSight's expressions (calculated columns and fields) as Redshift SQL: row-level functions only.
//!
//! Grammar and functions: QuickSight user guide, "Functions by category". What is not listed in [`call`] is refused by
//! name, aggregate and table functions among it.

use super::dataset::{Column, ColumnType};
use crate::dashboard::query::sql;

/// Translates; `columns` are what `{name}` may refer to. Errors say what is not understood.
pub(super) fn translate(expression: &str, columns: &[Column]) -> Result<(String, ColumnType), String> {
    let tokens = tokens(expression)?;
    let mut parser = Parser {
        tokens,
        at: 0,
        columns,
        depth: 0,
    };
    let result = parser.either()?;
    match parser.peek() {
        None => Ok(result),
        Some(token) => Err(format!("did not expect {}", token.shown())),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(String),
    Text(String),
    Column(String),
    Name(String),
    Sign(&'static str),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::Number(text) | Self::Name(text) => format!("`{text}`"),
            Self::Text(text) => format!("'{text}'"),
            Self::Column(text) => format!("{{{text}}}"),
            Self::Sign(text) => format!("`{text}`"),
        }
    }
}

const SIGNS: &[&str] = &[
    "<>", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", ",",
];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let used;
        if first == '{' || first == '\'' || first == '"' {
            let close = if first == '{' { '}' } else { first };
            let end = rest[1..]
                .find(close)
                .ok_or_else(|| format!("no `{close}` closes `{first}`"))?;
            let inner = rest[1..=end].to_owned();
            out.push(if first == '{' {
                Token::Column(inner)
            } else {
                Token::Text(inner)
            });
            used = end + 2;
        } else if first.is_ascii_digit() {
            used = rest
                .find(|c: char| !(c.is_ascii_digit() || c == '.'))
                .unwrap_or(rest.len());
            let number = &rest[..used];
            number.parse::<f64>().map_err(|_| format!("`{number}` is no number"))?;
            out.push(Token::Number(number.to_owned()));
        } else if first.is_alphabetic() || first == '_' || first == '$' {
            used = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                .filter(|used| *used > 0)
                .unwrap_or(if first == '$' { 1 } else { rest.len() });
            out.push(Token::Name(rest[..used].to_owned()));
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            used = sign.len();
            out.push(Token::Sign(sign));
        } else {
            return Err(format!("did not expect `{first}`"));
        }
        rest = rest[used..].trim_start();
    }
    Ok(out)
}

type Typed = (String, ColumnType);

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    columns: &'a [Column],
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(next)) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(token) => format!("expected `{sign}` before {}", token.shown()),
            None => format!("expected `{sign}` at the end"),
        })
    }

    fn either(&mut self) -> Result<Typed, String> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("nested more than 100 deep".to_owned());
        }
        let mut left = self.both()?;
        while self.take_word("OR") {
            let right = self.both()?;
            left = (format!("({} OR {})", left.0, right.0), ColumnType::Boolean);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn both(&mut self) -> Result<Typed, String> {
        let mut left = self.comparison()?;
        while self.take_word("AND") {
            let right = self.comparison()?;
            left = (format!("({} AND {})", left.0, right.0), ColumnType::Boolean);
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Typed, String> {
        if self.take_word("NOT") {
            self.depth += 1;
            if self.depth > 100 {
                return Err("nested more than 100 deep".to_owned());
            }
            let inner = self.comparison()?;
            self.depth -= 1;
            return Ok((format!("(NOT {})", inner.0), ColumnType::Boolean));
        }
        let left = self.sum()?;
        for sign in ["<>", "!=", "<=", ">=", "=", "<", ">"] {
            if self.take(sign) {
                let right = self.sum()?;
                let sign = if sign == "!=" { "<>" } else { sign };
                return Ok((format!("({} {sign} {})", left.0, right.0), ColumnType::Boolean));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Typed, String> {
        let mut left = self.product()?;
        loop {
            let sign = if self.take("+") {
                "+"
            } else if self.take("-") {
                "-"
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = (format!("({} {sign} {})", left.0, right.0), wider(left.1, right.1));
        }
    }

    fn product(&mut self) -> Result<Typed, String> {
        let mut left = self.single()?;
        loop {
            if self.take("*") {
                let right = self.single()?;
                left = (format!("({} * {})", left.0, right.0), wider(left.1, right.1));
            } else if self.take("%") {
                let right = self.single()?;
                left = (format!("MOD({}, {})", left.0, right.0), wider(left.1, right.1));
            } else if self.take("/") {
                // QuickSight divides without rounding; Redshift would round integers. By zero is null in QuickSight.
                let right = self.single()?;
                let sql = format!("(CAST({} AS DOUBLE PRECISION) / NULLIF({}, 0))", left.0, right.0);
                left = (sql, ColumnType::Decimal);
            } else {
                return Ok(left);
            }
        }
    }

    fn single(&mut self) -> Result<Typed, String> {
        let token = self.peek().cloned().ok_or("ends too early")?;
        self.at += 1;
        match token {
            Token::Number(number) => {
                let kind = if number.contains('.') {
                    ColumnType::Decimal
                } else {
                    ColumnType::Integer
                };
                Ok((number, kind))
            }
            Token::Text(text) => Ok((sql::text(&text), ColumnType::String)),
            Token::Column(name) => self.column(&name),
            Token::Name(name) if matches!(self.peek(), Some(Token::Sign("("))) => {
                self.at += 1;
                self.call(&name)
            }
            Token::Name(name) if name.eq_ignore_ascii_case("null") => Ok(("NULL".to_owned(), ColumnType::String)),
            Token::Name(name) => self.column(&name),
            Token::Sign("(") => {
                let inner = self.either()?;
                self.expect(")")?;
                Ok((format!("({})", inner.0), inner.1))
            }
            Token::Sign("-") => {
                self.depth += 1;
                if self.depth > 100 {
                    return Err("nested more than 100 deep".to_owned());
                }
                let inner = self.single()?;
                self.depth -= 1;
                Ok((format!("(- {})", inner.0), inner.1))
            }
            other => Err(format!("did not expect {}", other.shown())),
        }
    }

    fn column(&self, name: &str) -> Result<Typed, String> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .map(|column| (format!("({})", column.sql), column.kind))
            .ok_or_else(|| format!("there is no column {{{name}}}"))
    }

    /// The arguments of a call whose `(` was read.
    fn arguments(&mut self) -> Result<Vec<Typed>, String> {
        let mut arguments = Vec::new();
        if self.take(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.either()?);
            if !self.take(",") {
                self.expect(")")?;
                return Ok(arguments);
            }
        }
    }

    fn call(&mut self, name: &str) -> Result<Typed, String> {
        let arguments = self.arguments()?;
        call(name, &arguments)
    }
}

/// The functions of QuickSight that are understood.
fn call(name: &str, arguments: &[Typed]) -> Result<Typed, String> {
    use ColumnType::{Boolean, Decimal, Integer, String as Text};
    let sqls: Vec<&str> = arguments.iter().map(|one| one.0.as_str()).collect();
    let kind = |at: usize| arguments.get(at).map_or(Text, |one| one.1);
    let lower = name.to_lowercase();
    let known = match (lower.as_str(), sqls.as_slice()) {
        ("abs", [x]) => (format!("ABS({x})"), kind(0)),
        ("ceil", [x]) => (format!("CEIL({x})"), Integer),
        ("floor", [x]) => (format!("FLOOR({x})"), Integer),
        ("round", [x]) => (format!("ROUND({x}, 0)"), Integer),
        ("round", [x, places]) => (format!("ROUND({x}, {places})"), Decimal),
        ("mod", [x, y]) => (format!("MOD({x}, {y})"), kind(0)),
        ("sqrt", [x]) => (format!("SQRT({x})"), Decimal),
        ("exp", [x]) => (format!("EXP({x})"), Decimal),
        ("ln", [x]) => (format!("LN({x})"), Decimal),
        ("intodecimal" | "inttodecimal", [x]) => (format!("CAST({x} AS DOUBLE PRECISION)"), Decimal),
        ("decimaltoint", [x]) => (format!("CAST(TRUNC({x}) AS BIGINT)"), Integer),
        ("parseint", [x]) => (format!("CAST({x} AS BIGINT)"), Integer),
        ("parsedecimal", [x]) => (format!("CAST({x} AS DOUBLE PRECISION)"), Decimal),
        ("tostring", [x]) => (format!("CAST({x} AS VARCHAR)"), Text),
        ("toupper", [x]) => (format!("UPPER({x})"), Text),
        ("tolower", [x]) => (format!("LOWER({x})"), Text),
        ("trim", [x]) => (format!("TRIM({x})"), Text),
        ("strlen", [x]) => (format!("LENGTH({x})"), Integer),
        ("left", [x, n]) => (format!("LEFT({x}, {n})"), Text),
        ("right", [x, n]) => (format!("RIGHT({x}, {n})"), Text),
        ("substring", [x, from, n]) => (format!("SUBSTRING({x}, {from}, {n})"), Text),
        ("replace", [x, from, to]) => (format!("REPLACE({x}, {from}, {to})"), Text),
        ("concat", [_, _, ..]) => (format!("({})", sqls.join(" || ")), Text),
        ("contains", [x, y]) => (format!("(POSITION({y} IN {x}) > 0)"), Boolean),
        ("startswith", [x, y]) => (format!("(LEFT({x}, LENGTH({y})) = {y})"), Boolean),
        ("isnull", [x]) => (format!("({x} IS NULL)"), Boolean),
        ("isnotnull", [x]) => (format!("({x} IS NOT NULL)"), Boolean),
        ("nullif", [x, y]) => (format!("NULLIF({x}, {y})"), kind(0)),
        ("coalesce", [_, ..]) => (format!("COALESCE({})", sqls.join(", ")), kind(0)),
        ("in", [x, _, ..]) => (format!("({x} IN ({}))", sqls[1..].join(", ")), Boolean),
        ("notin", [x, _, ..]) => (format!("({x} NOT IN ({}))", sqls[1..].join(", ")), Boolean),
        ("ifelse", [_, _, _, ..]) if sqls.len() % 2 == 1 => (if_else(&sqls), kind(1)),
        _ => return Err(format!("the function {name} with {} arguments", arguments.len())),
    };
    Ok(known)
}

fn if_else(sqls: &[&str]) -> String {
    let mut out = String::from("CASE");
    for pair in sqls[..sqls.len() - 1].chunks(2) {
        out.push_str(&format!(" WHEN {} THEN {}", pair[0], pair[1]));
    }
    format!("{out} ELSE {} END", sqls[sqls.len() - 1])
}

fn wider(left: ColumnType, right: ColumnType) -> ColumnType {
    if left == ColumnType::Integer && right == ColumnType::Integer {
        ColumnType::Integer
    } else {
        ColumnType::Decimal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        [("age", ColumnType::Integer), ("job title", ColumnType::String)]
            .map(|(name, kind)| Column {
                name: name.to_owned(),
                sql: sql::name(name),
                kind,
            })
            .to_vec()
    }

    #[test]
    fn translates() {
        for (expression, expected) in [
            (
                "floor({age} / 5) * 5",
                r#"(FLOOR((CAST(("age") AS DOUBLE PRECISION) / NULLIF(5, 0))) * 5)"#,
            ),
            (
                "ifelse({age} < 30, 'young', age >= 60 AND NOT isNull({job title}), \"old\", 'it''s')",
                "",
            ),
            (
                "ifelse(age<30,'a',age<50,'b','c')",
                r#"CASE WHEN (("age") < 30) THEN 'a' WHEN (("age") < 50) THEN 'b' ELSE 'c' END"#,
            ),
            (
                "concat(toUpper({job title}), '; DROP TABLE x')",
                r#"(UPPER(("job title")) || '; DROP TABLE x')"#,
            ),
        ] {
            let result = translate(expression, &columns());
            if expected.is_empty() {
                assert!(result.is_err(), "{expression}: {result:?}");
            } else {
                assert_eq!(result.map(|one| one.0), Ok(expected.to_owned()), "{expression}");
            }
        }
    }

    #[test]
    fn refuses_by_name() {
        for (expression, part) in [
            ("sum({age})", "the function sum"),
            ("{aeg} + 1", "there is no column {aeg}"),
            ("{age} +", "ends too early"),
            ("({age}", "expected `)`"),
            ("age ; 1", "did not expect `;`"),
            ("{age", "no `}` closes"),
            (&"(".repeat(5000), "100 deep"),
            (&"-".repeat(5000), "100 deep"),
        ] {
            let error = translate(expression, &columns()).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
