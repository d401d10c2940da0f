//! Tokens of a filter or an order.

use super::schema::{invalid, shown};
use crate::Result;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A bare word, such as `AND` or `status`.
    Word(String),
    /// Entity and key, such as ``tags.`a b` ``.
    Path(String, String),
    /// A text in single or double quotes.
    Text(String),
    /// A name in backticks.
    Name(String),
    /// A number.
    Number(f64),
    /// One of `= != < <= > >=`.
    Operator(&'static str),
    /// `(`, `)` or `,`.
    Mark(char),
}

/// Longest operators first.
const OPERATORS: [&str; 6] = ["!=", "<=", ">=", "=", "<", ">"];

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':')
}

/// Splits a text into its tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '\'' | '"' => {
                let (value, after) = quoted(rest, first)?;
                (Token::Text(value.to_owned()), after)
            }
            '`' => {
                let (value, after) = quoted(rest, first)?;
                match after.strip_prefix('.') {
                    Some(after) => path(value, after)?,
                    None => (Token::Name(value.to_owned()), after),
                }
            }
            '(' | ')' | ',' => (Token::Mark(first), rest.get(1..).unwrap_or_default()),
            '+' => word(rest.get(1..).unwrap_or_default())?,
            _ if is_word(first) => word(rest)?,
            _ => {
                let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator));
                let operator = operator
                    .ok_or_else(|| invalid(format!("Invalid clause(s) in filter string: '{}'", shown(rest))))?;
                (Token::Operator(operator), rest.get(operator.len()..).unwrap_or_default())
            }
        };
        found.push(token);
        rest = after.trim_start();
    }
    Ok(found)
}

/// Content of a quoted text, and the text after it.
fn quoted(text: &str, quote: char) -> Result<(&str, &str)> {
    let inside = text.get(1..).unwrap_or_default();
    inside
        .split_once(quote)
        .ok_or_else(|| invalid(format!("Invalid filter: the quote before '{}' is not closed", shown(inside))))
}

/// A word, number or path at the start of the text.
fn word(text: &str) -> Result<(Token, &str)> {
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    if word.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') {
        return number(text, word, after);
    }
    match word.split_once('.') {
        Some((entity, "")) => path(entity, after),
        Some((entity, key)) => Ok((Token::Path(entity.to_owned(), key.to_owned()), after)),
        None => Ok((Token::Word(word.to_owned()), after)),
    }
}

/// A number, whose exponent may have a sign that no word has.
fn number<'a>(text: &'a str, word: &str, after: &'a str) -> Result<(Token, &'a str)> {
    let mut end = word.len();
    if word.ends_with(['e', 'E']) && after.starts_with('+') {
        end +=
            1 + after.get(1..).map_or(0, |digits| digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len()));
    }
    let (word, after) = text.split_at(end);
    let is_plain = word.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'));
    match word.parse::<f64>() {
        Ok(value) if is_plain && value.is_finite() => Ok((Token::Number(value), after)),
        _ => Err(invalid(format!("Invalid filter: '{}' is neither a number nor a quoted text", shown(word)))),
    }
}

/// Entity and key, where the key may be quoted.
fn path<'a>(entity: &str, after: &'a str) -> Result<(Token, &'a str)> {
    let (key, after) = match after.chars().next() {
        Some(quote @ ('`' | '"' | '\'')) => quoted(after, quote)?,
        _ => after.split_at(after.find(|c| !is_word(c)).unwrap_or(after.len())),
    };
    Ok((Token::Path(entity.to_owned(), key.to_owned()), after))
}
