//! Filters and orders of searches: MLflow's grammar, its parser and its evaluation.
//!
//! A filter is a list of comparisons joined by `AND`: ``metrics.loss < 0.7 AND tags.`model kind` ILIKE '%forest%'``.

mod evaluate;
mod order;
mod parse;
mod pattern;
mod scanner;
mod schema;
mod subject;

pub use order::{OrderBy, SortKey};
pub use schema::Schema;
pub use subject::{Attribute, DatasetField, Searchable, Subject, Value};

use pattern::Pattern;

/// A parsed filter; every comparison must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    comparisons: Vec<Comparison>,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq)]
struct Comparison {
    subject: Subject,
    test: Test,
}

/// Right side of a comparison.
#[derive(Debug, Clone, PartialEq)]
enum Test {
    Number(Relation, f64),
    Equal(String),
    NotEqual(String),
    Like(Pattern),
    In(Vec<String>),
    NotIn(Vec<String>),
    IsNull,
    IsNotNull,
}

/// Relation of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

#[cfg(test)]
mod tests;
