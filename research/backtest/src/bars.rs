//! The bars of a CSV. A file that is not in order is refused with the line: whoever measures should know what they
//! measure.

use domain::{
    Bar, BarError, Interval,
    csv::{self, CsvError},
};
use jiff::Timestamp;

/// Why the text is not a history of bars. Lines count from 1.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum BarsError {
    #[error(transparent)]
    Csv(#[from] CsvError),
    #[error("line {line}: {time} comes twice")]
    Duplicate { line: usize, time: Timestamp },
    #[error("line {line}: {time} does not come after {previous}: bars must ascend")]
    Order { line: usize, time: Timestamp, previous: Timestamp },
    #[error("line {line}: {time} is not the open time of a {interval} bar; does the series fit the file?")]
    Grid { line: usize, time: Timestamp, interval: Interval },
    #[error("line {line}")]
    Bar { line: usize, source: BarError },
}

/// The bars, ascending, valid, and on the grid of `interval`.
pub(crate) fn parse(text: &str, interval: Interval) -> Result<Vec<Bar>, BarsError> {
    let mut bars: Vec<Bar> = Vec::new();
    for (line, bar) in csv::parse(text)? {
        let time = bar.time;
        match bars.last().map(|bar| bar.time) {
            Some(previous) if previous == time => return Err(BarsError::Duplicate { line, time }),
            Some(previous) if previous > time => return Err(BarsError::Order { line, time, previous }),
            _ => {}
        }
        if !interval.is_aligned(time) {
            return Err(BarsError::Grid { line, time, interval });
        }
        bar.check(bars.len()).map_err(|source| BarsError::Bar { line, source })?;
        bars.push(bar);
    }
    Ok(bars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::failure::chain;

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let first = "2023-01-01,10,12,9,11,5";
        for (lines, message) in [
            (format!("{first}\nsoon,10,12,9,11,5"), "line 3: `soon` is not a time"),
            (format!("{first}\n\n{first}"), "line 4: 2023-01-01T00:00:00Z comes twice"),
            (
                format!("2023-01-02,10,12,9,11,5\n{first}"),
                "line 3: 2023-01-01T00:00:00Z does not come after 2023-01-02",
            ),
            (
                format!("{first}\n2023-01-02T01:00:00Z,10,12,9,11,5"),
                "line 3: 2023-01-02T01:00:00Z is not the open time",
            ),
            (format!("{first}\n2023-01-02,10,8,9,11,5"), "line 3: bar 1 (2023-01-02T00:00:00Z): high is 8"),
            (format!("{first}\n2023-01-02,NaN,12,9,11,5"), "line 3: bar 1 (2023-01-02T00:00:00Z): open is NaN"),
        ] {
            let error = parse(&format!("timestamp,open,high,low,close,volume\n{lines}\n"), Interval::Day).unwrap_err();
            assert!(chain(&error).starts_with(message), "{} is not {message}", chain(&error));
        }
    }
}
