//! Baselines on the hold-out that a model has to be worth more than.

use crate::frame::Frame;
use std::ops::Range;

/// Persistence: the side of the last known label, with the probability with which that was right in the training rows.
pub(crate) fn persistence(frame: &Frame, train: Range<usize>, test: Range<usize>) -> Vec<f64> {
    let known = train.filter_map(|row| Some(frame.previous[row]? == frame.up[row]));
    let (right, all) = known.fold((1.0, 2.0), |(right, all), hit| (right + f64::from(u8::from(hit)), all + 1.0));
    let hit_rate = right / all;
    test.map(|row| match frame.previous[row] {
        Some(true) => hit_rate,
        Some(false) => 1.0 - hit_rate,
        None => frame.climatology[row],
    })
    .collect()
}
