//! Expressions in DuckDB's SQL. Whatever is made of parts stands in parentheses, so that no precedence of DuckDB matters.

use super::ast::{Binary, Case, Expr, Like, LikeKind, Query, Test};
use super::error::{SyntaxError, failure, unsupported};
use super::functions;
use super::moments;
use super::names::literal;
use super::parts;
use super::patterns;
use super::statement::Type;
use super::types::duck;
use super::writer::Writer;

impl Writer {
    pub fn expr(&mut self, expr: &Expr) -> Result<String, SyntaxError> {
        self.enter()?;
        let sql = self.any(expr)?;
        self.leave();
        Ok(sql)
    }

    fn any(&mut self, expr: &Expr) -> Result<String, SyntaxError> {
        match expr {
            Expr::Null => Ok("NULL".to_owned()),
            Expr::Boolean(true) => Ok("TRUE".to_owned()),
            Expr::Boolean(false) => Ok("FALSE".to_owned()),
            Expr::Number(number) => Ok(number.clone()),
            Expr::Text(text) => Ok(literal(text)),
            Expr::Typed(kind, text, at) => {
                let text = if *kind == Type::Time {
                    text.clone()
                } else {
                    moments::iso(text, *at)?
                };
                Ok(format!("CAST({} AS {})", literal(day(kind, &text)), duck(kind)))
            }
            Expr::Interval(parts) => Ok(interval(parts)),
            Expr::Path(path) => self.path(path),
            Expr::Negative(value) => Ok(format!("(-{})", self.expr(value)?)),
            Expr::BitNot(value) => Ok(format!("(~{})", self.expr(value)?)),
            Expr::Not(value) => Ok(format!("(NOT {})", self.expr(value)?)),
            Expr::And(all) => self.joined(all, " AND "),
            Expr::Or(all) => self.joined(all, " OR "),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Is(value, test, negated) => self.is(value, *test, *negated),
            Expr::Between(between) => {
                let value = self.compared(&between.value, &between.low)?;
                let low = self.compared(&between.low, &between.value)?;
                let high = self.compared(&between.high, &between.value)?;
                Ok(format!("({value} {}BETWEEN {low} AND {high})", not(between.negated)))
            }
            Expr::In(value, list, negated) => self.in_list(value, list, *negated),
            Expr::InQuery(value, query, negated) => {
                let value = self.expr(value)?;
                Ok(format!("({value} {}IN ({}))", not(*negated), self.query(query)?))
            }
            Expr::Like(like) => self.like(like),
            Expr::Quantified(op, value, all, query) => self.quantified(op, value, *all, query),
            Expr::Exists(query) => Ok(format!("EXISTS ({})", self.query(query)?)),
            Expr::Scalar(query) => Ok(format!("({})", self.query(query)?)),
            Expr::Row(items) => match &items[..] {
                [only] => self.expr(only),
                items => Ok(format!("({})", self.list(items)?)),
            },
            Expr::Case(case) => self.case(case),
            Expr::Cast(value, kind, at) => self.cast(value, kind, *at),
            Expr::Call(call) => functions::write(self, call),
        }
    }

    /// `a, b, c`
    pub fn list(&mut self, items: &[Expr]) -> Result<String, SyntaxError> {
        Ok(self.all(items)?.join(", "))
    }

    pub fn all(&mut self, items: &[Expr]) -> Result<Vec<String>, SyntaxError> {
        items.iter().map(|item| self.expr(item)).collect()
    }

    fn joined(&mut self, all: &[Expr], word: &str) -> Result<String, SyntaxError> {
        Ok(format!("({})", self.all(all)?.join(word)))
    }

