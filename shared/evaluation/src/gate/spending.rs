//! Spending of the error of promotions, so that the gate may be looked at every week.
//!
//! A test with a fixed level that is applied to every weekly training promotes a useless version sooner or later. Therefore each
//! decision spends a part of a fixed error, and less the later it comes:
//!
//! * On the hold-out only while climatology serves, because a first champion cannot wait for months of live forecasts. Training `j`
//!   of a series spends `HOLDOUT_ERROR / 2^j`; after [`HOLDOUT_LOOKS`] of them only live forecasts promote.
//! * On live forecasts always. The `k`-th version that enters the shadow in a calendar year spends `LIVE_ERROR / (k (k + 1))`; these add
//!   up to at most [`LIVE_ERROR`] a year. Its test may be read after every outcome.
//!
//! Direction and distribution each spend as much. Without signal in either, at most 5 % of series see any promotion in their first
//! year, and at most 2.5 % in a later one, as far as the bootstrap of the hold-out keeps its level.

/// Error that the promotions of one part on hold-outs spend together.
pub const HOLDOUT_ERROR: f64 = 0.0125;
/// Error that the promotions of one part by live forecasts spend together in a calendar year.
pub const LIVE_ERROR: f64 = 0.0125;
/// Number of trainings of a series that may promote on their hold-out.
pub const HOLDOUT_LOOKS: u32 = 4;

/// Error that training `number` of a series, counted from 1, may spend on its hold-out; `None` if only live forecasts promote.
///
/// ```
/// use evaluation::gate::{HOLDOUT_ERROR, holdout_alpha};
/// assert_eq!(holdout_alpha(1), Some(HOLDOUT_ERROR / 2.0));
/// assert!((1..).map_while(holdout_alpha).sum::<f64>() <= HOLDOUT_ERROR);
/// assert_eq!((holdout_alpha(0), holdout_alpha(5)), (None, None));
/// ```
#[must_use]
pub fn holdout_alpha(number: u32) -> Option<f64> {
    (1..=HOLDOUT_LOOKS).contains(&number).then(|| HOLDOUT_ERROR / f64::from(1_u32 << number))
}

/// Error that the version that entered the shadow as number `number` of its year, counted from 1, may spend by live forecasts.
///
/// ```
/// use evaluation::gate::{LIVE_ERROR, live_alpha};
/// assert!((1..=104).map(live_alpha).sum::<f64>() <= LIVE_ERROR);
/// ```
#[must_use]
pub fn live_alpha(number: u32) -> f64 {
    let number = f64::from(number.max(1));
    LIVE_ERROR / (number * (number + 1.0))
}
