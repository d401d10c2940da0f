//! What the side of one half was worth, for comparing trials with each other.

use domain::{evaluation::Costs, selection};

/// Sharpe ratio per bar of being long above one half and short below, after costs: each forecast holds a share of one
/// over the horizon for as many bars. None of fewer than two bars, or when the returns do not vary.
pub(crate) fn sharpe(forecasts: &[f64], next_returns: &[f64], horizon: usize) -> Option<f64> {
    let Costs { fee, slippage } = Costs::default();
    let wanted: Vec<f64> = forecasts.iter().map(|&p| if p > 0.5 { 1.0 } else { -1.0 }).collect();
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let span = horizon as f64;
    let mut held = 0.0;
    let returns: Vec<f64> = (0..wanted.len())
        .map(|row| {
            let before = held;
            held = wanted[(row + 1).saturating_sub(horizon)..=row].iter().sum::<f64>() / span;
            held * next_returns[row] - (held - before).abs() * (fee + slippage)
        })
        .collect();
    selection::sharpe(&returns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_right_earns_and_who_turns_pays() {
        let returns: Vec<f64> = (0..100).map(|i| if i % 3 == 0 { -0.01 } else { 0.012 }).collect();
        let right: Vec<f64> = returns.iter().map(|r| if *r > 0.0 { 0.6 } else { 0.4 }).collect();
        let wrong: Vec<f64> = right.iter().map(|p| 1.0 - p).collect();
        let of = |forecasts: &[f64]| sharpe(forecasts, &returns, 1).unwrap();
        assert!(of(&right) > of(&[0.6; 100]) && of(&[0.6; 100]) > of(&wrong));
        // By hand: long throughout earns each return, but for the cost of getting in.
        let mut earned = returns.clone();
        earned[0] -= 0.0015;
        let mean = earned.iter().sum::<f64>() / 100.0;
        let deviation = (earned.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / 100.0).sqrt();
        assert!((of(&[0.6; 100]) - mean / deviation).abs() < 1e-12);
        assert_eq!(sharpe(&[0.6], &[0.01], 1), None);
    }
}
