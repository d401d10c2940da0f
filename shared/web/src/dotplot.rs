//! Quantile dotplot: 20 equally likely prices as stacked dots over a price axis, with the close at the decision time and the
//! central bands.

use crate::{format::format_price, ticks::Ticks};
use askama::{Template, filters::HtmlSafe};
use contracts::distribution::{Band, Distribution, Quantiles};

/// Number of dots.
pub const DOTS: u32 = 20;
/// Width of the drawing, in its own units.
const WIDTH: f64 = 360.0;
/// First and last position of the axis.
const LEFT: f64 = 14.0;
const RIGHT: f64 = 346.0;
/// Space above the dots for the label of the close.
const TOP: f64 = 18.0;
/// Diameters of the dots. The first one is used whose stacks are at most [`MAX_HEIGHT`] high.
const DIAMETERS: [f64; 5] = [22.0, 18.0, 14.0, 11.0, 8.0];
const MAX_HEIGHT: f64 = 160.0;
/// Height of the row of each band.
const BAND_HEIGHT: f64 = 13.0;
/// Approximate number of labels of the axis.
const LABELS: u32 = 5;
/// Approximate width of a character.
const CHARACTER_WIDTH: f64 = 5.8;

/// Dots of a distribution, laid out.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "dotplot.html")]
pub struct Dotplot {
    title: String,
    description: String,
    /// Diameter of a dot.
    diameter: f64,
    /// Centre of each dot.
    dots: Vec<(f64, f64)>,
    /// Position of the close, and its text with its anchor and position.
    close: f64,
    close_label: (f64, &'static str, String),
    /// Left end, width, height, and text of each band.
    bands: Vec<(f64, f64, f64, String)>,
    /// Position, anchor and text of each label of the axis.
    ticks: Vec<(f64, &'static str, String)>,
    /// Height of the axis.
    axis: f64,
}

impl Dotplot {
    /// Plot of a distribution. `title` names it for screen readers. `None` if its quantiles are not valid.
    #[must_use]
    pub fn new(title: String, distribution: &Distribution) -> Option<Self> {
        let Distribution { close, bands, .. } = distribution;
        let quantiles = Quantiles::try_from(distribution.quantiles.log_returns.clone()).ok()?;
        let level = |dot: u32| (f64::from(dot) + 0.5) / f64::from(DOTS);
        let prices: Vec<f64> = (0..DOTS).map(|dot| close * quantiles.at(level(dot)).exp()).collect();
        let ends = || prices.iter().chain(bands.iter().flat_map(|band| &band.prices)).chain([close]).copied();
        let (low, high) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
        if !(low.is_finite() && high.is_finite()) {
            return None;
        }
        // Equal prices would leave the axis without a length.
        let margin = if high > low { 0.0 } else { 0.01 * high.abs().max(f64::MIN_POSITIVE) };
        let (low, high) = (low - margin, high + margin);
        let x = |price: f64| LEFT + (RIGHT - LEFT) * ((price - low) / (high - low)).clamp(0.0, 1.0);
        let positions: Vec<f64> = prices.iter().map(|price| x(*price)).collect();
        let (diameter, stacks) = fitting_stacks(&positions);
        let tallest = stacks.iter().map(|(_, count)| *count).max().map_or(0.0, f64::from);
        let axis = TOP + tallest * diameter + 2.0;
        let dots = stacks.iter().flat_map(|(centre, count)| {
            let y = move |place: u32| axis - 1.0 - diameter * (f64::from(place) + 0.5);
            (0..*count).map(move |place| (*centre, y(place)))
        });
        let position = x(*close);
        let text = format!("close {}", format_price(*close));
        let anchor = anchor(position, &text);
        let ticks = Ticks::linear(low, high, LABELS);
        let label = |value: &f64| {
            let text = ticks.label(*value);
            (x(*value), self::anchor(x(*value), &text), text)
        };
        let band = |(row, band): (u32, &Band)| {
            let [start, end] = band.prices.map(x);
            let y = axis + 22.0 + f64::from(row) * BAND_HEIGHT;
            (start, (end - start).max(1.5), y, format!("{:.0} %", 100.0 * band.level))
        };
        let described = |band: &Band| {
            let [start, end] = band.prices.map(format_price);
            format!("{:.0} % band {start} to {end}", 100.0 * band.level)
        };
        let description = format!(
            "{DOTS} equally likely prices from {} to {}, half of them below {}. Close {}. {}.",
            format_price(prices.first().copied()?),
            format_price(prices.last().copied()?),
            format_price(close * quantiles.at(0.5).exp()),
            format_price(*close),
            bands.iter().map(described).collect::<Vec<_>>().join(", ")
        );
        Some(Self {
            title,
            description,
            diameter,
            dots: dots.collect(),
            close: position,
            close_label: (position, anchor, text),
            bands: (0..).zip(bands).map(band).collect(),
            ticks: ticks.values.iter().map(label).collect(),
            axis,
        })
    }

    /// Height of the drawing.
    fn height(&self) -> f64 {
        let rows: f64 = self.bands.iter().map(|_| BAND_HEIGHT).sum();
        self.axis + 22.0 + rows
    }

    /// Radius of a dot; neighbours do not touch.
    fn radius(&self) -> f64 {
        self.diameter / 2.0 - 0.8
    }
}

/// Anchor of a text at `x` that keeps it inside the drawing.
fn anchor(x: f64, text: &str) -> &'static str {
    let half: f64 = text.chars().map(|_| CHARACTER_WIDTH / 2.0).sum();
    match x {
        x if x < half => "start",
        x if x > WIDTH - half => "end",
        _ => "middle",
    }
}

/// Largest diameter whose stacks fit, with these stacks: centre and number of dots.
fn fitting_stacks(positions: &[f64]) -> (f64, Vec<(f64, u32)>) {
    let all = DIAMETERS.map(|diameter| (diameter, stacks(positions, diameter)));
    let fits = |(diameter, stacks): &(f64, Vec<(f64, u32)>)| {
        stacks.iter().all(|(_, count)| f64::from(*count) * diameter <= MAX_HEIGHT)
    };
    let [.., smallest] = &all;
    all.iter().find(|candidate| fits(candidate)).unwrap_or(smallest).clone()
}

/// Stacks of ascending positions, as in Wilkinson (1999), Dot plots: a stack has all dots less than a diameter from its first.
fn stacks(positions: &[f64], diameter: f64) -> Vec<(f64, u32)> {
    let mut stacks: Vec<(f64, f64, u32)> = Vec::new();
    for position in positions {
        match stacks.last_mut() {
            Some((first, last, count)) if *position < *first + diameter => {
                *last = *position;
                *count += 1;
            }
            _ => stacks.push((*position, *position, 1)),
        }
    }
    stacks.into_iter().map(|(first, last, count)| (f64::midpoint(first, last), count)).collect()
}

/// Escaped already by its template.
impl HtmlSafe for Dotplot {}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::distribution::{DistributionBasis, DistributionEvidence, LEVELS, OddsSizes, StoredDistribution};