    fn binary(&mut self, binary: &Binary) -> Result<String, SyntaxError> {
        match binary.op {
            "=" | "<>" | "<" | ">" | "<=" | ">=" => {
                let left = self.compared(&binary.left, &binary.right)?;
                let right = self.compared(&binary.right, &binary.left)?;
                if self.is_super(&binary.left) && self.is_super(&binary.right) && !matches!(binary.op, "=" | "<>") {
                    return Err(self.dynamic(binary.at));
                }
                Ok(format!("({left} {} {right})", binary.op))
            }
            "/" => self.division(binary),
            "+" | "-" | "*" | "%" => self.arithmetic(binary),
            "||" => {
                let (left, right) = (self.text(&binary.left)?, self.text(&binary.right)?);
                Ok(format!("({left} || {right})"))
            }
            "^" => Ok(format!(
                "power({}, {})",
                self.number(&binary.left)?,
                self.number(&binary.right)?
            )),
            "#" => Ok(format!(
                "xor({}, {})",
                self.expr(&binary.left)?,
                self.expr(&binary.right)?
            )),
            "~" | "~*" | "!~" | "!~*" => {
                let (value, pattern) = (self.string(&binary.left)?, self.string(&binary.right)?);
                let options = if binary.op.ends_with('*') { "si" } else { "s" };
                let not = if binary.op.starts_with('!') { "NOT " } else { "" };
                Ok(format!("({not}regexp_matches({value}, {pattern}, '{options}'))"))
            }
            op => Ok(format!(
                "({} {op} {})",
                self.expr(&binary.left)?,
                self.expr(&binary.right)?
            )),
        }
    }

    /// Redshift divides integers to an integer and decimals to a decimal, and knows no division by zero.
    fn division(&mut self, binary: &Binary) -> Result<String, SyntaxError> {
        let outer = std::mem::replace(&mut self.exact, true);
        let operands = self.operands(binary);
        self.exact = outer;
        let (left, right) = operands?;
        Ok(self.marker("div", &[left, right]))
    }

    fn arithmetic(&mut self, binary: &Binary) -> Result<String, SyntaxError> {
        let (left, right) = self.operands(binary)?;
        if binary.op == "%" {
            return Ok(self.marker("mod", &[left, right]));
        }
        if self.exact {
            let kind = match binary.op {
                "+" => "add",
                "-" => "sub",
                _ => "mul",
            };
            return Ok(self.marker(kind, &[left, right]));
        }
        Ok(format!("({left} {} {right})", binary.op))
    }

    fn operands(&mut self, binary: &Binary) -> Result<(String, String), SyntaxError> {
        if self.is_super(&binary.left) || self.is_super(&binary.right) {
            return Err(self.dynamic(binary.at));
        }
        Ok((self.expr(&binary.left)?, self.expr(&binary.right)?))
    }

    /// A number that DuckDB's functions take: SUPER needs a cast.
    pub fn number(&mut self, value: &Expr) -> Result<String, SyntaxError> {
        if self.is_super(value) {
            return Err(self.dynamic(at_of(value)));
        }
        self.expr(value)
    }

    fn dynamic(&self, at: usize) -> SyntaxError {
        unsupported(
            at,
            "This use of a SUPER value without a cast",
            "it has casts: value::VARCHAR, value::DECIMAL(12,2)",
        )
    }

    /// One side of a comparison: trailing blanks do not count, and a SUPER value compares as what the other side is.
    fn compared(&mut self, value: &Expr, other: &Expr) -> Result<String, SyntaxError> {
        if let Expr::Text(text) = value {
            return Ok(literal(text.trim_end_matches(' ')));
        }
        let sql = self.expr(value)?;
        if !self.is_super(value) || self.is_super(other) {
            return Ok(sql);
        }
        Ok(match other {
            Expr::Text(_) => format!("CASE WHEN json_type({sql}) = 'VARCHAR' THEN json_extract_string({sql}, '$') END"),
            Expr::Number(_) | Expr::Negative(_) => format!(
                "CASE WHEN json_type({sql}) IN ('UBIGINT', 'BIGINT', 'HUGEINT', 'DOUBLE') THEN CAST({sql} AS DOUBLE) END"
            ),
            Expr::Boolean(_) => format!("CASE WHEN json_type({sql}) = 'BOOLEAN' THEN CAST({sql} AS BOOLEAN) END"),
            Expr::Null => sql,
            _ => return Err(self.dynamic(at_of(value))),
        })
    }

