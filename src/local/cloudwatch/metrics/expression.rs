//! Metric math: arithmetic, comparisons and the functions that alarms use most. What there is not is an error that
//! says so.
//! Source: user guide, "Using math expressions with CloudWatch metrics".

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use super::series::Window;
use crate::local::cloudwatch::fault::{Fault, validation};
use crate::local::error::AwsError;

const FUNCTIONS: [&str; 12] = [
    "ABS", "AVG", "CEIL", "DIFF", "FILL", "FLOOR", "IF", "MAX", "MIN", "PERIOD", "RATE", "SUM",
];

/// Nested deeper than anybody writes.
const DEEPEST: usize = 50;

/// A number, or a value for each period that has one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Series(BTreeMap<i64, f64>),
    List(Vec<Value>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    Name(String),
    List(Vec<Expression>),
    Operation(&'static str, Box<Expression>, Box<Expression>),
    Call(&'static str, Vec<Expression>),
}

/// By rising precedence; longer ones first, so that `>=` is not read as `>`.
const OPERATORS: [&[&str]; 6] = [
    &["||"],
    &["&&"],
    &["==", "!=", ">=", "<=", ">", "<"],
    &["+", "-"],
    &["*", "/"],
    &["^"],
];

pub(super) fn parse(text: &str) -> Result<Expression, Fault> {
    if text
        .trim_start()
        .get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case("SELECT"))
    {
        return Err(AwsError::not_implemented("Metrics Insights queries (SELECT ...)").into());
    }
    let mut parser = Parser {
        characters: text.chars().peekable(),
        text,
    };
    let parsed = parser.operations(0, 0)?;
    parser.skip_spaces();
    match parser.characters.peek() {
        None => Ok(parsed),
        Some(_) => Err(parser.misread()),
    }
}

struct Parser<'a> {
    characters: Peekable<Chars<'a>>,
    text: &'a str,
}

impl Parser<'_> {
    fn misread(&self) -> Fault {
        let rest: String = self.characters.clone().take(20).collect();
        let place = if rest.is_empty() {
            "its end".to_owned()
        } else {
            format!("'{rest}'")
        };
        validation(format!(
            "Error in expression '{}': it cannot be read at {place}.",
            self.text
        ))
    }

    fn skip_spaces(&mut self) {
        while self.characters.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn takes(&mut self, token: &str) -> bool {
        self.skip_spaces();
        let mut ahead = self.characters.clone();
        let found = token.chars().all(|c| ahead.next() == Some(c));
        if found {
            self.characters = ahead;
        }
        found
    }

    fn operations(&mut self, level: usize, depth: usize) -> Result<Expression, Fault> {
        if depth > DEEPEST {
            return Err(validation("The expression is nested too deeply."));
        }
        let Some(operators) = OPERATORS.get(level) else {
            return self.operand(depth);
        };
        let mut left = self.operations(level + 1, depth)?;
        while let Some(operator) = operators.iter().copied().find(|operator| self.takes(operator)) {
            let right = self.operations(level + 1, depth)?;
            left = Expression::Operation(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, Fault> {
        if self.takes("(") {
            let inner = self.operations(0, depth + 1)?;
            return if self.takes(")") {
                Ok(inner)
            } else {
                Err(self.misread())
            };
        }
        if self.takes("-") {
            // It binds less than a power: -a^2 is -(a^2).
            let inner = self.operations(OPERATORS.len() - 1, depth + 1)?;
            return Ok(Expression::Operation(
                "-",
                Box::new(Expression::Number(0.0)),
                Box::new(inner),
            ));
        }
        if self.takes("[") {
            return Ok(Expression::List(self.arguments("]", depth)?));
        }
        self.skip_spaces();
        let mut word = String::new();
        while let Some(c) = self
            .characters
            .next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        {
            word.push(c);
        }
        if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return word.parse().map(Expression::Number).map_err(|_| self.misread());
        }
        if word.is_empty() {
            return Err(self.misread());
        }
        if !self.takes("(") {
            return Ok(Expression::Name(word));
        }
        let upper = word.to_ascii_uppercase();
        let Some(function) = FUNCTIONS.iter().copied().find(|function| *function == upper) else {
            let what = format!("the metric math function {upper}; it has {}", FUNCTIONS.join(", "));
            return Err(AwsError::not_implemented(what).into());
        };
        Ok(Expression::Call(function, self.arguments(")", depth)?))
    }

    fn arguments(&mut self, end: &str, depth: usize) -> Result<Vec<Expression>, Fault> {
        let mut arguments = Vec::new();
        if self.takes(end) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.operations(0, depth + 1)?);
            if self.takes(end) {
                return Ok(arguments);
            }
            if !self.takes(",") {
                return Err(self.misread());
            }
        }
    }
}

