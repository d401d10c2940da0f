//! Parser of filters.

use super::{
    Comparison, Filter, Pattern, Relation, Schema, Subject, Test,
    scanner::{Token, tokens},
    schema::{invalid, shown},
};
use crate::{Result, limits, names::check_length};

/// Characters of a pattern, which bounds the time of a match.
const MAX_PATTERN_CHARS: usize = 2_000;

impl Filter {
    /// Parses a filter; an empty one accepts everything.
    ///
    /// # Errors
    /// The text is too long, has too many comparisons, or does not follow the grammar of the kind of search.
    pub fn parse(text: &str, schema: Schema) -> Result<Self> {
        check_length("filter", text, limits::MAX_FILTER_CHARS)?;
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: tokens.into_iter().peekable(), schema };
        let mut comparisons = Vec::new();
        while parser.tokens.peek().is_some() {
            if !comparisons.is_empty() {
                parser.keyword("AND")?;
            }
            if comparisons.len() == limits::MAX_COMPARISONS {
                return Err(invalid(format!("A filter can have {} comparisons", limits::MAX_COMPARISONS)));
            }
            comparisons.push(parser.comparison()?);
        }
        Ok(Self { comparisons })
    }

    /// Text that a tag must be equal to by this filter; `None` if there is no such comparison.
    #[must_use]
    pub fn required_tag(&self, key: &str) -> Option<&str> {
        self.comparisons.iter().find_map(|comparison| match (&comparison.subject, &comparison.test) {
            (Subject::Tag(found), Test::Equal(text)) if found == key => Some(text.as_str()),
            _ => None,
        })
    }

    /// Text that an attribute must be equal to by this filter; `None` if there is no such comparison.
    #[must_use]
    pub fn required(&self, attribute: super::Attribute) -> Option<&str> {
        self.comparisons.iter().find_map(|comparison| match (&comparison.subject, &comparison.test) {
            (Subject::Attribute(found), Test::Equal(text)) if *found == attribute => Some(text.as_str()),
            _ => None,
        })
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    schema: Schema,
}

impl Parser {
    fn keyword(&mut self, expected: &str) -> Result<()> {
        match self.tokens.next() {
            Some(Token::Word(word)) if word.eq_ignore_ascii_case(expected) => Ok(()),
            other => Err(unexpected(other.as_ref(), expected)),
        }
    }

    fn comparison(&mut self) -> Result<Comparison> {
        let subject = match self.tokens.next() {
            Some(Token::Path(entity, key)) => self.schema.subject(Some(&entity), &key, false)?,
            Some(Token::Word(key) | Token::Name(key)) => self.schema.subject(None, &key, false)?,
            other => return Err(unexpected(other.as_ref(), "the name of an attribute, metric, param or tag")),
        };
        let test = match self.tokens.next() {
            Some(Token::Operator(operator)) => self.relation(operator, &subject)?,
            Some(Token::Word(word)) => self.keyword_test(&word.to_ascii_uppercase(), &subject)?,
            other => return Err(unexpected(other.as_ref(), "a comparator")),
        };
        Ok(Comparison { subject, test })
    }

    /// Test by `=`, `!=`, `<`, `<=`, `>` or `>=`.
    fn relation(&mut self, operator: &str, subject: &Subject) -> Result<Test> {
        if is_number(subject) {
            let relation = match operator {
                "<" => Relation::Less,
                "<=" => Relation::LessOrEqual,
                "=" => Relation::Equal,
                "!=" => Relation::NotEqual,
                ">=" => Relation::GreaterOrEqual,
                _ => Relation::Greater,
            };
            return match self.tokens.next() {
                Some(Token::Number(value)) => Ok(Test::Number(relation, value)),
                other => Err(unexpected(other.as_ref(), "a number")),
            };
        }
        match operator {
            "=" => Ok(Test::Equal(self.text()?)),
            "!=" => Ok(Test::NotEqual(self.text()?)),
            _ => Err(invalid(format!("Invalid comparator '{operator}' for a text"))),
        }
    }

    /// Test by `LIKE`, `ILIKE`, `IN`, `NOT IN`, `IS NULL` or `IS NOT NULL`.
    fn keyword_test(&mut self, word: &str, subject: &Subject) -> Result<Test> {
        if word == "IS" {
            return self.null_test(subject);
        }
        if is_number(subject) {
            return Err(invalid(format!("Invalid comparator '{}' for a number", shown(word))));
        }
        match word {
            "LIKE" | "ILIKE" => {
                let text = self.text()?;
                check_length("pattern", &text, MAX_PATTERN_CHARS)?;
                Ok(Test::Like(Pattern::new(&text, word == "ILIKE")))
            }
            "IN" => Ok(Test::In(self.list(subject)?)),
            "NOT" => {
                self.keyword("IN")?;
                Ok(Test::NotIn(self.list(subject)?))
            }
            _ => Err(invalid(format!("Invalid comparator '{}'", shown(word)))),
        }
    }

    fn null_test(&mut self, subject: &Subject) -> Result<Test> {
        if !self.schema.accepts_null(subject) {
            return Err(invalid("IS NULL / IS NOT NULL is only supported for tags and params".to_owned()));
        }
        let is_negated = matches!(self.tokens.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("NOT"));
        if is_negated {
            self.tokens.next();
        }
        self.keyword("NULL")?;
        Ok(if is_negated { Test::IsNotNull } else { Test::IsNull })
    }

    fn text(&mut self) -> Result<String> {
        match self.tokens.next() {
            Some(Token::Text(text)) => Ok(text),
            other => Err(unexpected(other.as_ref(), "a quoted text")),
        }
    }

    /// List of quoted texts in parentheses.
    fn list(&mut self, subject: &Subject) -> Result<Vec<String>> {
        if !self.schema.accepts_list(subject) {
            return Err(invalid(
                "Only ids, names of models and fields of datasets can be compared with a list".to_owned(),
            ));
        }
        let mut texts = Vec::new();
        let mut mark = '(';
        loop {
            match self.tokens.next() {
                Some(Token::Mark(found)) if found == mark => {}
                Some(Token::Mark(')')) if mark == ',' => return Ok(texts),
                other => return Err(unexpected(other.as_ref(), "a list of quoted texts in parentheses")),
            }
            texts.push(self.text()?);
            mark = ',';
        }
    }
}

const fn is_number(subject: &Subject) -> bool {
    match subject {
        Subject::Metric(_) => true,
        Subject::Attribute(attribute) => attribute.is_number(),
        _ => false,
    }
}

fn unexpected(found: Option<&Token>, expected: &str) -> crate::ApiError {
    let found = match found {
        None => "the end".to_owned(),
        Some(Token::Word(text) | Token::Text(text) | Token::Name(text)) => format!("'{}'", shown(text)),
        Some(Token::Path(entity, key)) => format!("'{}.{}'", shown(entity), shown(key)),
        Some(Token::Number(value)) => format!("'{value}'"),
        Some(Token::Operator(operator)) => format!("'{operator}'"),
        Some(Token::Mark(mark)) => format!("'{mark}'"),
    };
    invalid(format!("Invalid clause(s) in filter string: expected {expected}, found {found}"))
}