    fn is(&mut self, value: &Expr, test: Test, negated: bool) -> Result<String, SyntaxError> {
        let sql = self.expr(value)?;
        let (plain, opposite) = ("IS NOT DISTINCT FROM", "IS DISTINCT FROM");
        let operator = if negated { opposite } else { plain };
        Ok(match test {
            Test::Null | Test::Unknown => format!("({sql} IS {}NULL)", not(negated)),
            Test::True => format!("({sql} {operator} TRUE)"),
            Test::False => format!("({sql} {operator} FALSE)"),
        })
    }

    fn in_list(&mut self, value: &Expr, list: &[Expr], negated: bool) -> Result<String, SyntaxError> {
        let Some(first) = list.first() else {
            return Err(failure(0, "syntax error at end of input"));
        };
        let sql = self.compared(value, first)?;
        let mut items = Vec::new();
        for item in list {
            items.push(self.compared(item, value)?);
        }
        Ok(format!("({sql} {}IN ({}))", not(negated), items.join(", ")))
    }

    fn quantified(&mut self, op: &str, value: &Expr, all: bool, query: &Query) -> Result<String, SyntaxError> {
        let value = self.expr(value)?;
        let query = self.query(query)?;
        let word = if all { "ALL" } else { "ANY" };
        Ok(format!("({value} {op} {word} ({query}))"))
    }

    /// A backslash escapes unless ESCAPE says otherwise.
    fn like(&mut self, like: &Like) -> Result<String, SyntaxError> {
        let value = self.string(&like.value)?;
        let escape = match &like.escape {
            None => '\\',
            Some(Expr::Text(text)) => {
                let mut characters = text.chars();
                match (characters.next(), characters.next()) {
                    (Some(character), None) => character,
                    _ => return Err(failure(like.at, "invalid escape string: must be one character")),
                }
            }
            Some(_) => {
                return Err(unsupported(
                    like.at,
                    "An ESCAPE that is not a literal",
                    "write the character",
                ));
            }
        };
        let not = not(like.negated);
        let word = match like.kind {
            LikeKind::Like => "LIKE",
            LikeKind::ILike => "ILIKE",
            LikeKind::SimilarTo => {
                let Expr::Text(pattern) = &like.pattern else {
                    return Err(unsupported(
                        like.at,
                        "SIMILAR TO a pattern that is not a literal",
                        "it has ~",
                    ));
                };
                let pattern = literal(&patterns::similar(pattern, escape));
                return Ok(format!("({not}regexp_full_match({value}, {pattern}, 's'))"));
            }
        };
        let plain = matches!(&like.pattern, Expr::Text(text) if !text.contains(escape));
        let pattern = self.string(&like.pattern)?;
        Ok(if plain {
            format!("({value} {not}{word} {pattern})")
        } else {
            format!(
                "({value} {not}{word} {pattern} ESCAPE {})",
                literal(&escape.to_string())
            )
        })
    }

    fn case(&mut self, case: &Case) -> Result<String, SyntaxError> {
        let mut sql = String::from("CASE");
        if let Some(operand) = &case.operand {
            sql.push_str(&format!(" {}", self.expr(operand)?));
        }
        for (condition, value) in &case.whens {
            let condition = self.expr(condition)?;
            sql.push_str(&format!(" WHEN {condition} THEN {}", self.expr(value)?));
        }
        if let Some(otherwise) = &case.otherwise {
            sql.push_str(&format!(" ELSE {}", self.expr(otherwise)?));
        }
        sql.push_str(" END");
        Ok(sql)
    }

