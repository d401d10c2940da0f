//! The rows of a training: bars with features and a label, aligned.

use crate::TrainError;
use features::{
    self, FeatureRow,
    baselines::{LabelCounts, climatology, persistence},
    labels::{self, labels},
};
use jiff::Timestamp;
use market_data::{Bar, Series};
use std::ops::Range;

/// Rows in the order of time. All vectors are equally long.
#[derive(Debug, Default)]
pub(crate) struct TrainingSet {
    pub(crate) rows: Vec<FeatureRow>,
    /// Place of each row's bar among the bars.
    pub(crate) bar_indices: Vec<usize>,
    /// Decision time of each row.
    pub(crate) decision_times: Vec<Timestamp>,
    /// The label.
    pub(crate) labels: Vec<bool>,
    /// Whether the move was too small to learn from.
    pub(crate) neutral: Vec<bool>,
    /// The base rate known at the decision time.
    pub(crate) climatology: Vec<f64>,
    /// The forecast of persistence known at the decision time.
    pub(crate) persistence: Vec<f64>,
    /// Return of the bar after each row's.
    pub(crate) next_return: Vec<f64>,
    /// Bars until a label is known.
    pub(crate) horizon: usize,
    /// Bars with features whose label is a tie, missing, or not known yet: nothing is learnt from them, but they are
    /// forecast.
    pub(crate) unlabelled: Vec<Unlabelled>,
    /// Decision times of those whose outcome is a tie.
    pub(crate) tied: Vec<Timestamp>,
}

/// A bar that can be forecast, without an outcome.
#[derive(Debug)]
pub(crate) struct Unlabelled {
    pub(crate) bar: usize,
    pub(crate) row: FeatureRow,
    pub(crate) climatology: f64,
    pub(crate) persistence: f64,
}

impl TrainingSet {
    /// Rows from the bars that are closed at `as_of`; moves within `neutral_band` volatilities are neutral.
    pub(crate) fn new(bars: &[Bar], series: &Series, as_of: Timestamp, neutral_band: f64) -> Self {
        let bars = closed_bars(bars, series, as_of);
        let labels = labels(bars, series.interval, series.horizon);
        let ties = labels::ties(bars, series.interval, series.horizon);
        let neutral = labels::within_neutral_band(bars, series.interval, series.horizon, neutral_band);
        let rates = climatology(&labels, series.horizon);
        let persistence = persistence(series, bars, &labels, &rates);
        let mut frame = Self { horizon: series.horizon as usize, ..Self::default() };
        for (bar, row) in features::feature_rows(bars, series.interval).into_iter().enumerate() {
            let Some(row) = row else { continue };
            let Some(up) = labels[bar] else {
                let (climatology, persistence) = (rates[bar], persistence[bar]);
                if ties[bar] {
                    frame.tied.push(series.decision_time(row.time));
                }
                frame.unlabelled.push(Unlabelled { bar, row, climatology, persistence });
                continue;
            };
            frame.bar_indices.push(bar);
            frame.decision_times.push(series.decision_time(row.time));
            frame.rows.push(row);
            frame.labels.push(up);
            frame.neutral.push(neutral[bar]);
            frame.climatology.push(rates[bar]);
            frame.persistence.push(persistence[bar]);
            // A row with a label has a next bar.
            frame.next_return.push(bars.get(bar + 1).map_or(0.0, |next| next.close / bars[bar].close - 1.0));
        }
        frame
    }

    /// Refuses a frame of which no row has a label.
    pub(crate) fn check_labels(&self, bars: usize) -> Result<(), TrainError> {
        match (self.rows.len(), self.tied.len()) {
            (0, 0) => Err(TrainError::NoLabels { bars }),
            (0, ties) => Err(TrainError::AllTies { ties }),
            _ => Ok(()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many features a row has.
    pub(crate) fn width(&self) -> usize {
        self.rows.first().map_or(0, |row| row.values.len())
    }

    /// Base rate of `up` in some rows, as climatology counts it.
    pub(crate) fn base_rate(&self, range: Range<usize>) -> f64 {
        let horizon = u32::try_from(self.horizon).unwrap_or(u32::MAX);
        LabelCounts::from_labels(&self.labels[range]).base_rate(horizon)
    }
}

/// The bars that are closed at `as_of`; bars ascend.
pub(crate) fn closed_bars<'a>(bars: &'a [Bar], series: &Series, as_of: Timestamp) -> &'a [Bar] {
    &bars[..bars.partition_point(|bar| series.decision_time(bar.time) <= as_of)]
}
