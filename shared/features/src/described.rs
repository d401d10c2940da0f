//! Meaning, unit and range of each feature, from the table of the [module's documentation](super).

/// Description of a feature, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Described {
    /// Name, as in [`feature_names`](super::feature_names).
    pub name: &'static str,
    /// Meaning, with the formula.
    pub meaning: &'static str,
    /// Unit, or `none`.
    pub unit: &'static str,
    /// Range of its values, or `any`.
    pub range: &'static str,
    /// Bars before the first value.
    pub warm_up: &'static str,
}

/// Descriptions of all features, in the order of the table.
///
/// ```
/// # use features::described;
/// let rsi = described().find(|one| one.name == "rsi_14").unwrap();
/// assert_eq!((rsi.unit, rsi.range, rsi.warm_up), ("index / 100", "0 to 1", "14"));
/// ```
pub fn described() -> impl Iterator<Item = Described> {
    include_str!("table.md").lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        let name = cells.next()?.strip_suffix('`')?;
        let [meaning, unit, range, warm_up] = [cells.next()?, cells.next()?, cells.next()?, cells.next()?];
        Some(Described { name, meaning, unit, range, warm_up })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::simulated_bars;
    use crate::{feature_names, feature_rows};
    use market_data::Interval;
    use std::collections::BTreeSet;

    /// Lowest and highest value that the words of a range allow.
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
        let names: Vec<&str> = described().map(|one| one.name).collect();
        assert_eq!(names.len(), feature_names().len());
        assert_eq!(names.iter().collect::<BTreeSet<_>>(), feature_names().iter().collect());
        assert!(described().all(|one| [one.meaning, one.unit, one.range].iter().all(|text| !text.is_empty())));
    }

    #[test]
    fn values_lie_in_the_described_ranges_after_the_described_warm_up() {
        let bars = simulated_bars(7, 2_000, Interval::Hour);
        let rows = feature_rows(&bars, Interval::Hour);
        let columns: Vec<Described> =
            feature_names().iter().map(|name| described().find(|one| one.name == *name).unwrap()).collect();
        assert!(columns.iter().all(|one| one.warm_up.parse::<usize>().unwrap() <= crate::WARM_UP_BARS));
        for row in rows.iter().flatten() {
            for (value, described) in row.values.iter().zip(&columns) {
                let (low, high) = bounds(described.range);
                assert!((low - 1e-9..=high + 1e-9).contains(value), "{} is {value}", described.name);
            }
        }
    }
}