type Lookup<'a> = dyn Fn(&str) -> Option<Value> + 'a;

impl Expression {
    /// The queries that it names.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Name(name) => vec![name.clone()],
            Self::Operation(_, left, right) => [left.names(), right.names()].concat(),
            // How FILL fills is a word of its own.
            Self::Call("FILL", arguments) => arguments.first().map_or(Vec::new(), Self::names),
            Self::List(inner) | Self::Call(_, inner) => inner.iter().flat_map(Self::names).collect(),
        }
    }

    /// `step`: minutes of a period.
    pub fn value(&self, lookup: &Lookup<'_>, window: Window, step: i64) -> Result<Value, Fault> {
        let inner = |expression: &Self| expression.value(lookup, window, step);
        Ok(match self {
            Self::Number(number) => Value::Number(*number),
            Self::Name(name) => lookup(name).unwrap_or(Value::Series(BTreeMap::new())),
            Self::List(items) => Value::List(items.iter().map(inner).collect::<Result<_, _>>()?),
            Self::Operation(operator, left, right) => {
                let (left, right) = (inner(left)?, inner(right)?);
                both(&left, &right, |a, b| operate(operator, a, b))
            }
            Self::Call("FILL", arguments) => match arguments.as_slice() {
                [series, how] => fill(inner(series)?, how, window, step)?,
                _ => return Err(wrong_arguments("FILL")),
            },
            Self::Call("IF", arguments) => match arguments.as_slice() {
                [condition, yes, no] => choose(&inner(condition)?, &inner(yes)?, &inner(no)?),
                _ => return Err(wrong_arguments("IF")),
            },
            Self::Call(function, arguments) => match arguments.as_slice() {
                [argument] => apply(function, inner(argument)?, step),
                _ => return Err(wrong_arguments(function)),
            },
        })
    }
}

fn wrong_arguments(function: &str) -> Fault {
    validation(format!(
        "The function {function} is called with a wrong number of arguments."
    ))
}

fn operate(operator: &str, a: f64, b: f64) -> f64 {
    let truth = |truth: bool| f64::from(u8::from(truth));
    match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "^" => a.powf(b),
        "==" => truth(a == b),
        "!=" => truth(a != b),
        ">=" => truth(a >= b),
        "<=" => truth(a <= b),
        ">" => truth(a > b),
        "<" => truth(a < b),
        "&&" => truth(a != 0.0 && b != 0.0),
        _ => truth(a != 0.0 || b != 0.0),
    }
}

/// Periods that only one of two series has, and those whose result is no number (division by zero), have no value.
fn both(left: &Value, right: &Value, run: impl Fn(f64, f64) -> f64 + Copy) -> Value {
    let finite = |(start, value): (i64, f64)| value.is_finite().then_some((start, value));
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Value::Number(run(*a, *b)),
        (Value::Series(a), Value::Number(b)) => Value::Series(
            a.iter()
                .filter_map(|(start, a)| finite((*start, run(*a, *b))))
                .collect(),
        ),
        (Value::Number(a), Value::Series(b)) => Value::Series(
            b.iter()
                .filter_map(|(start, b)| finite((*start, run(*a, *b))))
                .collect(),
        ),
        (Value::Series(a), Value::Series(b)) => {
            let common = a
                .iter()
                .filter_map(|(start, a)| finite((*start, run(*a, *b.get(start)?))));
            Value::Series(common.collect())
        }
        (Value::List(items), other) => Value::List(items.iter().map(|item| both(item, other, run)).collect()),
        (other, Value::List(items)) => Value::List(items.iter().map(|item| both(other, item, run)).collect()),
    }
}

