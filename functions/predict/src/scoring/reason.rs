//! Reasons of absent predictions.

use crate::bars::MIN_BARS;
use market_data::{Bar, Series, numbers::counted};
use serde::Serialize;
use utoipa::ToSchema;

/// Kind of a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowCode {
    /// The bar is within the warm-up of the first bar or of a missing one.
    TooFewBars,
    /// Prices are so extreme that features are not finite numbers.
    ExtremePrices,
}

/// Reason of an absent prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowWarning {
    /// Kind of the reason; stable, programs may branch on it.
    pub code: RowCode,
    /// Description of this occurrence, in a sentence.
    pub message: String,
}

/// One entry per bar: the reason of an absent feature row, else `None`.
pub(super) fn row_warnings<T>(bars: &[Bar], rows: &[Option<T>], series: &Series) -> Vec<Option<RowWarning>> {
    let mut consecutive = 0;
    let reason = |(index, row): (usize, &Option<T>)| {
        let distance =
            index.checked_sub(1).map_or(0, |before| series.interval.bars_between(bars[before].time, bars[index].time));
        consecutive = if distance == 1 { consecutive + 1 } else { 1 };
        row.is_none().then(|| RowWarning::new(consecutive, distance, series))
    };
    rows.iter().enumerate().map(reason).collect()
}

impl RowWarning {
    /// Reason for a bar before which no move was settled.
    pub(super) fn without_moves(series: &Series) -> Self {
        let message =
            format!("no move over {} is settled up to this bar", series.interval.span(series.horizon as usize));
        Self { code: RowCode::TooFewBars, message }
    }

    /// Reason for the last of `consecutive` bars, which opens `distance` intervals after the bar before it; 0 for the first.
    fn new(consecutive: usize, distance: i64, series: &Series) -> Self {
        if consecutive >= MIN_BARS {
            let message = "prices so extreme that features are not finite numbers".to_owned();
            return Self { code: RowCode::ExtremePrices, message };
        }
        let gap = usize::try_from(distance)
            .ok()
            .filter(|distance| *distance > 1)
            .map(|distance| format!(": the bar before opened {} earlier", series.interval.span(distance)));
        let message = format!(
            "{} in a row up to this one, the features need {MIN_BARS}{}",
            counted(consecutive, "bar"),
            gap.unwrap_or_default()
        );
        Self { code: RowCode::TooFewBars, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_missing_rows_have_a_reason() {
        let series: Series = "eth-usd-1d-h1".parse().unwrap();
        let bar = |time: &str| Bar { time: time.parse().unwrap(), open: 1., high: 1., low: 1., close: 1., volume: 1. };
        let bars = ["2023-01-01", "2023-01-02", "2023-01-09"].map(|date| bar(&format!("{date}T00:00:00Z")));
        let warnings = row_warnings(&bars, &[None, Some(1), None], &series);
        let messages: Vec<Option<&str>> =
            warnings.iter().map(|warning| warning.as_ref().map(|warning| warning.message.as_str())).collect();
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
    fn a_row_after_enough_bars_is_missing_for_its_prices() {
        let series: Series = "eth-usd-1d-h1".parse().unwrap();
        assert_eq!(RowWarning::new(MIN_BARS, 1, &series).code, RowCode::ExtremePrices);
        assert_eq!(RowWarning::new(MIN_BARS - 1, 1, &series).code, RowCode::TooFewBars);
    }
}
