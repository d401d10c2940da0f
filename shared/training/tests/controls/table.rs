//! The table for EVALUATION.md.

use crate::{
    Control, Judged, Truth,
    chance::{count, exact_interval, mean_and_error, most_promotions, share},
    differences,
};

/// The head of the table.
pub(crate) const HEADER: &str = "\
| Control | Markets | Promoted | Share (95 %) | Promoted, were it the truth | Log loss minus climatology's (SE) | minus the fixed base rate's (worst) | AUC | Best possible AUC | Share of the possible gain | Shrunk to the base rate | PBO | Deflated Sharpe above 0.95 | Seconds per training |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

/// A line of it.
pub(crate) fn row(control: &Control, judged: &[Judged]) -> String {
    let n = judged.len();
    let promoted = judged.iter().filter(|one| one.promoted).count();
    let [lo, hi] = exact_interval(promoted, n);
    let (difference, error) = mean_and_error(&differences(judged));
    let mean = |value: fn(&Judged) -> Option<f64>| {
        let values: Vec<f64> = judged.iter().filter_map(value).collect();
        if values.is_empty() { "-".to_owned() } else { format!("{:.3}", mean_and_error(&values).0) }
    };
    let average = |value: fn(&Judged) -> f64| judged.iter().map(value).sum::<f64>() / count(n);
    let worst = judged.iter().map(|one| one.log_loss - one.base_rate).fold(f64::NEG_INFINITY, f64::max);
    let truths: Vec<Truth> = judged.iter().filter_map(|one| one.truth).collect();
    let possible = gain_share(judged).filter(|_| control.signal > 0.0);
    [
        control.name.to_owned(),
        n.to_string(),
        if control.signal > 0.0 {
            promoted.to_string()
        } else {
            format!("{promoted} (at most {})", most_promotions(n))
        },
        format!("{:.0} % ({:.0} to {:.0})", 100.0 * share(promoted, n), 100.0 * lo, 100.0 * hi),
        if truths.is_empty() { "-".to_owned() } else { truths.iter().filter(|one| one.promoted).count().to_string() },
        if n > 1 { format!("{difference:+.5} ({error:.5})") } else { format!("{difference:+.5}") },
        format!("{:+.5} ({worst:+.5})", average(|one| one.log_loss - one.base_rate)),
        format!("{:.3}", average(|one| one.auc)),
        mean(|one| Some(one.truth?.auc)),
        possible.map_or("-".to_owned(), |share| format!("{:.0} %", 100.0 * share)),
        judged.iter().filter(|one| one.shrunk).count().to_string(),
        mean(|one| one.overfitting),
        judged.iter().filter(|one| one.deflated_sharpe.is_some_and(|sharpe| sharpe > 0.95)).count().to_string(),
        format!("{:.1}", average(|one| one.seconds)),
    ]
    .iter()
    .map(|cell| format!("| {cell} "))
    .chain(["|".to_owned()])
    .collect()
}

/// How much of what the truth gains over climatology the forecasts gain, all markets together.
fn gain_share(judged: &[Judged]) -> Option<f64> {
    let possible: f64 = judged.iter().map(|one| Some(one.climatology - one.truth?.log_loss)).sum::<Option<f64>>()?;
    Some(-differences(judged).iter().sum::<f64>() / possible)
}