fn choose(condition: &Value, yes: &Value, no: &Value) -> Value {
    let at = |value: &Value, start: i64| match value {
        Value::Number(number) => Some(*number),
        Value::Series(series) => series.get(&start).copied(),
        Value::List(_) => None,
    };
    match condition {
        Value::Number(number) => if *number != 0.0 { yes } else { no }.clone(),
        Value::Series(series) => {
            let chosen = series.iter().filter_map(|(start, truth)| {
                let chosen = if *truth != 0.0 { yes } else { no };
                Some((*start, at(chosen, *start)?))
            });
            Value::Series(chosen.collect())
        }
        Value::List(_) => Value::Series(BTreeMap::new()),
    }
}

/// `FILL(m, 0)`, `FILL(m, REPEAT)`.
fn fill(value: Value, how: &Expression, window: Window, step: i64) -> Result<Value, Fault> {
    let Value::Series(series) = value else { return Ok(value) };
    let mut last = match how {
        Expression::Number(number) => Some(*number),
        Expression::Operation("-", zero, number) if **zero == Expression::Number(0.0) => match **number {
            Expression::Number(number) => Some(-number),
            _ => return Err(wrong_arguments("FILL")),
        },
        Expression::Name(name) if name.eq_ignore_ascii_case("REPEAT") => None,
        Expression::Name(name) if name.eq_ignore_ascii_case("LINEAR") => {
            return Err(AwsError::not_implemented("FILL(..., LINEAR)").into());
        }
        _ => return Err(wrong_arguments("FILL")),
    };
    let repeats = last.is_none();
    let mut filled = BTreeMap::new();
    let mut start = window.from;
    while start < window.until {
        let value = series.get(&start).copied();
        if repeats {
            last = value.or(last);
        }
        filled.extend(value.or(last).map(|value| (start, value)));
        start += step.max(1);
    }
    Ok(Value::Series(filled))
}

fn apply(function: &str, argument: Value, step: i64) -> Value {
    let combine: Option<fn(f64, f64) -> f64> = match function {
        "SUM" | "AVG" => Some(|a, b| a + b),
        "MAX" => Some(f64::max),
        "MIN" => Some(f64::min),
        _ => None,
    };
    match (argument, combine) {
        // Of several series: period by period.
        (Value::List(items), Some(combine)) => {
            let mut sums: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
            for (start, value) in items.iter().filter_map(Value::series).flatten() {
                let sum = sums.entry(*start).or_insert((f64::NAN, 0.0));
                *sum = (
                    if sum.0.is_nan() { *value } else { combine(sum.0, *value) },
                    sum.1 + 1.0,
                );
            }
            let value = |(sum, count): (f64, f64)| if function == "AVG" { sum / count } else { sum };
            Value::Series(sums.into_iter().map(|(start, sum)| (start, value(sum))).collect())
        }
        // Of one series: a number.
        (Value::Series(series), Some(combine)) => match series.values().copied().reduce(combine) {
            Some(sum) if function == "AVG" => Value::Number(sum / series.len() as f64),
            Some(sum) => Value::Number(sum),
            None => Value::Series(BTreeMap::new()),
        },
        (Value::Series(series), None) => Value::Series(each(function, &series, step)),
        (Value::Number(number), _) => Value::Number(of_number(function, number)),
        (list @ Value::List(_), None) => list,
    }
}

