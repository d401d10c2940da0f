//! The command line.

use jiff::Timestamp;
use market_data::{
    Series,
    csv::{CsvFormat, ParseFormatError},
    time::{TimeBounds, TimeError},
};
use std::{path::PathBuf, str::FromStr};

const USAGE: &str = "usage: monitoring markets [--series eth-usd-1d-h1] [--markets 200] [--seed 1] [--every BARS] [--drift JSON] [--out DIRECTORY]\n       \
                     monitoring replay --data FILE [--format FORMAT] [--series eth-usd-1d-h1] [--from 2019-01-01] [--trials N] [--drift JSON] [--out DIRECTORY]\n       \
                     monitoring export [--series eth-usd-1d-h1] [--markets 200] [--seed 1] [--out DIRECTORY]";

/// What to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Task {
    /// False alarms and delays on simulated markets.
    Markets,
    /// The alerts and the policies on a file of bars.
    Replay { data: PathBuf, from: Timestamp, format: Option<CsvFormat> },
    /// The features of simulated markets as CSV.
    Export,
}

/// What to do, on what.
#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) task: Task,
    pub(crate) series: Series,
    pub(crate) markets: u64,
    /// Seed of the first market.
    pub(crate) seed: u64,
    /// Bars from one look to the next.
    pub(crate) every: usize,
    /// Trials of a search; none: the functions' default.
    pub(crate) trials: Option<usize>,
    /// Overrides of the drift configuration, as `WEATHERVANE_DRIFT` has them.
    pub(crate) drift: Option<serde_json::Value>,
    pub(crate) out: PathBuf,
}

/// The command line does not say what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    #[error("unknown argument `{argument}`\n{USAGE}")]
    Unknown { argument: String },
    #[error("`{task}` is no task: expected markets, replay or export\n{USAGE}")]
    Task { task: String },
    #[error("{option} is an option of replay alone\n{USAGE}")]
    OtherTask { option: &'static str },
    #[error("{option} needs a value\n{USAGE}")]
    Missing { option: &'static str },
    #[error("{option}: {source}\n{USAGE}")]
    Time { option: &'static str, source: TimeError },
    #[error("--format: {source}\n{USAGE}")]
    Format { source: ParseFormatError },
    #[error("{option} cannot be `{value}`: expected {expected}\n{USAGE}")]
    Malformed { option: &'static str, value: String, expected: &'static str },
}

impl Arguments {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, ArgumentError> {
        let mut rest = arguments.into_iter();
        let task = rest.next().unwrap_or_default();
        let (mut data, mut format, mut series, mut from, mut markets) = (None, None, None, None, None);
        let (mut seed, mut every, mut trials, mut drift, mut out) = (None, None, None, None, None);
        while let Some(option) = rest.next() {
            let (place, option) = match option.as_str() {
                "--data" => (&mut data, "--data"),
                "--format" => (&mut format, "--format"),
                "--series" => (&mut series, "--series"),
                "--from" => (&mut from, "--from"),
                "--markets" => (&mut markets, "--markets"),
                "--seed" => (&mut seed, "--seed"),
                "--every" => (&mut every, "--every"),
                "--trials" => (&mut trials, "--trials"),
                "--drift" => (&mut drift, "--drift"),
                "--out" => (&mut out, "--out"),
                _ => return Err(ArgumentError::Unknown { argument: option }),
            };
            *place = Some(rest.next().filter(|value| !value.is_empty()).ok_or(ArgumentError::Missing { option })?);
        }
        let task = match task.as_str() {
            "markets" => Task::Markets,
            "export" => Task::Export,
            "replay" => {
                let data = data.take().ok_or(ArgumentError::Missing { option: "--data" })?.into();
                let text = from.take().unwrap_or_else(|| "2019-01-01".to_owned());
                let malformed = |source| ArgumentError::Time { option: "--from", source };
                let from = TimeBounds::STATED.parse(&text).map_err(malformed)?;
                let format = format.take().map(self::format).transpose()?;
                Task::Replay { data, from, format }
            }
            _ => return Err(ArgumentError::Task { task }),
        };
        for (option, value) in [("--data", data), ("--from", from), ("--format", format)] {
            if value.is_some() {
                return Err(ArgumentError::OtherTask { option });
            }
        }
        let series = series.unwrap_or_else(|| "eth-usd-1d-h1".to_owned());
        let series: Series = number("--series", series, "a series such as eth-usd-1d-h1 or eth-usd-1h-h24")?;
        if task == Task::Markets && series.horizon != 1 {
            let expected = "a horizon of one bar, which is all that a simulated market's champion knows";
            return Err(ArgumentError::Malformed { option: "--series", value: series.slug(), expected });
        }
        let above_zero = "a number above zero";
        let count = |option, text| number::<std::num::NonZeroUsize>(option, text, above_zero);
        Ok(Self {
            task,
            series,
            markets: markets.map_or(Ok(200), |text| Ok(count("--markets", text)?.get() as u64))?,
            seed: seed.map_or(Ok(1), |text| number("--seed", text, "a whole number"))?,
            every: every.map_or(Ok(1), |text| Ok(count("--every", text)?.get()))?,
            trials: trials.map(|text| Ok(count("--trials", text)?.get())).transpose()?,
            drift: drift.map(|text| number("--drift", text, "a JSON object of drift settings")).transpose()?,
            out: out.unwrap_or_else(|| "build/monitoring".to_owned()).into(),
        })
    }
}

fn format(name: String) -> Result<CsvFormat, ArgumentError> {
    name.parse().map_err(|source| ArgumentError::Format { source })
}

fn number<T: FromStr>(option: &'static str, value: String, expected: &'static str) -> Result<T, ArgumentError> {
    value.parse().map_err(|_| ArgumentError::Malformed { option, value, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, ArgumentError> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_task_has_its_defaults() {
        let markets = parse("markets --markets 9").unwrap();
        assert_eq!((markets.task, markets.markets, markets.seed, markets.every), (Task::Markets, 9, 1, 1));
        let replay = parse("replay --data x.csv --trials 8").unwrap();
        let Task::Replay { from, .. } = replay.task else { unreachable!() };
        assert_eq!((from.to_string().as_str(), replay.trials), ("2019-01-01T00:00:00Z", Some(8)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, named) in [
            ("", "`` is no task: expected markets"),
            ("look", "`look` is no task"),
            ("replay", "--data needs"),
            ("replay --data x.csv --from soon", "--from: `soon` is not a time"),
            ("markets --markets 0", "--markets cannot be `0`"),
            ("markets --data x.csv", "--data is an option of replay alone"),
            ("markets --series eth-usd-1h-h24", "a horizon of one bar"),
            ("markets --drift {", "--drift cannot be `{`"),
            ("markets --fast", "`--fast`"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(named) && error.contains("usage: monitoring"), "{line}: {error}");
        }
    }
}