    fn cast(&mut self, value: &Expr, kind: &Type, at: usize) -> Result<String, SyntaxError> {
        if matches!(kind, Type::TimestampTz | Type::TimeTz | Type::Varbyte(_)) {
            return Err(unsupported(
                at,
                format_args!("A cast to {}", duck(kind)),
                "it has TIMESTAMP, in UTC, and VARCHAR",
            ));
        }
        let sql = self.expr(value)?;
        let inside = self.is_super(value);
        Ok(match kind {
            Type::Varchar(length) | Type::Char(length) => {
                let text = self.text(value)?;
                let shortened = shortened(&text, *length);
                match kind {
                    Type::Char(_) => format!("rtrim({shortened}, ' ')"),
                    _ if *length >= 65_535 => text,
                    _ => shortened,
                }
            }
            Type::Super if inside => sql,
            Type::Super => format!("to_json({sql})"),
            Type::Date | Type::Timestamp if matches!(value, Expr::Text(_)) => {
                let Expr::Text(text) = value else {
                    return Ok(sql);
                };
                let text = moments::iso(text, at)?;
                format!("CAST({} AS {})", literal(day(kind, &text)), duck(kind))
            }
            _ if inside => format!("CAST(json_extract_string({sql}, '$') AS {})", duck(kind)),
            Type::SmallInt | Type::Integer | Type::BigInt => {
                match value {
                    Expr::Null | Expr::Boolean(_) => return Ok(format!("CAST({sql} AS {})", duck(kind))),
                    number if is_number(number) => return Ok(format!("CAST({sql} AS {})", duck(kind))),
                    Expr::Text(text) => return whole_number(text, kind, at),
                    _ => {}
                }
                self.marker("int", &[sql, literal(&duck(kind))])
            }
            _ => format!("CAST({sql} AS {})", duck(kind)),
        })
    }

    /// A value that is text, or a SUPER value that holds text.
    pub fn string(&mut self, value: &Expr) -> Result<String, SyntaxError> {
        let sql = self.expr(value)?;
        Ok(if self.is_super(value) {
            format!("json_extract_string({sql}, '$')")
        } else {
            sql
        })
    }

    /// Any value as text, as Redshift writes it.
    pub fn text(&mut self, value: &Expr) -> Result<String, SyntaxError> {
        let sql = self.expr(value)?;
        if self.is_super(value) {
            return Ok(format!("json_extract_string({sql}, '$')"));
        }
        Ok(match value {
            Expr::Text(_) | Expr::Null => sql,
            Expr::Number(number) if !number.contains(['e', 'E']) => format!("CAST({sql} AS VARCHAR)"),
            Expr::Typed(..) | Expr::Boolean(_) => format!("CAST({sql} AS VARCHAR)"),
            Expr::Cast(_, Type::Varchar(_) | Type::Char(_), _) => sql,
            Expr::Call(call) if functions::is_text(&call.name) => sql,
            Expr::Binary(binary) if binary.op == "||" => sql,
            _ => self.marker("text", &[sql]),
        })
    }
}

fn interval(parts: &[(String, super::ast::Part)]) -> String {
    let parts: Vec<_> = parts
        .iter()
        .filter_map(|(count, part)| parts::interval_of(*part, count))
        .collect();
    format!("({})", parts.join(" + "))
}

/// The date of a timestamp, where that is wanted.
fn day<'a>(kind: &Type, text: &'a str) -> &'a str {
    match (kind, text.split_once(' ')) {
        (Type::Date, Some((date, _))) => date,
        _ => text,
    }
}

/// At most so many bytes: a character of up to four bytes that would be cut goes as a whole.
fn shortened(text: &str, bytes: u32) -> String {
    let attempts: Vec<_> = (bytes.saturating_sub(3)..=bytes)
        .rev()
        .map(|bytes| format!("try(decode(encode({text})[1:{bytes}]))"))
        .collect();
    format!("coalesce({})", attempts.join(", "))
}

/// A literal that is to be an integer: DuckDB would round `'2.5'`.
fn whole_number(text: &str, kind: &Type, at: usize) -> Result<String, SyntaxError> {
    match text.trim().parse::<i64>() {
        Ok(number) => Ok(format!("CAST({number} AS {})", duck(kind))),
        Err(_) => Err(failure(at, "invalid input syntax for integer")),
    }
}

/// A number as it is written, with its sign.
fn is_number(value: &Expr) -> bool {
    match value {
        Expr::Number(_) => true,
        Expr::Negative(value) => is_number(value),
        _ => false,
    }
}

fn at_of(value: &Expr) -> usize {
    match value {
        Expr::Path(path) => path.at,
        Expr::Call(call) => call.at,
        _ => 0,
    }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}
