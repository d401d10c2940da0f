//! Table of EVALUATION.md.

use crate::{
    Control, MarketResult, Truth,
    chance::{count, exact_interval, max_promotions, mean_and_error, share},
    differences,
};

/// Head of the table.
pub(crate) const HEADER: &str = "\
| Control | Markets | Promoted | Share (95 %) | Promoted, were it the truth | Log loss minus climatology's (SE) | minus the fixed base rate's (worst) | AUC | Best possible AUC | Share of the possible gain | Shrunk to the base rate | PBO | Deflated Sharpe above 0.95 | Seconds per training |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

/// Row of the table.
pub(crate) fn row(control: &Control, results: &[MarketResult]) -> String {
    let n = results.len();
    let promoted = results.iter().filter(|result| result.promoted).count();
    let [lo, hi] = exact_interval(promoted, n);
    let (difference, error) = mean_and_error(&differences(results));
    let mean = |value: fn(&MarketResult) -> Option<f64>| {
        let values: Vec<f64> = results.iter().filter_map(value).collect();
        if values.is_empty() { "-".to_owned() } else { format!("{:.3}", mean_and_error(&values).0) }
    };
    let average = |value: fn(&MarketResult) -> f64| results.iter().map(value).sum::<f64>() / count(n);
    let worst = results.iter().map(|result| result.log_loss - result.base_rate).fold(f64::NEG_INFINITY, f64::max);
    let truths: Vec<Truth> = results.iter().filter_map(|result| result.truth).collect();
    let possible = gain_share(results).filter(|_| control.signal > 0.0);
    [
        control.name.to_owned(),
        n.to_string(),
        if control.signal > 0.0 { promoted.to_string() } else { format!("{promoted} (at most {})", max_promotions(n)) },
        format!("{:.0} % ({:.0} to {:.0})", 100.0 * share(promoted, n), 100.0 * lo, 100.0 * hi),
        if truths.is_empty() {
            "-".to_owned()
        } else {
            truths.iter().filter(|result| result.promoted).count().to_string()
        },
        if n > 1 { format!("{difference:+.5} ({error:.5})") } else { format!("{difference:+.5}") },
        format!("{:+.5} ({worst:+.5})", average(|result| result.log_loss - result.base_rate)),
        format!("{:.3}", average(|result| result.auc)),
        mean(|result| Some(result.truth?.auc)),
        possible.map_or("-".to_owned(), |share| format!("{:.0} %", 100.0 * share)),
        results.iter().filter(|result| result.shrunk).count().to_string(),
        mean(|result| result.overfitting),
        results.iter().filter(|result| result.deflated_sharpe.is_some_and(|sharpe| sharpe > 0.95)).count().to_string(),
        format!("{:.1}", average(|result| result.seconds)),
    ]
    .iter()
    .map(|cell| format!("| {cell} "))
    .chain(["|".to_owned()])
    .collect()
}

/// Gain of the forecasts over climatology, as a share of the gain of the true probabilities, over all markets.
fn gain_share(results: &[MarketResult]) -> Option<f64> {
    let possible: f64 =
        results.iter().map(|result| Some(result.climatology - result.truth?.log_loss)).sum::<Option<f64>>()?;
    Some(-differences(results).iter().sum::<f64>() / possible)
}
