//! Training set: bars with features and a label, as aligned columns.

use crate::TrainError;
use features::{
    self, FeatureRow,
    baselines::{LabelCounts, climatology, persistence},
    labels::{self, labels},
};
use jiff::Timestamp;
use market_data::{Bar, Series};
use std::ops::Range;

/// Labelled rows, ascending by time. The columns before `horizon` have one value for each row.
#[derive(Debug, Default)]
pub(crate) struct TrainingSet {
    pub(crate) rows: Vec<FeatureRow>,
    /// Index of each row's bar.
    pub(crate) bar_indices: Vec<usize>,
    /// Decision time of each row.
    pub(crate) decision_times: Vec<Timestamp>,
    /// Label of each row: true for up.
    pub(crate) labels: Vec<bool>,
    /// True if the move is within the neutral band, so that the row is excluded from fits.
    pub(crate) neutral: Vec<bool>,
    /// Base rate known at the decision time.
    pub(crate) climatology: Vec<f64>,
    /// Forecast of persistence known at the decision time.
    pub(crate) persistence: Vec<f64>,
    /// Return of the bar after each row's bar.
    pub(crate) next_return: Vec<f64>,
    /// Number of bars until a label is known.
    pub(crate) horizon: usize,
    /// Bars with features but without a label, because of a tie, a gap, or a target not yet closed. They are forecast in the
    /// evaluation, but not used for fits.
    pub(crate) unlabelled: Vec<UnlabelledBar>,
    /// Decision times of the bars whose outcome is a tie.
    pub(crate) tied: Vec<Timestamp>,
}

/// Bar with features but without a label.
#[derive(Debug)]
pub(crate) struct UnlabelledBar {
    pub(crate) bar: usize,
    pub(crate) row: FeatureRow,
    pub(crate) climatology: f64,
    pub(crate) persistence: f64,
}

impl TrainingSet {
    /// Builds the rows of the bars that are closed at `as_of`. Moves within `neutral_band` volatilities are neutral.
    pub(crate) fn new(bars: &[Bar], series: &Series, as_of: Timestamp, neutral_band: f64) -> Self {
        let bars = closed_bars(bars, series, as_of);
        let labels = labels(bars, series.interval, series.horizon);
        let ties = labels::ties(bars, series.interval, series.horizon);
        let neutral = labels::within_neutral_band(bars, series.interval, series.horizon, neutral_band);
        let rates = climatology(&labels, series.horizon);
        let persistence = persistence(series, bars, &labels, &rates);
        let mut training_set = Self { horizon: series.horizon as usize, ..Self::default() };
        for (bar, row) in features::feature_rows(bars, series.interval).into_iter().enumerate() {
            let Some(row) = row else { continue };
            let Some(label) = labels[bar] else {
                let (climatology, persistence) = (rates[bar], persistence[bar]);
                if ties[bar] {
                    training_set.tied.push(series.decision_time(row.time));
                }
                training_set.unlabelled.push(UnlabelledBar { bar, row, climatology, persistence });
                continue;
            };
            training_set.bar_indices.push(bar);
            training_set.decision_times.push(series.decision_time(row.time));
            training_set.rows.push(row);
            training_set.labels.push(label);
            training_set.neutral.push(neutral[bar]);
            training_set.climatology.push(rates[bar]);
            training_set.persistence.push(persistence[bar]);
            // A row with a label has a next bar.
            training_set.next_return.push(bars.get(bar + 1).map_or(0.0, |next| next.close / bars[bar].close - 1.0));
        }
        training_set
    }

    /// Rejects a training set without rows; `bars` is the number of bars it was built from.
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

    /// Number of features.
    pub(crate) fn width(&self) -> usize {
        self.rows.first().map_or(0, |row| row.values.len())
    }

    /// Base rate of `up` in a range of rows, estimated as in climatology.
    pub(crate) fn base_rate(&self, range: Range<usize>) -> f64 {
        let horizon = u32::try_from(self.horizon).unwrap_or(u32::MAX);
        LabelCounts::from_labels(&self.labels[range]).base_rate(horizon)
    }
}

/// Bars that are closed at `as_of`, of ascending bars.
pub(crate) fn closed_bars<'a>(bars: &'a [Bar], series: &Series, as_of: Timestamp) -> &'a [Bar] {
    &bars[..bars.partition_point(|bar| series.decision_time(bar.time) <= as_of)]
}