fn each(function: &str, series: &BTreeMap<i64, f64>, step: i64) -> BTreeMap<i64, f64> {
    let steps = series.iter().zip(series.iter().skip(1));
    match function {
        "DIFF" => steps.map(|((_, a), (start, b))| (*start, b - a)).collect(),
        "RATE" => steps
            .map(|((from, a), (start, b))| (*start, (b - a) / ((start - from) * 60) as f64))
            .collect(),
        "PERIOD" => series.keys().map(|start| (*start, (step * 60) as f64)).collect(),
        _ => series
            .iter()
            .map(|(start, value)| (*start, of_number(function, *value)))
            .collect(),
    }
}

fn of_number(function: &str, number: f64) -> f64 {
    match function {
        "ABS" => number.abs(),
        "CEIL" => number.ceil(),
        "FLOOR" => number.floor(),
        _ => number,
    }
}

impl Value {
    fn series(&self) -> Option<&BTreeMap<i64, f64>> {
        match self {
            Self::Series(series) => Some(series),
            _ => None,
        }
    }

    /// A number stands for itself in every period.
    pub fn points(self, window: Window, step: i64) -> Vec<(i64, f64)> {
        match self {
            Self::Series(series) => series.into_iter().collect(),
            Self::Number(number) => {
                let periods = (window.until - window.from).max(0) / step.max(1);
                (0..periods)
                    .map(|period| (window.from + period * step, number))
                    .collect()
            }
            Self::List(items) => items
                .into_iter()
                .next()
                .map_or(Vec::new(), |first| first.points(window, step)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { from: 10, until: 14 };

    fn value(text: &str) -> Result<Vec<(i64, f64)>, String> {
        let lookup = |name: &str| match name {
            "a" => Some(Value::Series([(10, 1.0), (11, 2.0), (13, 4.0)].into())),
            "b" => Some(Value::Series([(10, 10.0), (12, 30.0), (13, 0.0)].into())),
            _ => None,
        };
        let words = |fault: Fault| fault.error.to_string();
        let value = parse(text).and_then(|parsed| parsed.value(&lookup, WINDOW, 1));
        value.map(|value| value.points(WINDOW, 1)).map_err(words)
    }

    #[test]
    fn arithmetic_on_what_both_have() {
        for (text, expected) in [
            ("a + b * 2", vec![(10, 21.0), (13, 4.0)]),
            ("(a + b) * 2", vec![(10, 22.0), (13, 8.0)]),
            ("a / b", vec![(10, 0.1)]),
            ("-a^2", vec![(10, -1.0), (11, -4.0), (13, -16.0)]),
            ("FILL(a, 0)", vec![(10, 1.0), (11, 2.0), (12, 0.0), (13, 4.0)]),
            ("FILL(a, REPEAT)", vec![(10, 1.0), (11, 2.0), (12, 2.0), (13, 4.0)]),
            ("IF(a >= 2, a, 0)", vec![(10, 0.0), (11, 2.0), (13, 4.0)]),
            ("SUM([a, b])", vec![(10, 11.0), (11, 2.0), (12, 30.0), (13, 4.0)]),
            ("DIFF(a)", vec![(11, 1.0), (13, 2.0)]),
            ("SUM(a)", vec![(10, 7.0), (11, 7.0), (12, 7.0), (13, 7.0)]),
        ] {
            let found = value(text).unwrap();
            let near = |(a, b): (&(i64, f64), &(i64, f64))| a.0 == b.0 && (a.1 - b.1).abs() < 1e-12;
            assert!(
                found.len() == expected.len() && found.iter().zip(&expected).all(near),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_or_is_not_there_is_said() {
        for (text, expected) in [
            ("a +", "ValidationError"),
            ("a b", "at 'b'"),
            ("ANOMALY_DETECTION_BAND(a)", "NotImplemented"),
            ("SELECT AVG(x) FROM y", "Metrics Insights"),
            ("IF(a)", "wrong number of arguments"),
        ] {
            let error = value(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
