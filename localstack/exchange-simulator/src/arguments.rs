//! The command line.

use jiff::Timestamp;
use market_data::time::{TimeBounds, TimeError};
use std::{path::PathBuf, str::FromStr};

const USAGE: &str = "usage: replay [--listen ADDRESS:PORT] (--data DIRECTORY | --simulate) [--name TEXT] [--seed N] \
                     [--signal X] [--start TIME] [--end TIME]";

/// What the server is started with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arguments {
    /// Where it listens.
    pub(crate) listen: String,
    /// What it serves.
    pub(crate) history: HistoryArguments,
}

/// Where the history comes from, and how it can go on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HistoryArguments {
    /// CSV and Parquet files, or the simulator when there are none.
    pub(crate) data: Option<PathBuf>,
    /// Whose files they are, for the description.
    pub(crate) name: Option<String>,
    /// Seed of every simulated bar.
    pub(crate) seed: u64,
    /// How predictable simulated bars are; 0 is a fair coin.
    pub(crate) signal: f64,
    /// First simulated bar.
    pub(crate) start: Timestamp,
    /// End of the simulated history; the present if absent.
    pub(crate) end: Option<Timestamp>,
}

/// The command line does not say what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    #[error("unknown argument `{argument}`\n{USAGE}")]
    Unknown { argument: String },
    #[error("{option} needs a value\n{USAGE}")]
    Missing { option: String },
    #[error("{option}: {source}\n{USAGE}")]
    Time { option: String, source: TimeError },
    #[error("{option} cannot be `{value}`: expected {expected}\n{USAGE}")]
    Malformed { option: String, value: String, expected: &'static str },
    #[error("give either --data or --simulate\n{USAGE}")]
    Choice,
}

impl Arguments {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, ArgumentError> {
        let mut parsed = Self {
            listen: "127.0.0.1:8900".to_owned(),
            history: HistoryArguments {
                data: None,
                name: None,
                seed: 7,
                signal: 0.0,
                start: Timestamp::from_second(1_514_764_800).unwrap_or_default(), // 2018-01-01
                end: None,
            },
        };
        let mut simulate = false;
        let mut rest = arguments.into_iter();
        while let Some(option) = rest.next() {
            let history = &mut parsed.history;
            match option.as_str() {
                "--simulate" => simulate = true,
                "--listen" => parsed.listen = value(&option, &mut rest)?,
                "--data" => history.data = Some(value(&option, &mut rest)?.into()),
                "--name" => history.name = Some(value(&option, &mut rest)?),
                "--seed" => history.seed = number(&option, &mut rest, "a whole number, 0 or more")?,
                "--signal" => history.signal = number(&option, &mut rest, "a number")?,
                "--start" => history.start = time(&option, &mut rest)?,
                "--end" => history.end = Some(time(&option, &mut rest)?),
                _ => return Err(ArgumentError::Unknown { argument: option }),
            }
        }
        if simulate == parsed.history.data.is_some() {
            return Err(ArgumentError::Choice);
        }
        Ok(parsed)
    }
}

fn value(option: &str, rest: &mut impl Iterator<Item = String>) -> Result<String, ArgumentError> {
    rest.next().ok_or_else(|| ArgumentError::Missing { option: option.to_owned() })
}

fn number<T: FromStr>(
    option: &str,
    rest: &mut impl Iterator<Item = String>,
    expected: &'static str,
) -> Result<T, ArgumentError> {
    let text = value(option, rest)?;
    text.parse().map_err(|_| ArgumentError::Malformed { option: option.to_owned(), value: text, expected })
}

fn time(option: &str, rest: &mut impl Iterator<Item = String>) -> Result<Timestamp, ArgumentError> {
    let text = value(option, rest)?;
    TimeBounds::STATED.parse(&text).map_err(|source| ArgumentError::Time { option: option.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, ArgumentError> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn one_kind_of_history_has_to_be_chosen() {
        assert_eq!(parse(""), Err(ArgumentError::Choice));
        assert_eq!(parse("--data here --simulate"), Err(ArgumentError::Choice));
        assert_eq!(parse("--data here").unwrap().history.data, Some("here".into()));
    }

    #[test]
    fn a_bad_value_is_named_with_its_option() {
        let error = parse("--simulate --signal strong").unwrap_err();
        assert!(error.to_string().starts_with("--signal cannot be `strong`: expected a number"), "{error}");
        let error = parse("--simulate --start 43101").unwrap_err().to_string();
        assert!(error.starts_with("--start: `43101` looks like the serial day"), "{error}");
        assert!(matches!(parse("--simulate --seed"), Err(ArgumentError::Missing { .. })));
        assert!(matches!(parse("--simulate --speed 3"), Err(ArgumentError::Unknown { .. })));
    }
}
