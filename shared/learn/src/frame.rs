//! The rows of a training: bars with features and a label, aligned.

use domain::{Bar, Series, climatology::climatology, features, features::FeatureRow, labels::labels};
use jiff::Timestamp;
use std::ops::Range;

/// Rows in the order of time. All vectors are equally long.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) rows: Vec<FeatureRow>,
    /// Decision time of each row.
    pub(crate) decided: Vec<Timestamp>,
    /// The label.
    pub(crate) up: Vec<bool>,
    /// The base rate known at the decision time.
    pub(crate) climatology: Vec<f64>,
    /// The last label known at the decision time, that is the one of `horizon` bars before; `None` for a tie or gap.
    pub(crate) previous: Vec<Option<bool>>,
}

impl Frame {
    /// Rows from the bars that are closed at `as_of`.
    pub(crate) fn new(bars: &[Bar], series: &Series, as_of: Timestamp) -> Self {
        let bars = closed(bars, series, as_of);
        let labels = labels(bars, series.interval, series.horizon);
        let rates = climatology(&labels, series.horizon);
        let mut frame = Self { rows: vec![], decided: vec![], up: vec![], climatology: vec![], previous: vec![] };
        for (bar, row) in features::compute(bars, series.interval).into_iter().enumerate() {
            let (Some(row), Some(up)) = (row, labels[bar]) else { continue };
            let back = series.interval.step(row.time, -i64::from(series.horizon));
            // Gaps move bars together, so the bar is looked up by its time.
            let previous = bars[..bar].binary_search_by_key(&back, |bar| bar.time).ok().and_then(|bar| labels[bar]);
            frame.decided.push(series.decision_time(row.time));
            frame.rows.push(row);
            frame.up.push(up);
            frame.climatology.push(rates[bar]);
            frame.previous.push(previous);
        }
        frame
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Laplace-smoothed share of `up` in some rows.
    pub(crate) fn base_rate(&self, range: Range<usize>) -> f64 {
        let ups = self.up[range.clone()].iter().filter(|&&up| up).count();
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let rate = (ups + 1) as f64 / (range.len() + 2) as f64;
        rate
    }
}

/// The bars that are closed at `as_of`; bars ascend.
pub(crate) fn closed<'a>(bars: &'a [Bar], series: &Series, as_of: Timestamp) -> &'a [Bar] {
    &bars[..bars.partition_point(|bar| series.decision_time(bar.time) <= as_of)]
}
