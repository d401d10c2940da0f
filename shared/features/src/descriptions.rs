//! Meaning, unit and range of each feature, from the table of the [crate's documentation](super).

/// Description of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureDescription {
    /// Name, as in [`feature_names`](super::feature_names).
    pub name: &'static str,
    /// Meaning, with the formula.
    pub meaning: &'static str,
    /// Unit, or `none`.
    pub unit: &'static str,
    /// Range of its values, or `any`.
    pub range: &'static str,
    /// Number of bars before the first value.
    pub warm_up: &'static str,
}

/// Descriptions of all features, in the order of the table.
///
/// ```
/// # use features::feature_descriptions;
/// let rsi = feature_descriptions().find(|feature| feature.name == "rsi_14").unwrap();
/// assert_eq!((rsi.unit, rsi.range, rsi.warm_up), ("index / 100", "0 to 1", "14"));
/// ```
pub fn feature_descriptions() -> impl Iterator<Item = FeatureDescription> {
    include_str!("table.md").lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        let name = cells.next()?.strip_suffix('`')?;
        let [meaning, unit, range, warm_up] = [cells.next()?, cells.next()?, cells.next()?, cells.next()?];
        Some(FeatureDescription { name, meaning, unit, range, warm_up })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::simulated_bars;
    use crate::{feature_names, feature_rows};
    use market_data::Interval;
    use std::collections::BTreeSet;

    /// Lowest and highest value of a described range.
    fn bounds(range: &str) -> (f64, f64) {
        let number = |text: &str| text.parse::<f64>().unwrap();
        match range {
            "any" => (f64::MIN, f64::MAX),
            "above -1" => (-1.0, f64::MAX),
            "0 or more" => (0.0, f64::MAX),
            "0 or less" => (f64::MIN, 0.0),
            "-1, 0 or 1" => (-1.0, 1.0),
            range => range.split_once(" to ").map(|(low, high)| (number(low), number(high))).unwrap(),
        }
    }

    #[test]
    fn each_feature_is_described_once() {
        let names: Vec<&str> = feature_descriptions().map(|feature| feature.name).collect();
        assert_eq!(names.len(), feature_names().len());
        assert_eq!(names.iter().collect::<BTreeSet<_>>(), feature_names().iter().collect());
        let has_text = |feature: FeatureDescription| {
            [feature.meaning, feature.unit, feature.range].iter().all(|text| !text.is_empty())
        };
        assert!(feature_descriptions().all(has_text));
    }

    #[test]
    fn values_after_the_warm_up_lie_in_described_ranges() {
        let bars = simulated_bars(7, 2_000, Interval::Hour);
        let rows = feature_rows(&bars, Interval::Hour);
        let description = |name: &&str| feature_descriptions().find(|feature| feature.name == *name).unwrap();
        let descriptions: Vec<FeatureDescription> = feature_names().iter().map(description).collect();
        assert!(descriptions.iter().all(|feature| feature.warm_up.parse::<usize>().unwrap() <= crate::WARM_UP_BARS));
        for row in rows.iter().flatten() {
            for (value, feature) in row.values.iter().zip(&descriptions) {
                let (low, high) = bounds(feature.range);
                assert!((low - 1e-9..=high + 1e-9).contains(value), "{} is {value}", feature.name);
            }
        }
    }
}
