//! The command line.

use jiff::Timestamp;
use market_data::{
    Series,
    csv::{CsvFormat, ParseFormatError},
    time::{TimeBounds, TimeError},
};
use std::{path::PathBuf, str::FromStr};

const USAGE: &str = "usage: make backtest DATA=file.csv SERIES=eth-usd-1d-h1 [FROM=2019-08-17] [REFIT=30] [TRIALS=40] \
                     [SEED=1] [OUT=directory] [FORMAT=kraken], or backtest --data FILE --series SERIES [--from TIME] \
                     [--refit BARS] [--trials N] [--seed N] [--out DIRECTORY] [--format FORMAT]";

/// What to do.
#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    /// The file of bars: CSV, Parquet, or either in gzip or zip.
    pub(crate) data: PathBuf,
    /// Format of the CSV; none: the one that it looks like.
    pub(crate) format: Option<CsvFormat>,
    /// What is forecast.
    pub(crate) series: Series,
    /// No forecast is made before.
    pub(crate) from: Option<Timestamp>,
    /// Bars from one refit to the next, above zero.
    pub(crate) refit: Option<usize>,
    /// Trials of a search, above zero.
    pub(crate) trials: Option<usize>,
    /// Seed of every random choice in fitting.
    pub(crate) seed: Option<u64>,
    /// Where the report goes.
    pub(crate) out: PathBuf,
}

/// The command line does not say what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    #[error("unknown argument `{argument}`\n{USAGE}")]
    Unknown { argument: String },
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
        let (mut data, mut series, mut from, mut refit) = (None, None, None, None);
        let (mut trials, mut seed, mut out, mut format) = (None, None, None, None);
        let mut rest = arguments.into_iter();
        while let Some(option) = rest.next() {
            let (place, option) = match option.as_str() {
                "--data" => (&mut data, "--data"),
                "--series" => (&mut series, "--series"),
                "--from" => (&mut from, "--from"),
                "--refit" => (&mut refit, "--refit"),
                "--trials" => (&mut trials, "--trials"),
                "--seed" => (&mut seed, "--seed"),
                "--out" => (&mut out, "--out"),
                "--format" => (&mut format, "--format"),
                _ => return Err(ArgumentError::Unknown { argument: option }),
            };
            *place = Some(rest.next().filter(|value| !value.is_empty()).ok_or(ArgumentError::Missing { option })?);
        }
        let data = data.ok_or(ArgumentError::Missing { option: "--data" })?;
        let series = series.ok_or(ArgumentError::Missing { option: "--series" })?;
        let series: Series = number("--series", series, "a series such as eth-usd-1d-h1 or eth-usd-1h-h24")?;
        let time = |text: String| {
            TimeBounds::STATED.parse(&text).map_err(|source| ArgumentError::Time { option: "--from", source })
        };
        let bars = |text| number("--refit", text, "a number of bars above zero");
        let count = |text| number("--trials", text, "a number above zero");
        Ok(Self {
            from: from.map(time).transpose()?,
            refit: refit.map(bars).transpose()?.map(std::num::NonZeroUsize::get),
            trials: trials.map(count).transpose()?.map(std::num::NonZeroUsize::get),
            seed: seed.map(|text| number("--seed", text, "a whole number")).transpose()?,
            out: out.map_or_else(|| PathBuf::from("build/backtest").join(series.slug()), PathBuf::from),
            data: data.into(),
            format: format.map(self::format).transpose()?,
            series,
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
    fn data_and_series_are_enough() {
        let arguments = parse("--data x.csv --series eth-usd-1d-h7").unwrap();
        assert_eq!(arguments.out, PathBuf::from("build/backtest/eth-usd-1d-h7"));
        assert_eq!((arguments.from, arguments.refit, arguments.trials, arguments.seed), (None, None, None, None));
        let line = "--data x.csv --series eth-usd-1d-h7 --from 2019-08-17 --refit 7 --trials 9 --seed 3 --out there \
                    --format kraken";
        let all = parse(line).unwrap();
        assert_eq!(all.from.map(|from| from.to_string()).as_deref(), Some("2019-08-17T00:00:00Z"));
        assert_eq!(all.format, Some(CsvFormat::Kraken));
        assert_eq!((all.refit, all.trials, all.seed, all.out), (Some(7), Some(9), Some(3), "there".into()));
    }

    #[test]
    fn eight_digits_are_a_date_and_not_1970() {
        let arguments = parse("--data x.csv --series eth-usd-1d-h1 --from 20210601").unwrap();
        assert_eq!(arguments.from.map(|from| from.to_string()).as_deref(), Some("2021-06-01T00:00:00Z"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, named) in [
            ("--series eth-usd-1d-h1", "--data needs"),
            ("--data x.csv --series", "--series needs"),
            ("--data x.csv --series ETH", "`ETH`"),
            ("--data x.csv --series eth-usd-1d-h1 --refit 0", "--refit cannot be `0`"),
            ("--data x.csv --series eth-usd-1d-h1 --trials many", "--trials cannot be `many`"),
            ("--data x.csv --series eth-usd-1d-h1 --from soon", "--from: `soon` is not a time"),
            ("--data x.csv --series eth-usd-1d-h1 --from 44197", "--from: `44197` looks like the serial day"),
            ("--data x.csv --series eth-usd-1d-h1 --format excel", "--format: unknown format `excel`"),
            ("--fast", "`--fast`"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(named) && error.contains("usage: make backtest"), "{line}: {error}");
        }
    }
}