    fn distribution(quantiles: [f64; LEVELS.len()]) -> Distribution {
        let series = "eth-usd-1d-h1".parse().unwrap();
        let quantiles = Quantiles::new(quantiles).unwrap();
        let stored = StoredDistribution {
            basis: DistributionBasis::Model,
            close: 2_000.0,
            quantiles,
            baseline: quantiles,
            evidence: DistributionEvidence::NONE,
        };
        Distribution::new(&series, &stored, &OddsSizes::for_series(&series))
    }

    #[test]
    fn a_plot_has_twenty_dots_inside_the_drawing() {
        // Logistic quantiles.
        let plot = Dotplot::new("ETH".to_owned(), &distribution(LEVELS.map(|p| 0.02 * (p / (1.0 - p)).ln()))).unwrap();
        assert_eq!(plot.dots.len(), 20);
        let radius = plot.radius();
        assert!(plot.dots.iter().all(|(x, y)| *x >= radius && *x <= WIDTH - radius && *y >= TOP && *y < plot.axis));
        assert_eq!(plot.bands.len(), 3);
        let svg = plot.to_string();
        assert_eq!(svg.matches("<circle").count(), 20);
        assert!(svg.contains("<title>ETH</title>") && svg.contains("half of them below 2000. Close 2000."), "{svg}");
        assert!(!svg.contains("<script") && !svg.contains("NaN"));
    }

    #[test]
    fn dots_of_a_flat_market_are_one_stack() {
        let plot = Dotplot::new("flat".to_owned(), &distribution([0.0; LEVELS.len()])).unwrap();
        assert_eq!(plot.dots.len(), 20);
        assert!(plot.dots.iter().all(|(x, _)| (x - plot.close).abs() < 1e-9));
        assert!(plot.axis <= TOP + MAX_HEIGHT + 2.0 && !plot.to_string().contains("NaN"));
    }

    #[test]
    fn stacks_hold_dots_less_than_a_diameter_apart() {
        assert_eq!(stacks(&[0.0, 4.0, 9.0, 10.0, 30.0], 10.0), [(4.5, 3), (10.0, 1), (30.0, 1)]);
    }
}
