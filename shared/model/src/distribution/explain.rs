//! Explanation of the width of a distribution by the inputs of its members.

use super::{ADAPTATION_BARS, DistributionMember, DistributionModel, InputTable, Scale, input_names, range_windows};
use contracts::distribution::LEVEL_COUNT;
use market_data::{Bar, Interval, Series, numbers::as_f64};
use serde::Serialize;

/// Effect of one input on the width of the distribution.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WidthFactor {
    /// Name of the input.
    pub input: String,
    /// Value of the input, in words.
    pub value: String,
    /// Factor on the width, compared with the training average: 1.2 is 20 % wider. All factors multiply.
    pub factor: f64,
}

impl DistributionModel {
    /// Factors on the width of the distribution from the close of the last bar, the largest effect first. `None` where there is no
    /// forecast from the model. A member counts with the mean of its weights over all levels.
    #[must_use]
    pub fn explain(&self, series: &Series, bars: &[Bar]) -> Option<Vec<WidthFactor>> {
        let bar = bars.len().checked_sub(1)?;
        let (_, adaptation) = self.forecasts(series, bars, bar..bars.len()).pop()??;
        let inputs = InputTable::new(series, bars, bar);
        let mut factors: Vec<WidthFactor> =
            self.members.iter().flat_map(|member| member_factors(member, series, &inputs, bar)).collect();
        factors.push(WidthFactor {
            input: "recent coverage".to_owned(),
            value: format!("of up to {ADAPTATION_BARS} settled moves"),
            factor: adaptation,
        });
        factors.sort_by(|a, b| b.factor.ln().abs().total_cmp(&a.factor.ln().abs()));
        Some(factors)
    }
}

fn member_factors(member: &DistributionMember, series: &Series, inputs: &InputTable, bar: usize) -> Vec<WidthFactor> {
    let weight = member.weights.iter().sum::<f64>() / as_f64(LEVEL_COUNT);
    let factor = |input: &str, value: String, log_factor: f64| WidthFactor {
        input: input.to_owned(),
        value,
        factor: (weight * log_factor).exp(),
    };
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    match &member.scale {
        Scale::Constant {} => Vec::new(),
        Scale::Ewma { .. } | Scale::Garch { .. } => {
            let scale = member.scale_at(series.horizon, inputs, bar);
            let name =
                if matches!(member.scale, Scale::Ewma { .. }) { "recent returns" } else { "recent returns and falls" };
            scale.map(|scale| factor(name, percent(scale), scale.ln() - member.mean_log_scale)).into_iter().collect()
        }
        Scale::Range { means, slopes, .. } => {
            let Some(row) = inputs.row(bar) else { return Vec::new() };
            let effects: Vec<f64> =
                row.iter().zip(means).zip(slopes).map(|((value, mean), slope)| slope * (value - mean)).collect();
            let windows = range_windows(series.interval);
            let unit = match series.interval {
                Interval::Day => "day",
                Interval::Hour => "hour",
            };
            let mut factors: Vec<WidthFactor> = windows
                .iter()
                .zip(&row)
                .zip(&effects)
                .map(|((bars, value), effect)| {
                    let name = market_data::numbers::counted(*bars, unit);
                    factor(&format!("mean range of {name}"), percent(value.exp()), *effect)
                })
                .collect();
            let names = input_names(series);
            let leverage = windows.len()..windows.len() + 2;
            let last_move = row[leverage.start] - row[leverage.start + 1];
            let value = format!("{last_move:+.2} mean ranges");
            factors.push(factor("latest return", value, effects[leverage.clone()].iter().sum()));
            let calendar = leverage.end..row.len();
            // Calendar inputs are centred: only that of the present hour or day is positive.
            let holding: Vec<&str> =
                calendar.clone().filter(|index| row[*index] > 0.0).map(|index| names[index].as_str()).collect();
            if !calendar.is_empty() {
                factors.push(factor("calendar", holding.join(", "), effects[calendar].iter().sum()));
            }
            factors
        }
    }
}
