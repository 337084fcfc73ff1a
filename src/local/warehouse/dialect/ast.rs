//! A statement's expressions and queries, as Redshift's grammar has them.

use super::statement::{TableName, Type};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Null,
    Boolean(bool),
    /// As written.
    Number(String),
    Text(String),
    /// `DATE '2026-11-25'`
    Typed(Type, String, usize),
    /// `INTERVAL '1 day'`: number and unit of each part.
    Interval(Vec<(String, Part)>),
    Path(Path),
    Negative(Box<Expr>),
    BitNot(Box<Expr>),
    Binary(Box<Binary>),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Is(Box<Expr>, Test, Negated),
    Between(Box<Between>),
    In(Box<Expr>, Vec<Expr>, Negated),
    InQuery(Box<Expr>, Box<Query>, Negated),
    Like(Box<Like>),
    /// `left op ANY (query)`; `true`: `ALL`.
    Quantified(&'static str, Box<Expr>, bool, Box<Query>),
    Exists(Box<Query>),
    Scalar(Box<Query>),
    Row(Vec<Expr>),
    Case(Box<Case>),
    Cast(Box<Expr>, Type, usize),
    Call(Box<Call>),
}

/// `NOT` before the operator.
pub(super) type Negated = bool;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Binary {
    pub op: &'static str,
    pub left: Expr,
    pub right: Expr,
    pub at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Test {
    Null,
    True,
    False,
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Between {
    pub value: Expr,
    pub low: Expr,
    pub high: Expr,
    pub negated: Negated,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Like {
    pub kind: LikeKind,
    pub value: Expr,
    pub pattern: Expr,
    pub escape: Option<Expr>,
    pub negated: Negated,
    pub at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LikeKind {
    Like,
    ILike,
    SimilarTo,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Case {
    pub operand: Option<Expr>,
    pub whens: Vec<(Expr, Expr)>,
    pub otherwise: Option<Expr>,
}

/// A column, or PartiQL's way into a SUPER value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub base: Base,
    pub steps: Vec<Step>,
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Base {
    /// `a`, `a.b`, ...: what is a table and what a key is known where the FROM clause is.
    Names(Vec<String>),
    Value(Box<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Key(String),
    Index(u64),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Call {
    pub name: String,
    pub at: usize,
    pub arguments: Vec<Expr>,
    /// `count(*)`
    pub star: bool,
    pub distinct: bool,
    pub approximate: bool,
    /// `WITHIN GROUP (ORDER BY ...)`
    pub within: Option<Vec<Order>>,
    /// `IGNORE NULLS`; `false`: `RESPECT NULLS`.
    pub ignore_nulls: Option<bool>,
    pub over: Option<Window>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Window {
    pub partition: Vec<Expr>,
    pub order: Vec<Order>,
    /// `ROWS ...`, as DuckDB reads it too.
    pub frame: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    pub by: Expr,
    pub descending: bool,
    pub nulls_first: Option<bool>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub with: Vec<Cte>,
    pub recursive: bool,
    pub body: Body,
    pub order: Vec<Order>,
    pub limit: Option<Expr>,
    pub offset: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cte {
    pub name: String,
    pub columns: Vec<String>,
    pub query: Query,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    Select(Box<Select>),
    Set(&'static str, Box<Body>, Box<Body>),
    Nested(Box<Query>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Select {
    pub distinct: bool,
    pub top: Option<u64>,
    pub items: Vec<Item>,
    pub into: Option<Into>,
    pub from: Vec<Relation>,
    pub filter: Option<Expr>,
    pub group: Vec<Group>,
    pub having: Option<Expr>,
    pub qualify: Option<Expr>,
}

/// `SELECT ... INTO [TEMP] name`
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Into {
    pub name: TableName,
    pub temporary: bool,
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Star {
        table: Option<String>,
        exclude: Vec<String>,
    },
    Value {
        value: Expr,
        alias: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Group {
    By(Expr),
    All,
    Rollup(Vec<Vec<Expr>>),
    Cube(Vec<Vec<Expr>>),
    Sets(Vec<Vec<Expr>>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Relation {
    /// A table, or an array of a relation to the left: `FROM t, t.items AS i AT n`.
    Named(Named),
    Derived {
        query: Box<Query>,
        alias: Option<Alias>,
    },
    Join(Box<Join>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named {
    pub path: Vec<String>,
    pub steps: Vec<Step>,
    pub alias: Option<Alias>,
    /// `AT name`
    pub index: Option<String>,
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alias {
    pub name: String,
    pub columns: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Join {
    /// `LEFT JOIN`
    pub kind: &'static str,
    pub natural: bool,
    pub left: Relation,
    pub right: Relation,
    pub on: Option<Expr>,
    pub using: Vec<String>,
}

/// Parts of a date or time (<https://docs.aws.amazon.com/redshift/latest/dg/r_Dateparts_for_datetime_functions.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Millennium,
    Century,
    Decade,
    Year,
    Quarter,
    Month,
    Week,
    Day,
    DayOfWeek,
    DayOfYear,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Epoch,
}
