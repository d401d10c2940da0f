//! Reasons why bars have no prediction.

use crate::bars::MIN_BARS;
use market_data::{Bar, Series, numbers::counted};
use serde::Serialize;
use utoipa::ToSchema;

/// Kind of reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowCode {
    /// The bar is within the warm-up of the first bar or of a missing one.
    TooFewBars,
    /// Prices are so extreme that features are not finite numbers.
    ExtremePrices,
}

/// Reason why a row has no prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowWarning {
    /// Kind of reason; stable, a program may branch on it.
    pub code: RowCode,
    /// The reason in words.
    pub message: String,
}

/// For each bar without a feature row the reason; as many as bars.
pub(super) fn row_warnings<T>(bars: &[Bar], rows: &[Option<T>], series: &Series) -> Vec<Option<RowWarning>> {
    let mut run = 0;
    let reason = |(index, row): (usize, &Option<T>)| {
        let apart =
            index.checked_sub(1).map_or(0, |before| series.interval.bars_between(bars[before].time, bars[index].time));
        run = if apart == 1 { run + 1 } else { 1 };
        row.is_none().then(|| RowWarning::of(run, apart, series))
    };
    rows.iter().enumerate().map(reason).collect()
}

impl RowWarning {
    /// Reason for a bar that ends `run` bars in a row and opens `apart` intervals after the bar before it, 0 for the first.
    fn of(run: usize, apart: i64, series: &Series) -> Self {
        if run >= MIN_BARS {
            let message = "prices so extreme that features are not finite numbers".to_owned();
            return Self { code: RowCode::ExtremePrices, message };
        }
        let gap = usize::try_from(apart)
            .ok()
            .filter(|apart| *apart > 1)
            .map(|apart| format!(": the bar before opened {} earlier", series.interval.span(apart)));
        let message = format!(
            "{} in a row up to this one, the features need {MIN_BARS}{}",
            counted(run, "bar"),
            gap.unwrap_or_default()
        );
        Self { code: RowCode::TooFewBars, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_missing_row_has_its_reason_and_the_others_none() {
        let series: Series = "eth-usd-1d-h1".parse().unwrap();
        let bar = |time: &str| Bar { time: time.parse().unwrap(), open: 1., high: 1., low: 1., close: 1., volume: 1. };
        let bars = ["2023-01-01", "2023-01-02", "2023-01-09"].map(|date| bar(&format!("{date}T00:00:00Z")));
        let warnings = row_warnings(&bars, &[None, Some(1), None], &series);
        let messages: Vec<Option<&str>> =
            warnings.iter().map(|one| one.as_ref().map(|warning| warning.message.as_str())).collect();
        assert_eq!(
            messages,
            [
                Some("1 bar in a row up to this one, the features need 121"),
                None,
                Some("1 bar in a row up to this one, the features need 121: the bar before opened 7 days earlier"),
            ]
        );
    }

    #[test]
    fn a_row_after_a_whole_run_is_missing_for_its_prices() {
        let series: Series = "eth-usd-1d-h1".parse().unwrap();
        assert_eq!(RowWarning::of(MIN_BARS, 1, &series).code, RowCode::ExtremePrices);
        assert_eq!(RowWarning::of(MIN_BARS - 1, 1, &series).code, RowCode::TooFewBars);
    }
}
