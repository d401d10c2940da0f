//! No more points than can be seen: ten years of hours are no larger a page than a few months of days.

/// Units of width in which a line keeps its own extremes.
const COLUMN: f64 = 0.5;
/// Lines of fewer points stay as they are.
const MIN_POINTS: usize = 600;

/// Of the points of a long line, ordered from left to right, those that shape it: the first, lowest, highest and last
/// of each column (Jugel et al. 2014, M4).
pub(crate) fn downsample(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= MIN_POINTS {
        return points;
    }
    let column = |point: &(f64, f64)| (point.0 / COLUMN).floor();
    points
        .chunk_by(|a, b| column(a).total_cmp(&column(b)).is_eq())
        .flat_map(|column| {
            let height = |place: &usize| column[*place].1;
            let lowest = (0..column.len()).min_by(|a, b| height(a).total_cmp(&height(b)));
            let highest = (0..column.len()).max_by(|a, b| height(a).total_cmp(&height(b)));
            let mut kept: Vec<usize> =
                [Some(0), lowest, highest, column.len().checked_sub(1)].into_iter().flatten().collect();
            kept.sort_unstable();
            kept.dedup();
            kept.into_iter().map(|place| column[place])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_keeps_its_ends_and_every_extreme() {
        let points: Vec<(f64, f64)> = (0..60_000).map(f64::from).map(|i: f64| (i / 200.0, (i / 900.0).sin())).collect();
        let thinned = downsample(points.clone());
        assert!(thinned.len() <= 2_404, "{}", thinned.len());
        assert_eq!((thinned.first(), thinned.last()), (points.first(), points.last()));
        assert!(thinned.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let highest = |points: &[(f64, f64)]| points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
        assert!(highest(&thinned).total_cmp(&highest(&points)).is_eq());
        assert_eq!(downsample(points[..100].to_vec()), points[..100]);
    }
}
