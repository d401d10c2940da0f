//! Orders of searches: `metrics.loss DESC`.

use super::{
    Attribute, Schema, Searchable, Subject, Value,
    scanner::{Token, tokens},
    schema::{invalid, shown},
};
use crate::{Result, limits, names::check_length};
use std::cmp::Ordering;

/// An order: clauses of decreasing weight, the last ones decide between equal entities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    clauses: Vec<(Subject, Direction)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ascending,
    Descending,
}

/// Position of an entity in an order. Entities without a value come last in both directions, after those with NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
struct Part {
    value: PartValue,
    direction: Direction,
}

#[derive(Debug, Clone, PartialEq)]
enum PartValue {
    Text(String),
    Number(f64),
    NotANumber,
    Absent,
}

impl OrderBy {
    /// Parses the clauses of a request, and adds the default order of the kind of search.
    ///
    /// # Errors
    /// There are too many clauses, or one does not follow the grammar.
    pub fn parse(clauses: &[String], schema: Schema) -> Result<Self> {
        if clauses.len() > limits::MAX_ORDER_CLAUSES {
            return Err(invalid(format!("An order can have {} clauses", limits::MAX_ORDER_CLAUSES)));
        }
        let mut parsed = clauses.iter().map(|clause| parse_clause(clause, schema)).collect::<Result<Vec<_>>>()?;
        let defaults: &[_] = match schema {
            Schema::Runs => &[(Attribute::StartTime, Direction::Descending), (Attribute::RunId, Direction::Ascending)],
            Schema::Experiments => {
                &[(Attribute::LastUpdateTime, Direction::Descending), (Attribute::ExperimentId, Direction::Ascending)]
            }
            Schema::Models => &[(Attribute::Name, Direction::Ascending)],
            Schema::Versions => &[
                (Attribute::LastUpdatedTimestamp, Direction::Descending),
                (Attribute::Name, Direction::Ascending),
                (Attribute::VersionNumber, Direction::Descending),
            ],
            Schema::LoggedModels => {
                &[(Attribute::CreationTimestamp, Direction::Descending), (Attribute::ModelId, Direction::Ascending)]
            }
        };
        parsed.extend(defaults.iter().map(|(attribute, direction)| (Subject::Attribute(*attribute), *direction)));
        Ok(Self { clauses: parsed })
    }

    /// Position of an entity.
    #[must_use]
    pub fn key(&self, entity: &impl Searchable) -> SortKey {
        let part = |(subject, direction): &(Subject, Direction)| Part {
            value: match subject.value(entity) {
                None => PartValue::Absent,
                Some(Value::Text(text)) => PartValue::Text(text.to_owned()),
                Some(Value::Owned(text)) => PartValue::Text(text),
                // Times in milliseconds are far below 2⁵³.
                Some(Value::Integer(number)) => PartValue::Number(number as f64),
                Some(Value::Number(number)) if number.is_nan() => PartValue::NotANumber,
                Some(Value::Number(number)) => PartValue::Number(number),
            },
            direction: *direction,
        };
        SortKey(self.clauses.iter().map(part).collect())
    }
}

fn parse_clause(text: &str, schema: Schema) -> Result<(Subject, Direction)> {
    check_length("order_by", text, limits::MAX_KEY_CHARS + 100)?;
    let bad = || invalid(format!("Invalid order_by clause '{}'. Could not be parsed.", shown(text)));
    let found = tokens(text).map_err(|_| bad())?;
    let (subject, direction) = match found.as_slice() {
        [subject] => (subject, Direction::Ascending),
        [subject, Token::Word(word)] if word.eq_ignore_ascii_case("asc") => (subject, Direction::Ascending),
        [subject, Token::Word(word)] if word.eq_ignore_ascii_case("desc") => (subject, Direction::Descending),
        _ => return Err(bad()),
    };
    let subject = match subject {
        Token::Path(entity, key) => schema.subject(Some(entity), key, true)?,
        Token::Word(key) | Token::Name(key) => schema.subject(None, key, true)?,
        _ => return Err(bad()),
    };
    Ok((subject, direction))
}

impl PartValue {
    const fn rank(&self) -> u8 {
        match self {
            Self::Text(_) | Self::Number(_) => 0,
            Self::NotANumber => 1,
            Self::Absent => 2,
        }
    }
}

impl Eq for SortKey {}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let compare = |(a, b): (&Part, &Part)| {
            let by_value = match (&a.value, &b.value) {
                (PartValue::Text(a), PartValue::Text(b)) => a.cmp(b),
                (PartValue::Number(a), PartValue::Number(b)) => a.total_cmp(b),
                _ => return a.value.rank().cmp(&b.value.rank()),
            };
            if a.direction == Direction::Descending { by_value.reverse() } else { by_value }
        };
        self.0.iter().zip(&other.0).map(compare).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
